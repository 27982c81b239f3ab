package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"smartbox"
	"smartbox/cloud/api"
	"smartbox/cloud/directory"
	"smartbox/cloud/fleet"
	"smartbox/cloud/trust"
	"smartbox/sync/enrol"
)

// Deps are what a cloud is given from outside.
type Deps struct {
	Out     io.Writer // what a person is told: the first token, where to click; nil = nowhere
	Log     io.Writer // nil = nowhere
	Now     func() time.Time
	Limits  api.Limits    // of the API; a zero field has its default
	Poll    time.Duration // how often boxes that are behind are looked for; 0 = the fleet's default
	Version string
}

// Cloud is one cloud at work.
type Cloud struct {
	cfg  Config
	deps Deps
	log  zerolog.Logger

	registry  *prometheus.Registry
	books     books
	authority *trust.Authority
	signers   *trust.Signers
	enrolment *trust.Enrolment
	certs     *trust.ServerCertificates
	broker    fleet.Broker
	fleet     atomic.Pointer[fleet.Fleet]
	live      *api.Live
	handler   http.Handler

	secure, plain, metrics net.Listener // plain and metrics may be nil
	url, brokerURL         string
	brokerAddr             string // of the embedded one

	undo []func() error // what New opened, in that order
}

// New opens all that a cloud needs: listeners first, for whoever has the addresses has the data; then keys, database,
// broker. On an error everything is closed again.
func New(ctx context.Context, cfg Config, deps Deps) (_ *Cloud, err error) {
	cfg.Default()
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if deps.Log == nil {
		deps.Log = io.Discard
	}
	if deps.Out == nil {
		deps.Out = io.Discard
	}
	c := &Cloud{cfg: cfg, deps: deps, log: newLog(cfg.Log, deps.Log), live: new(api.Live), registry: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	for _, step := range []func(context.Context) error{
		c.openListeners, c.openBooks, c.openTrust, c.openBroker, c.openFleet, c.openAPI,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newLog(l Log, w io.Writer) zerolog.Logger {
	level, err := zerolog.ParseLevel(l.Level)
	if err != nil || level == zerolog.NoLevel {
		level = zerolog.InfoLevel
	}
	if l.Format == "console" {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

func (c *Cloud) openListeners(ctx context.Context) error {
	for _, l := range []struct {
		name, addr string
		to         *net.Listener
	}{
		{"https", c.cfg.HTTPS, &c.secure}, {"http", c.cfg.HTTP, &c.plain}, {"metrics", c.cfg.Metrics, &c.metrics},
	} {
		if l.addr == "" {
			continue
		}
		opened, err := new(net.ListenConfig).Listen(ctx, "tcp", l.addr)
		if err != nil {
			return fmt.Errorf("%s: %w: name another address with --%s", l.name, err, l.name)
		}
		*l.to = opened
		c.later(opened.Close)
	}
	c.url = c.cfg.URL
	if c.url == "" {
		c.url = "https://" + reachable(c.secure.Addr().String())
	}
	return nil
}

// reachable puts a name for an address that means "all of this machine".
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if host, err = os.Hostname(); err != nil {
			host = "localhost"
		}
	}
	return net.JoinHostPort(host, port)
}

func (c *Cloud) openBooks(ctx context.Context) (err error) {
	c.books, err = openBooks(ctx, c.cfg, hooks{
		changed: func(box smartbox.BoxID) {
			if f := c.fleet.Load(); f != nil {
				f.Changed(box)
			}
		},
		happened: c.live.Happened,
	})
	if err == nil {
		c.later(c.books.close)
	}
	return err
}

func (c *Cloud) openTrust(context.Context) (err error) {
	if c.authority, err = trust.OpenAuthority(keysDir(c.cfg), c.deps.Now); err != nil {
		return err
	}
	if c.signers, err = trust.OpenSigners(keysDir(c.cfg)); err != nil {
		return err
	}
	at, err := url.Parse(c.url)
	if err != nil {
		return fmt.Errorf("%w: url: %w", ErrConfig, err)
	}
	hosts := []string{at.Hostname(), "localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	c.certs = c.authority.ServerCertificates(hosts...)
	// For curl --cacert and for brokers of others; what stands in keys is a secret.
	return os.WriteFile(rootPath(c.cfg), c.authority.RootPEM(), 0o644) //nolint:gosec // it is public
}

func rootPath(cfg Config) string { return filepath.Join(cfg.Data, "root.pem") }

// openBroker starts the embedded broker, or names the other one. Boxes are told the host by which they reach the cloud,
// unless the configuration says otherwise.
func (c *Cloud) openBroker(context.Context) error {
	err := c.startBroker()
	if c.cfg.MQTTURL != "" {
		c.brokerURL = c.cfg.MQTTURL
	}
	return err
}

func (c *Cloud) startBroker() error {
	log := c.log.With().Str("part", "broker").Logger()
	if c.cfg.Broker != "" {
		b, err := fleet.NewExternal(fleet.ExternalOptions{URL: c.cfg.Broker, Log: log})
		if err != nil {
			return err
		}
		u, err := url.Parse(c.cfg.Broker)
		if err != nil {
			return fleet.ErrBrokerURL
		}
		u.User = nil
		c.broker, c.brokerURL = b, u.String()
		return nil
	}
	b, err := fleet.NewEmbedded(fleet.EmbeddedOptions{
		Listen: c.cfg.MQTT, Dir: filepath.Join(c.cfg.Data, "broker"), Authority: c.authority, Certificates: c.certs,
		States: c.books.directory, Log: log,
	})
	if err != nil {
		return err
	}
	c.later(func() error { b.Close(); return nil })
	c.brokerAddr = b.Addr()
	_, port, err := net.SplitHostPort(b.Addr())
	if err != nil {
		return err
	}
	at, err := url.Parse(c.url)
	if err != nil {
		return err
	}
	c.broker, c.brokerURL = b, "ssl://"+net.JoinHostPort(at.Hostname(), port)
	return nil
}

// openFleet makes the line to the boxes; Run starts it.
func (c *Cloud) openFleet(context.Context) error {
	holder := ""
	if c.books.store.Engine() == engineSQLite {
		holder = "the-only-one" // after a crash it goes on at once, rather than when the leases have run out
	}
	c.fleet.Store(fleet.New(fleet.Options{
		Holder:    holder,
		Directory: c.books.directory, Broker: c.broker, Signer: c.signers, Metrics: c.registry, Now: c.deps.Now,
		// With a database that others reach too, other replicas and the verbs of this program change it as well.
		Replicas: true, Poll: c.deps.Poll,
		Log: c.log.With().Str("part", "fleet").Logger(),
	}))
	return nil
}

// later has Close undo something, the last first.
func (c *Cloud) later(f func() error) { c.undo = append(c.undo, f) }

// Close lets go of everything that New opened, in reverse order. Run does so when it ends; a second call does nothing.
func (c *Cloud) Close() error {
	var all []error
	for len(c.undo) > 0 {
		last := len(c.undo) - 1
		f := c.undo[last]
		c.undo = c.undo[:last]
		if err := f(); err != nil && !errors.Is(err, net.ErrClosed) {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// Run serves until ctx ends: first nothing new is let in, then the fleet ends, then broker and database close.
func (c *Cloud) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, c.Close()) }()
	g, ctx := errgroup.WithContext(ctx)
	c.serveWeb(ctx, g)
	g.Go(func() error { return c.fleet.Load().Run(ctx) })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// Directory is what the cloud administers.
func (c *Cloud) Directory() *directory.Service { return c.books.directory }

// URL is where boxes and people reach the cloud, by TLS.
func (c *Cloud) URL() string { return c.url }

// Plain is the address of the API without TLS; "" where it is off.
func (c *Cloud) Plain() string {
	if c.plain == nil {
		return ""
	}
	return "http://" + c.plain.Addr().String()
}

// Broker is where boxes reach the broker.
func (c *Cloud) Broker() string { return c.brokerURL }

// BrokerAddr is where the embedded broker listens; "" where there is another.
func (c *Cloud) BrokerAddr() string { return c.brokerAddr }

// Claim makes a claim code for a box, in the link that the box needs.
func (c *Cloud) Claim(ctx context.Context, a directory.Actor, box smartbox.BoxID) (enrol.Link, error) {
	l, _, err := c.enrolment.NewClaim(ctx, c.books.directory, a, box, 0)
	return l, err
}
