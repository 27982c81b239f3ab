package together

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"smartbox/cmd/smartbox-cloud/server"
)

// roleVar makes this program the cloud, so that a test can kill it as the kernel or the mains would.
const roleVar = "SMARTBOX_TOGETHER_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(roleVar) == "cloud" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		code := server.Main(ctx, os.Args[1:], os.Stdout, os.Stderr, server.Deps{})
		stop()
		os.Exit(code)
	}
	goleak.VerifyTestMain(m,
		// The broker's library keeps one for the life of the program.
		goleak.IgnoreTopFunction("github.com/nats-io/nats-server/v2/server.(*cacheControl).run"),
	)
}
