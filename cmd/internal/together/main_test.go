package together

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The broker's library keeps one for the life of the program.
		goleak.IgnoreTopFunction("github.com/nats-io/nats-server/v2/server.(*cacheControl).run"),
	)
}
