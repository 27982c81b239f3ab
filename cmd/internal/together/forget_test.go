package together

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"smartbox/cloud/trust"
	"smartbox/sync/enrol"
)

// forgetful is a broker that acknowledges and forgets: it stands between box and broker with the certificates of both,
// and while it is told to, answers what the box says of its events by itself and passes nothing on.
type forgetful struct {
	front *tls.Config
	back  func() (*tls.Config, string, error)
	l     net.Listener

	forget    atomic.Bool
	forgotten atomic.Int64 // messages

	mu    sync.Mutex
	conns map[net.Conn]bool
	work  sync.WaitGroup
}

// newForgetful listens on loopback until the test ends. to is the broker's address, boxDir where the box has its
// certificate.
func newForgetful(t testing.TB, cloud *cloudEnd, boxDir, to string) *forgetful {
	t.Helper()
	a, err := trust.OpenAuthority(filepath.Join(cloud.cfg.Data, "keys"), nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not block
	if err != nil {
		t.Fatal(err)
	}
	f := &forgetful{
		front: a.ServerCertificates("127.0.0.1", "localhost").BrokerTLS(), l: l, conns: map[net.Conn]bool{},
		back: func() (*tls.Config, string, error) {
			keys, err := enrol.OpenKeyStore(boxDir)
			if err != nil {
				return nil, "", err
			}
			defer keys.Close() //nolint:errcheck // a file
			key, err := keys.Key()
			if err != nil {
				return nil, "", err
			}
			id, err := enrol.Store{Dir: boxDir}.Load(key)
			if err != nil {
				return nil, "", err
			}
			conf := id.TLS()
			conf.ServerName = "localhost"
			return conf, to, nil
		},
	}
	f.work.Go(f.run)
	t.Cleanup(func() {
		_ = l.Close()
		f.cut()
		f.work.Wait()
	})
	return f
}

func (f *forgetful) addr() string { return f.l.Addr().String() }

// cut ends the connections, as a broker that starts anew does: what it forgot, it never had.
func (f *forgetful) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.Close()
	}
}

func (f *forgetful) run() {
	for {
		c, err := f.l.Accept()
		if err != nil {
			return
		}
		f.work.Go(func() { f.serve(tls.Server(c, f.front)) })
	}
}

func (f *forgetful) serve(box net.Conn) {
	defer box.Close() //nolint:errcheck // either end may have gone first
	conf, to, err := f.back()
	if err != nil {
		return
	}
	broker, err := tls.Dial("tcp", to, conf) //nolint:noctx // over loopback
	if err != nil {
		return
	}
	defer broker.Close() //nolint:errcheck // likewise
	f.mu.Lock()
	f.conns[box], f.conns[broker] = true, true
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.conns, box)
		delete(f.conns, broker)
	}()
	var both sync.WaitGroup
	back := &locked{w: box}
	both.Go(func() { f.up(back, broker, box); _ = broker.Close() })
	both.Go(func() { down(back, broker); _ = box.Close() })
	both.Wait()
}

// locked lets two write, a packet at a time.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// up carries packets from the box, but those that are forgotten.
func (f *forgetful) up(box, broker io.Writer, from io.Reader) {
	r := bufio.NewReader(from)
	for {
		packet, body, err := readPacket(r)
		if err != nil {
			return
		}
		if id, ok := eventsPublish(packet[0], body); ok && f.forget.Load() {
			f.forgotten.Add(1)
			if _, err := box.Write([]byte{0x40, 2, byte(id >> 8), byte(id)}); err != nil { // PUBACK
				return
			}
			continue
		}
		if _, err := broker.Write(packet); err != nil {
			return
		}
	}
}

// down carries packets to the box, each in one piece: acknowledgements come between.
func down(box io.Writer, from io.Reader) {
	r := bufio.NewReader(from)
	for {
		packet, _, err := readPacket(r)
		if err != nil {
			return
		}
		if _, err := box.Write(packet); err != nil {
			return
		}
	}
}

// readPacket reads one packet of MQTT 3.1.1 (section 2.2), whole and its part behind the fixed header.
func readPacket(r *bufio.Reader) (packet, body []byte, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, nil, err
	}
	n, err := binary.ReadUvarint(r) // the remaining length has the same form
	if err != nil {
		return nil, nil, err
	}
	if n > 1<<20 {
		return nil, nil, errors.New("packet is too long")
	}
	packet = binary.AppendUvarint([]byte{first}, n)
	head := len(packet)
	packet = append(packet, make([]byte, n)...)
	_, err = io.ReadFull(r, packet[head:])
	return packet, packet[head:], err
}

// eventsPublish reports whether a packet publishes events with QoS 1, and its packet identifier.
func eventsPublish(first byte, body []byte) (id uint16, ok bool) {
	if first>>4 != 3 || first>>1&3 != 1 || len(body) < 4 {
		return 0, false
	}
	n := int(binary.BigEndian.Uint16(body))
	if len(body) < 4+n || !bytes.HasSuffix(body[2:2+n], []byte("/u/ev")) {
		return 0, false
	}
	return binary.BigEndian.Uint16(body[2+n:]), true
}
