package agent

import (
	"errors"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"smartbox/sync/wire"
)

// fate is what a broker does with a message.
type fate struct {
	deliver int  // how often
	ack     bool // PUBACK, to one who published
	cut     bool // and cut the line afterwards
}

var fair = fate{deliver: 1, ack: true}

// broker is an MQTT 3.1.1 broker that can be made to misbehave. It keeps nothing across a connection but what is retained.
type broker struct {
	t  *testing.T
	up func(topic string, payload []byte) // the cloud

	mu       sync.Mutex
	peers    map[string]*peer
	conns    map[net.Conn]bool
	retained map[string][]byte
	refuse   error // of a connection
	suback   byte  // what a subscription is answered with
	mute     bool  // a connection is taken and never answered
	dials    int
	packets  int                                     // both ways, of all connections
	cutAfter int                                     // cut when so many have passed; 0 = never
	judge    func(topic string, payload []byte) fate // of what is published either way
	held     []*packets.PublishPacket                // to be sent in another order
	work     sync.WaitGroup
}

// peer is one connection of a client.
type peer struct {
	id     string
	conn   net.Conn
	out    chan packets.ControlPacket
	gone   chan struct{}
	will   *packets.ConnectPacket
	filter string
	next   uint16
	frozen chan struct{} // nil while it works; a half-open line otherwise, until closed
}

func newBroker(t *testing.T) *broker {
	return &broker{t: t, peers: map[string]*peer{}, conns: map[net.Conn]bool{}, retained: map[string][]byte{}, suback: 1}
}

func (b *broker) dial(*url.URL) (net.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dials++
	if b.refuse != nil {
		return nil, b.refuse
	}
	near, far := net.Pipe()
	b.conns[far] = true
	b.work.Go(func() { b.serve(far) })
	return near, nil
}

// set changes how the broker behaves.
func (b *broker) set(f func(b *broker)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b)
}

func (b *broker) serve(conn net.Conn) {
	defer func() {
		b.set(func(b *broker) { delete(b.conns, conn) })
		_ = conn.Close()
	}()
	first, err := packets.ReadPacket(conn)
	c, ok := first.(*packets.ConnectPacket)
	if err != nil || !ok {
		return
	}
	p := &peer{id: c.ClientIdentifier, conn: conn, out: make(chan packets.ControlPacket, 1<<12), gone: make(chan struct{}), will: c}
	b.mu.Lock()
	mute, old := b.mute, b.peers[p.id]
	if !mute {
		b.peers[p.id] = p
	}
	b.mu.Unlock()
	if mute {
		_, _ = packets.ReadPacket(conn) // until the client gives up
		return
	}
	if old != nil { // the same identity: the older connection goes
		_ = old.conn.Close()
	}
	b.work.Go(func() { b.write(p) })
	p.out <- packets.NewControlPacket(packets.Connack)
	clean := b.read(p)
	close(p.gone)
	b.mu.Lock()
	if b.peers[p.id] == p {
		delete(b.peers, p.id)
	}
	b.mu.Unlock()
	if !clean && c.WillFlag {
		b.publish(c.WillTopic, c.WillMessage, c.WillRetain)
	}
}

func (b *broker) write(p *peer) {
	for {
		select {
		case <-p.gone:
			return
		case m := <-p.out:
			if m == nil {
				_ = p.conn.Close()
				return
			}
			if !b.pass(p) {
				return
			}
			if err := m.Write(p.conn); err != nil {
				return
			}
		}
	}
}

// pass waits where the line is frozen, and cuts it where it is time for that.
func (b *broker) pass(p *peer) bool {
	b.mu.Lock()
	b.packets++
	cut, frozen := b.cutAfter != 0 && b.packets == b.cutAfter, p.frozen
	b.mu.Unlock()
	if frozen != nil {
		<-frozen
	}
	if cut {
		_ = p.conn.Close()
	}
	return !cut
}

// read takes packets until the end, and reports whether that was a good-bye.
func (b *broker) read(p *peer) (clean bool) {
	for {
		in, err := packets.ReadPacket(p.conn)
		if err != nil || !b.pass(p) {
			return false
		}
		switch in := in.(type) {
		case *packets.PublishPacket:
			b.published(p, in)
		case *packets.SubscribePacket:
			p.filter = in.Topics[0]
			a := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			a.MessageID = in.MessageID
			b.mu.Lock()
			a.ReturnCodes = []byte{b.suback}
			b.mu.Unlock()
			p.out <- a
		case *packets.PingreqPacket:
			p.out <- packets.NewControlPacket(packets.Pingresp)
		case *packets.DisconnectPacket:
			return true
		case *packets.PubackPacket:
		default:
			b.t.Errorf("broker: %T", in)
		}
	}
}

func (b *broker) fate(topic string, payload []byte) fate {
	b.mu.Lock()
	judge := b.judge
	b.mu.Unlock()
	if judge == nil {
		return fair
	}
	return judge(topic, payload)
}

func (b *broker) published(p *peer, in *packets.PublishPacket) {
	f := b.fate(in.TopicName, in.Payload)
	if in.Retain {
		b.set(func(b *broker) { b.retained[in.TopicName] = in.Payload })
	}
	if f.ack && in.Qos == 1 {
		a := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
		a.MessageID = in.MessageID
		p.out <- a
	}
	for range f.deliver {
		b.up(in.TopicName, in.Payload)
	}
	if f.cut {
		_ = p.conn.Close()
	}
}

// publish is a will, or the cloud's.
func (b *broker) publish(topic string, payload []byte, retain bool) {
	if retain {
		b.set(func(b *broker) { b.retained[topic] = payload })
	}
	box, kind, err := wire.ParseTopic(topic)
	if err == nil && !kind.Down() {
		b.up(topic, payload)
		return
	}
	f := b.fate(topic, payload)
	for range f.deliver {
		b.send(box.String(), topic, payload, false)
	}
	if f.cut {
		b.cut(box.String())
	}
}

// send delivers to a client, whatever it subscribed to.
func (b *broker) send(id, topic string, payload []byte, retained bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.peers[id]
	if p == nil || p.filter == "" {
		return
	}
	m := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	m.Qos, m.TopicName, m.Payload, m.Retain = 1, topic, payload, retained
	p.next++
	m.MessageID = p.next
	select {
	case p.out <- m:
	default:
		b.t.Error("broker: too many messages under way")
	}
}

// cut ends a client's line without a word.
func (b *broker) cut(id string) {
	b.mu.Lock()
	p := b.peers[id]
	b.mu.Unlock()
	if p != nil {
		_ = p.conn.Close()
	}
}

// freeze makes a client's line half-open: nothing moves and nothing is closed, until thaw is called.
func (b *broker) freeze(id string) (thaw func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := make(chan struct{})
	if p := b.peers[id]; p != nil {
		p.frozen = c
	}
	return sync.OnceFunc(func() { close(c) })
}

var errRefused = errors.New("connection refused")

// close ends every connection and waits for what served them.
func (b *broker) close() {
	b.mu.Lock()
	b.refuse = errRefused
	for c := range b.conns {
		_ = c.Close()
	}
	b.mu.Unlock()
	b.work.Wait()
}
