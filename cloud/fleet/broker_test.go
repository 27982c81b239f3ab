package fleet_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/fleet"
	"smartbox/cloud/trust"
	"smartbox/sync/wire"
)

// patience is how long a test waits for what has to happen; it is no measure of anything.
const patience = 60 * time.Second

// census knows boxes by their certificates, for tests of the broker alone.
type census struct {
	mu    sync.Mutex
	boxes map[smartbox.BoxID]directory.Identity
}

func (c *census) State(_ context.Context, box smartbox.BoxID) (directory.BoxState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.boxes[box]
	if !ok {
		return directory.BoxState{}, directory.ErrNotFound
	}
	return directory.BoxState{Box: box, Identity: id}, nil
}

func (c *census) put(box smartbox.BoxID, id directory.Identity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boxes[box] = id
}

func (c *census) revoke(box smartbox.BoxID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.boxes[box]
	id.Revoked = 1
	c.boxes[box] = id
}

// site is an authority and the broker that trusts it.
type site struct {
	authority *trust.Authority
	certs     *trust.ServerCertificates
	census    *census
	options   fleet.EmbeddedOptions
}

func newSite(tb testing.TB) *site {
	tb.Helper()
	a, err := trust.OpenAuthority(filepath.Join(tb.TempDir(), "trust"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	s := &site{authority: a, certs: a.ServerCertificates(), census: &census{boxes: map[smartbox.BoxID]directory.Identity{}}}
	s.options = fleet.EmbeddedOptions{
		Listen: "127.0.0.1:0", Dir: tb.TempDir(), Authority: a, Certificates: s.certs, States: s.census, Log: testLog(tb),
	}
	return s
}

func testLog(tb testing.TB) zerolog.Logger {
	tb.Helper()
	if !testing.Verbose() {
		return zerolog.Nop()
	}
	return zerolog.New(zerolog.NewTestWriter(tb)).Level(zerolog.WarnLevel)
}

func (s *site) start(tb testing.TB) *fleet.Embedded {
	tb.Helper()
	b, err := fleet.NewEmbedded(s.options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.Close)
	return b
}

// certify gives a box a certificate, and makes it known.
func (s *site) certify(tb testing.TB, box smartbox.BoxID) tls.Certificate {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	leaf, err := s.authority.Box(box, key.Public())
	if err != nil {
		tb.Fatal(err)
	}
	s.census.put(box, trust.IdentityOf(leaf))
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

// dial is a plain MQTT client with a box's certificate.
func (s *site) dial(addr string, cert tls.Certificate, change func(*mqtt.ClientOptions)) (mqtt.Client, error) {
	o := mqtt.NewClientOptions().AddBroker("ssl://" + addr).SetClientID(cert.Leaf.Subject.CommonName).
		SetAutoReconnect(false).SetCleanSession(false).SetConnectTimeout(patience).SetWriteTimeout(patience).
		SetTLSConfig(&tls.Config{
			MinVersion: tls.VersionTLS13, RootCAs: s.authority.Pool(), ServerName: "127.0.0.1",
			Certificates: []tls.Certificate{cert},
		})
	if change != nil {
		change(o)
	}
	c := mqtt.NewClient(o)
	t := c.Connect()
	if !t.WaitTimeout(patience) {
		return nil, fmt.Errorf("no answer")
	}
	return c, t.Error()
}

func (s *site) connect(tb testing.TB, addr string, cert tls.Certificate, change func(*mqtt.ClientOptions)) mqtt.Client {
	tb.Helper()
	c, err := s.dial(addr, cert, change)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Disconnect(0) })
	return c
}

func wait(tb testing.TB, t mqtt.Token) {
	tb.Helper()
	if !t.WaitTimeout(patience) || t.Error() != nil {
		tb.Fatalf("no acknowledgement: %v", t.Error())
	}
}

// run has the broker's end of the fleet hand over what boxes say.
func run(tb testing.TB, b fleet.Broker) <-chan fleet.Uplink {
	tb.Helper()
	got := make(chan fleet.Uplink, 1024)
	ctx, cancel := context.WithCancel(tb.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx, func(u fleet.Uplink) { got <- u; u.Ack() }) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	})
	return got
}

func next[T any](tb testing.TB, c <-chan T) (v T) {
	tb.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		tb.Fatal("nothing came")
	}
	return v
}

func boxID(s string) smartbox.BoxID { return smartbox.MustID[smartbox.Box](s) }

func TestEmbeddedBothWays(t *testing.T) {
	s := newSite(t)
	s.options.Boxes = 2500 // three shards
	b := s.start(t)
	got := run(t, b)
	for i := range 6 {
		box := boxID(fmt.Sprintf("box-%d", i))
		down := make(chan mqtt.Message, 8)
		c := s.connect(t, b.Addr(), s.certify(t, box), func(o *mqtt.ClientOptions) {
			o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { down <- m })
		})
		st := c.Subscribe(wire.Downlinks(box), 1, nil)
		wait(t, st)
		if g := st.(*mqtt.SubscribeToken).Result()[wire.Downlinks(box)]; g != 1 {
			t.Fatalf("granted %#x", g)
		}
		ready := make(chan struct{})
		go func() { // the fleet's own connection comes up by itself, in its time
			defer close(ready)
			for {
				select {
				case u := <-got:
					if u.Box == box && u.Kind == wire.KindEvents {
						return
					}
				case <-time.After(patience):
					return
				}
			}
		}()
		for sent := false; !sent; {
			wait(t, c.Publish(wire.Topic(box, wire.KindEvents), 1, false, []byte("up")))
			select {
			case <-ready:
				sent = true
			case <-time.After(50 * time.Millisecond):
			}
		}
		if err := b.Publish(t.Context(), box, wire.KindDelta, []byte("down")); err != nil {
			t.Fatal(err)
		}
		m := next(t, down)
		if m.Topic() != wire.Topic(box, wire.KindDelta) || string(m.Payload()) != "down" || m.Qos() != 1 {
			t.Errorf("%s %q QoS %d", m.Topic(), m.Payload(), m.Qos())
		}
	}
}
