package simulator

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// cable is the network between box and cloud: a relay on loopback that a person can pull and plug in.
type cable struct {
	l  net.Listener
	to string

	mu    sync.Mutex
	out   bool // it is pulled
	conns map[net.Conn]bool
	work  sync.WaitGroup
}

// newCable listens on an address.
func newCable(addr string) (*cable, error) {
	l, err := listen(addr)
	if err != nil {
		return nil, err
	}
	return &cable{l: l, conns: map[net.Conn]bool{}}, nil
}

// run carries what comes in to the other end, until close.
func (c *cable) run(to string) {
	c.to = to
	c.work.Go(func() {
		for {
			conn, err := c.l.Accept()
			if err != nil {
				return
			}
			c.work.Go(func() { c.carry(conn) })
		}
	})
}

func (c *cable) carry(box net.Conn) {
	defer c.end(box)
	if !c.add(box) {
		return
	}
	cloud, err := net.Dial("tcp", c.to) //nolint:noctx // over loopback
	if err != nil {
		return // the box tries again
	}
	defer c.end(cloud)
	if !c.add(cloud) {
		return
	}
	var both sync.WaitGroup
	for _, d := range []struct{ to, from net.Conn }{{cloud, box}, {box, cloud}} {
		both.Go(func() {
			_, _ = io.Copy(d.to, d.from) // it ends when either end does
			_ = d.to.Close()
		})
	}
	both.Wait()
}

// add takes a connection in, unless the cable is pulled.
func (c *cable) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.out {
		c.conns[conn] = true
	}
	return !c.out
}

func (c *cable) end(conn net.Conn) {
	_ = conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
}

// pull takes the cable out, or puts it in again.
func (c *cable) pull(out bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = out
	if out {
		for conn := range c.conns {
			_ = conn.Close()
		}
	}
}

func (c *cable) close() error {
	err := c.l.Close()
	c.pull(true)
	c.work.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// ServeHTTP pulls the cable with "out" and plugs it in with "in". It is for the person who started the simulator:
// requests from pages of other origins are refused.
func (c *cable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16))
	word := strings.TrimSpace(string(b))
	if err != nil || word != "in" && word != "out" {
		http.Error(w, `send "in" or "out"`, http.StatusBadRequest)
		return
	}
	c.pull(word == "out")
	_, _ = fmt.Fprintf(w, "the cable is %s\n", word) // whoever asked may be gone
}
