package agent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"smartbox/sync/wire"
)

// errLink says that a connection is of no more use.
var errLink = errors.New("the line to the broker is dead")

// link is one connection: a client that is made for it, is never used again, and reconnects by no means of its own.
type link struct {
	id     uint64
	client paho.Client
	inbox  chan paho.Message
	full   func() // a message was dropped, since the inbox is full

	lose sync.Once
	lost chan struct{}
	why  error // why it was lost; to be read once lost is closed
}

// presence is what stands retained while the box is there, or no more.
func (a *Agent) presence(id uint64, online bool) wire.Presence {
	p := wire.Presence{Online: online, Connection: id, Boot: a.o.Boot}
	if online {
		p.Since = a.o.Clock.Moment().Stamp()
	}
	return p
}

// dial makes a connection, subscribes, and says that the box is there.
func (a *Agent) dial(ctx context.Context) (*link, error) {
	l := &link{
		id: a.random(), inbox: make(chan paho.Message, inboxSize), lost: make(chan struct{}),
		full: func() { a.note(Dropped, errors.New("more messages at once than the box takes")); a.mail.wantHello() },
	}
	o, err := a.clientOptions(l)
	if err != nil {
		return nil, err
	}
	l.client = paho.NewClient(o)
	if err := l.open(ctx, a); err != nil {
		l.client.Disconnect(0)
		return nil, err
	}
	return l, nil
}

func (a *Agent) clientOptions(l *link) (*paho.ClientOptions, error) {
	var secure *tls.Config
	if a.o.Credentials != nil {
		var err error
		if secure, err = a.o.Credentials.TLS(); err != nil {
			return nil, fmt.Errorf("agent: certificate: %w", err)
		}
	}
	will := a.presence(l.id, false)
	last, err := wire.Encode(&will)
	if err != nil {
		return nil, err
	}
	o := paho.NewClientOptions().AddBroker(a.o.URL).SetClientID(a.o.Box.String()).
		SetProtocolVersion(4).SetCleanSession(true).SetStore(paho.NewMemoryStore()).
		SetAutoReconnect(false).SetConnectRetry(false).SetAutoAckDisabled(true).SetOrderMatters(true).
		SetKeepAlive(keepAlive).SetPingTimeout(pingLimit).SetConnectTimeout(connectLimit).SetWriteTimeout(writeLimit).
		SetDialer(&net.Dialer{Timeout: connectLimit}).SetTLSConfig(secure).
		SetBinaryWill(wire.Topic(a.o.Box, wire.KindPresence), last, wire.KindPresence.QoS(), true).
		SetConnectionLostHandler(func(_ paho.Client, err error) { l.dead(err) }).
		// Before Connect, for a message without a route is never acknowledged.
		SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { l.take(m) })
	if a.o.Dial != nil {
		o.SetCustomOpenConnectionFn(func(u *url.URL, _ paho.ClientOptions) (net.Conn, error) { return a.o.Dial(u) })
	}
	return o, nil
}

// take is called by the client for each message. It may not wait: the client could neither read nor keep alive.
func (l *link) take(m paho.Message) {
	select {
	case l.inbox <- m:
	default:
		l.full()
	}
}

func (l *link) dead(err error) {
	l.lose.Do(func() {
		l.why = err
		close(l.lost)
	})
}

func (l *link) open(ctx context.Context, a *Agent) error {
	if err := l.wait(ctx, l.client.Connect(), connectLimit+tokenLimit); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	filter := wire.Downlinks(a.o.Box)
	t := l.client.Subscribe(filter, 1, nil)
	if err := l.wait(ctx, t, tokenLimit); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	// A refused subscription is no error of the token.
	if s, ok := t.(*paho.SubscribeToken); ok && s.Result()[filter] > 1 {
		return fmt.Errorf("subscribe: the broker refuses %s (0x%x): check the box's rights there", filter, s.Result()[filter])
	}
	p := a.presence(l.id, true)
	return l.publish(ctx, a, &p)
}

// wait waits for a token, which may never complete, and for no longer than the line lives.
func (l *link) wait(ctx context.Context, t paho.Token, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-t.Done():
		return t.Error()
	case <-l.lost:
		return fmt.Errorf("%w: %w", errLink, l.why)
	case <-timer.C:
		return fmt.Errorf("%w: no answer within %s", errLink, limit)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// publish hands a message to the broker. That it returns nil means that the broker has answered, and nothing about the cloud.
func (l *link) publish(ctx context.Context, a *Agent, m wire.Message) error {
	b, err := wire.Encode(m)
	if err != nil {
		return err
	}
	k := m.Kind()
	t := l.client.Publish(wire.Topic(a.o.Box, k), k.QoS(), k.Retained(), b)
	if err := l.wait(ctx, t, tokenLimit); err != nil {
		return fmt.Errorf("publish %s: %w", k, err)
	}
	return nil
}

// close ends the connection; in good order, with a good-bye where the line still works.
func (l *link) close(a *Agent, orderly bool) {
	select {
	case <-l.lost:
		orderly = false
	default:
	}
	if orderly {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		p := a.presence(l.id, false)
		_ = l.publish(ctx, a, &p) // the will says it otherwise
		cancel()
		l.client.Disconnect(quiesce)
		return
	}
	l.client.Disconnect(0)
}
