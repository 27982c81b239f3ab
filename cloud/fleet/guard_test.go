package fleet_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"smartbox/sync/wire"
)

// marker is published last by a client that may publish it: when it has come, all that the client said before has come,
// or will not.
const marker = "marker"

func TestOtherBoxesTopics(t *testing.T) {
	s := newSite(t)
	b := s.start(t)
	got := run(t, b)
	good, evil := boxID("good"), boxID("evil")
	heard := make(chan mqtt.Message, 64)
	listen := func(o *mqtt.ClientOptions) {
		o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { heard <- m })
	}
	victim := s.connect(t, b.Addr(), s.certify(t, good), nil)
	wait(t, victim.Subscribe(wire.Downlinks(good), 1, nil))
	for i, filter := range []string{
		wire.Downlinks(good), "#", "sb/v1/+/d/+", "sb/v1/good/#", wire.AllUplinks, "$MQTT/sub/#", "$MQTT/msgs/#", "$MQTT/#", "$JS/#", "$SYS/#",
		wire.Uplinks(good), "$MQTT/sub/+",
	} {
		// Each with a box of its own: some refusals end the connection, and a quick return is held up for a second.
		c := s.connect(t, b.Addr(), s.certify(t, boxID(fmt.Sprintf("evil-%d", i))), listen)
		st := c.Subscribe(filter, 1, nil)
		if st.WaitTimeout(patience) && st.Error() == nil && st.(*mqtt.SubscribeToken).Result()[filter] < 0x80 {
			t.Errorf("may hear %s", filter)
		}
	}
	cut := make(chan net.Conn, 1)
	c := s.connect(t, b.Addr(), s.certify(t, evil), func(o *mqtt.ClientOptions) {
		listen(o)
		o.SetBinaryWill(wire.Topic(good, wire.KindPresence), []byte("forged will"), 1, true)
		o.SetCustomOpenConnectionFn(func(_ *url.URL, o mqtt.ClientOptions) (net.Conn, error) {
			c, err := (&tls.Dialer{Config: o.TLSConfig}).DialContext(t.Context(), "tcp", b.Addr())
			if err == nil {
				cut <- c
			}
			return c, err
		})
	})
	for _, topic := range []string{
		wire.Topic(good, wire.KindEvents), wire.Topic(good, wire.KindDelta), wire.Topic(evil, wire.KindDelta),
		wire.Topic(good, wire.KindPresence),
	} {
		c.Publish(topic, 1, true, []byte("forged")).WaitTimeout(patience)
	}
	// End without a DISCONNECT, so that the broker says the will; one that may be said marks when that has happened.
	wills := s.certify(t, boxID("dying"))
	last := make(chan net.Conn, 1)
	s.connect(t, b.Addr(), wills, func(o *mqtt.ClientOptions) {
		o.SetBinaryWill(wire.Topic(boxID("dying"), wire.KindPresence), []byte("will"), 1, true)
		o.SetCustomOpenConnectionFn(func(_ *url.URL, o mqtt.ClientOptions) (net.Conn, error) {
			c, err := (&tls.Dialer{Config: o.TLSConfig}).DialContext(t.Context(), "tcp", b.Addr())
			if err == nil {
				last <- c
			}
			return c, err
		})
	})
	_ = next(t, cut).Close()
	_ = next(t, last).Close()
	for {
		u := next(t, got)
		if u.Box == good {
			t.Errorf("%s: %q", wire.Topic(u.Box, u.Kind), u.Payload)
		}
		if u.Box == boxID("dying") {
			break
		}
	}
	if err := b.Publish(t.Context(), good, wire.KindDelta, []byte("true")); err != nil {
		t.Fatal(err)
	}
	wait(t, victim.Publish(wire.Topic(good, wire.KindEvents), 1, false, []byte(marker)))
	for {
		u := next(t, got)
		if u.Box == good && string(u.Payload) != marker {
			t.Errorf("%s: %q", wire.Topic(u.Box, u.Kind), u.Payload)
		}
		if string(u.Payload) == marker {
			break
		}
	}
	select {
	case m := <-heard:
		t.Errorf("heard %s", m.Topic())
	default:
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	s := newSite(t)
	b := s.start(t)
	run(t, b)
	good := boxID("good")
	cert := s.certify(t, good)

	foreign := func() tls.Certificate { // signed by itself, with the right name
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		tpl := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "good"}, NotAfter: time.Now().Add(time.Hour),
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}
		der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	}
	for name, try := range map[string]func() (mqtt.Client, error){
		"no certificate": func() (mqtt.Client, error) {
			return s.dial(b.Addr(), cert, func(o *mqtt.ClientOptions) {
				o.TLSConfig.Certificates = nil
			})
		},
		"another authority's": func() (mqtt.Client, error) { return s.dial(b.Addr(), foreign(), nil) },
		"another box's client id": func() (mqtt.Client, error) {
			return s.dial(b.Addr(), s.certify(t, boxID("evil")), func(o *mqtt.ClientOptions) { o.SetClientID("good") })
		},
		"a client id that ends like a box's": func() (mqtt.Client, error) {
			return s.dial(b.Addr(), cert, func(o *mqtt.ClientOptions) { o.SetClientID(`x - "good`) })
		},
		"the fleet's own certificate without its password": func() (mqtt.Client, error) {
			c, err := s.authority.Cloud()
			if err != nil {
				t.Fatal(err)
			}
			return s.dial(b.Addr(), c, func(o *mqtt.ClientOptions) {
				o.SetClientID("x").SetUsername("BOXES-0").SetPassword("guess")
			})
		},
		"a box that the directory does not know": func() (mqtt.Client, error) {
			stray := newSite(t)
			stray.authority = s.authority
			return stray.dial(b.Addr(), stray.certify(t, boxID("stray")), nil)
		},
		"a key of before the last enrolment": func() (mqtt.Client, error) {
			old := s.certify(t, boxID("moved"))
			s.certify(t, boxID("moved"))
			return s.dial(b.Addr(), old, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := try()
			if err == nil {
				t.Error("let in")
			}
			if c != nil {
				c.Disconnect(0)
			}
		})
	}
	// The control: the same client with nothing wrong is let in.
	s.connect(t, b.Addr(), cert, nil)
}

func TestRevoked(t *testing.T) {
	s := newSite(t)
	b := s.start(t)
	run(t, b)
	box := boxID("lost")
	cert := s.certify(t, box)
	ended := make(chan error, 1)
	s.connect(t, b.Addr(), cert, func(o *mqtt.ClientOptions) {
		o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { ended <- err })
	})
	s.census.revoke(box)
	b.Kick(box)
	if err := next(t, ended); err == nil {
		t.Error("ended without a cause")
	}
	if _, err := s.dial(b.Addr(), cert, nil); err == nil {
		t.Error("let in again")
	}
}
