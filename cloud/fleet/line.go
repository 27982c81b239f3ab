package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/rs/zerolog"

	"smartbox/sync/wire"
)

// Bounds of a connection.
const (
	patience   = 15 * time.Second // for CONNACK, SUBACK and PUBACK
	keepAlive  = 30 * time.Second
	firstPause = 100 * time.Millisecond // before the first reconnect; doubles, with jitter
	mostPause  = 10 * time.Second
	quiesce    = 250 // milliseconds that an orderly end gives messages under way
)

// line is one account of a broker: one connection that only receives and one that only sends, so that a receiver that
// waits for its workers never keeps the acknowledgement from them that they wait for.
//
// Each connection is a client of its own that is thrown away when it ends. A client that reconnects by itself completes
// tokens of before as if they had been acknowledged; one that does not, with a clean session, fails them.
type line struct {
	options func(role string) *mqtt.ClientOptions // server, credentials, client id
	log     zerolog.Logger

	listening chan struct{} // closed once the receiver has subscribed for the first time
	first     sync.Once

	mu     sync.Mutex
	sender mqtt.Client
	change chan struct{} // closed and replaced when sender changes
}

func newLine(log zerolog.Logger, options func(role string) *mqtt.ClientOptions) *line {
	return &line{options: options, log: log, listening: make(chan struct{}), change: make(chan struct{})}
}

// run keeps both connections up until ctx ends.
func (l *line) run(ctx context.Context, take func(Uplink)) {
	var both sync.WaitGroup
	both.Go(func() {
		l.keep(ctx, "up", func(c mqtt.Client) error {
			err := subscribe(c)
			if err == nil {
				l.first.Do(func() { close(l.listening) })
			}
			return err
		}, take)
	})
	both.Go(func() {
		l.keep(ctx, "down", func(c mqtt.Client) error { l.set(c); return nil }, nil)
	})
	both.Wait()
}

// keep makes one connection after another. ready is called with each that stands.
func (l *line) keep(ctx context.Context, role string, ready func(mqtt.Client) error, take func(Uplink)) {
	pause := firstPause
	for ctx.Err() == nil {
		since := time.Now()
		err := l.once(ctx, role, ready, take)
		if ctx.Err() != nil {
			return
		}
		if time.Since(since) > mostPause {
			pause = firstPause
		}
		wait := pause/2 + rand.N(pause) //nolint:gosec // jitter
		l.log.Warn().Err(err).Str("connection", role).Dur("again_in", wait).Msg("broker connection ended")
		pause = min(2*pause, mostPause)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// once connects, and returns when the connection has ended.
func (l *line) once(ctx context.Context, role string, ready func(mqtt.Client) error, take func(Uplink)) error {
	lost := make(chan error, 1)
	o := l.options(role).
		SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(true).
		SetAutoAckDisabled(true).SetKeepAlive(keepAlive).SetPingTimeout(patience).SetConnectTimeout(patience).
		SetWriteTimeout(patience).SetProtocolVersion(4).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { receive(m, take) })
	c := mqtt.NewClient(o)
	defer c.Disconnect(quiesce)
	if err := done(ctx, c.Connect()); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := ready(c); err != nil {
		return err
	}
	defer l.unset(c)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-lost:
		return err
	}
}

func receive(m mqtt.Message, take func(Uplink)) {
	box, kind, err := wire.ParseTopic(m.Topic())
	if err != nil || kind.Down() || take == nil {
		m.Ack() // a topic that is no box's uplink: nobody here can use it
		return
	}
	take(Uplink{Box: box, Kind: kind, Payload: m.Payload(), Retained: m.Retained(), ack: m.Ack})
}

// subscribe looks at what the broker granted, for a refusal is no error to the library.
func subscribe(c mqtt.Client) error {
	t := c.Subscribe(wire.AllUplinks, 1, nil)
	if !t.WaitTimeout(patience) {
		return errors.New("subscribe: no answer")
	}
	if t.Error() != nil {
		return fmt.Errorf("subscribe: %w", t.Error())
	}
	if st, ok := t.(*mqtt.SubscribeToken); ok {
		if got := st.Result()[wire.AllUplinks]; got != 1 {
			return fmt.Errorf("subscribe: the broker granted %#x for what boxes say; allow it QoS 1", got)
		}
	}
	return nil
}

func (l *line) set(c mqtt.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sender = c
	close(l.change)
	l.change = make(chan struct{})
}

func (l *line) unset(c mqtt.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sender == c {
		l.sender = nil
	}
}

// publish waits for a connection, and then for the broker's acknowledgement.
func (l *line) publish(ctx context.Context, topic string, payload []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		l.mu.Lock()
		c, change := l.sender, l.change
		l.mu.Unlock()
		if c != nil {
			if err := done(ctx, c.Publish(topic, 1, false, payload)); err != nil {
				return fmt.Errorf("%w: %w", ErrUnknown, err)
			}
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrOffline, ctx.Err())
		}
	}
}

func done(ctx context.Context, t mqtt.Token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		return errors.New("no answer in time")
	}
}
