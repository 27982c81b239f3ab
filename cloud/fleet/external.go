package fleet

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/sync/wire"
)

// ErrBrokerURL says that a text does not name a broker.
var ErrBrokerURL = errors.New("broker's address: use ssl://[user:password@]host:port, or tcp:// on a trusted network")

// ExternalOptions say how to reach a broker that the cloud does not run. The broker has to let the cloud read
// wire.AllUplinks and write to every box, and each box what Embedded lets it.
type ExternalOptions struct {
	URL string      // "ssl://user:password@host:port"
	TLS *tls.Config // nil = the system's roots
	Log zerolog.Logger
}

// External is a broker that the cloud does not run.
type External struct {
	line *line
}

// NewExternal makes one. It does not connect before Run. The error is ErrBrokerURL.
func NewExternal(o ExternalOptions) (*External, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" {
		return nil, ErrBrokerURL // the text may hold a password
	}
	switch u.Scheme {
	case "ssl", "tcp":
	default:
		return nil, ErrBrokerURL
	}
	user, password := "", ""
	if u.User != nil {
		user = u.User.Username()
		password, _ = u.User.Password()
		u.User = nil
	}
	name := clientName()
	return &External{newLine(o.Log, func(role string) *mqtt.ClientOptions {
		return mqtt.NewClientOptions().AddBroker(u.String()).SetTLSConfig(o.TLS).
			SetClientID(name + "-" + role).SetUsername(user).SetPassword(password)
	})}, nil
}

// clientName is new with every start: with a clean session, nothing of it is left behind at the broker.
func clientName() string { return fmt.Sprintf("smartbox-cloud-%s", rand.Text()[:10]) }

// Publish is the method of Broker.
func (e *External) Publish(ctx context.Context, box smartbox.BoxID, k wire.Kind, payload []byte) error {
	return e.line.publish(ctx, wire.Topic(box, k), payload)
}

// Run is the method of Broker.
func (e *External) Run(ctx context.Context, take func(Uplink)) error {
	e.line.run(ctx, take)
	return nil
}
