package together

import (
	"io"
	"net"
	"sync"
	"testing"
)

// proxy is the cable between box and cloud: it can be pulled, and can swallow without a word.
type proxy struct {
	l  net.Listener
	to func() string // where the other end is now; it may be elsewhere after a restart

	mu    sync.Mutex
	cut   bool
	mute  bool // what comes in goes nowhere, and the connections stand
	conns map[net.Conn]bool
	work  sync.WaitGroup
}

// newProxy listens on loopback until the test ends.
func newProxy(t testing.TB, to func() string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not block
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, to: to, conns: map[net.Conn]bool{}}
	p.work.Go(p.run)
	t.Cleanup(func() {
		_ = l.Close()
		p.pull()
		p.work.Wait()
	})
	return p
}

func (p *proxy) addr() string { return p.l.Addr().String() }

func (p *proxy) run() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(c) })
	}
}

func (p *proxy) serve(in net.Conn) {
	defer in.Close() //nolint:errcheck // either end may have gone first
	if !p.add(in) {
		return
	}
	defer p.drop(in)
	out, err := net.Dial("tcp", p.to()) //nolint:noctx // over loopback
	if err != nil {
		return
	}
	defer out.Close() //nolint:errcheck // likewise
	if !p.add(out) {
		return
	}
	defer p.drop(out)
	var both sync.WaitGroup
	both.Go(func() { p.copy(out, in); _ = out.Close() })
	both.Go(func() { p.copy(in, out); _ = in.Close() })
	both.Wait()
}

// copy is io.Copy that can be muted.
func (p *proxy) copy(to io.Writer, from io.Reader) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		p.mu.Lock()
		mute := p.mute
		p.mu.Unlock()
		if n > 0 && !mute {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) add(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// pull ends every connection and lets no new one through.
func (p *proxy) pull() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		_ = c.Close()
	}
}

// plug ends what pull and hush began.
func (p *proxy) plug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
	if p.mute {
		p.mute = false
		for c := range p.conns {
			_ = c.Close() // a stream with a hole in it is of no use
		}
	}
}

// hush lets the connections stand and carries nothing: a half-open line.
func (p *proxy) hush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = true
}
