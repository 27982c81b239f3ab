package agent

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smartbox"
	"smartbox/storage/index/indextest"
	"smartbox/sync/wire"
)

// TestHalfOpen: a line on which nothing moves and nothing is closed is given up and made anew.
func TestHalfOpen(t *testing.T) {
	for name, c := range map[string]struct {
		busy  bool
		limit time.Duration
	}{"idle": {false, keepAlive + 2*pingLimit}, "sending": {true, writeLimit + tokenLimit}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, 20, func(w world) {
				w.ready()
				defer w.b.freeze(w.x.id.String())()
				if c.busy {
					w.x.happen(300)
				}
				began := time.Now()
				for w.x.agent.Counts().Connects < 2 {
					pass(time.Second)
					if time.Since(began) > c.limit {
						t.Fatalf("not noticed within %s", c.limit)
					}
				}
				w.settled(time.Minute)
			})
		})
	}
}

// TestSilentBroker: one that takes the connection and never answers is given up too.
func TestSilentBroker(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.b.set(func(b *broker) { b.mute = true })
		w.x.start()
		pass(3 * time.Minute)
		if w.b.dials < 3 || w.x.agent.Online() {
			t.Errorf("%d dials, online %t", w.b.dials, w.x.agent.Online())
		}
		w.b.set(func(b *broker) { b.mute = false })
		w.settled(3 * time.Minute)
	})
}

// TestSubscriptionRefused: a line on which the box would hear nothing is no line.
func TestSubscriptionRefused(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.b.set(func(b *broker) { b.suback = 0x80 })
		w.x.start()
		pass(time.Minute)
		if w.x.agent.Online() || w.b.dials < 3 {
			t.Errorf("online %t after %d dials", w.x.agent.Online(), w.b.dials)
		}
		w.b.set(func(b *broker) { b.suback = 1 })
		w.settled(3 * time.Minute)
	})
}

// TestNeverGivesUp: after a day without a broker the box is back within the longest wait.
func TestNeverGivesUp(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.b.set(func(b *broker) { b.refuse = errRefused })
		w.x.start()
		w.x.happen(50)
		pass(24 * time.Hour)
		w.b.set(func(b *broker) { b.refuse = nil })
		if w.b.dials < 24*60 || w.b.dials > 24*120+10 {
			t.Errorf("%d attempts in a day", w.b.dials)
		}
		w.settled(retryMost + time.Second)
		w.complete(50)
	})
}

// TestPresence: birth and death stand on one topic, and an old death is told from a new life by the connection.
func TestPresence(t *testing.T) {
	bubble(t, 20, func(w world) {
		w.ready()
		w.b.cut(w.x.id.String())
		w.settled(time.Minute)
		pass(time.Second)
		w.x.halt()
		pass(time.Second)
		var online []bool
		ids := map[uint64]int{}
		for _, p := range w.c.presence {
			online = append(online, p.Online)
			ids[p.Connection]++
			if p.Online && (p.Boot == 0 || p.Since == 0) {
				t.Errorf("birth %+v", p)
			}
		}
		if len(online) != 4 || !online[0] || online[1] || !online[2] || online[3] || len(ids) != 2 {
			t.Errorf("presence %v of %d connections, want on, off, on, off of 2", online, len(ids))
		}
		last := new(wire.Presence)
		if err := wire.Decode(w.b.retained[wire.Topic(w.x.id, wire.KindPresence)], last); err != nil || last.Online {
			t.Errorf("retained: %+v, %v", last, err)
		}
		if h := w.c.hellos[0]; ids[h.Connection] != 2 || h.Protocol != wire.Version || h.Firmware != "test" {
			t.Errorf("hello %+v", h)
		}
	})
}

// TestTwin: two boxes with one identity take the line from each other; both notice and slow down.
func TestTwin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := indextest.Town(5)
		s.Revision = smartbox.Revision{Epoch: 1, Version: 1}
		b := newBroker(t)
		c := newCloud(t, b, s)
		c.silent = true
		one, two := newBox(t, b, s.Box.ID), newBox(t, b, s.Box.ID)
		defer func() {
			b.close()
			one.halt()
			two.halt()
		}()
		one.start()
		two.start()
		pass(time.Hour)
		if one.noted(TwinSuspected)+two.noted(TwinSuspected) == 0 {
			t.Errorf("nobody noticed: %v, %v", one.agent.Counts(), two.agent.Counts())
		}
		if b.dials > 150 {
			t.Errorf("%d connections in an hour", b.dials)
		}
	})
}

func TestTwinOrNot(t *testing.T) {
	end := func(b *backoff, n int, lasted time.Duration, err error) (found int) {
		for range n {
			if b.twin(lasted, err) {
				found++
			}
		}
		return found
	}
	var b backoff
	if end(&b, 20, 5*time.Minute, io.EOF) != 0 || end(&b, 20, time.Second, errors.New("reset")) != 0 || end(&b, twinLimit-1, time.Second, io.EOF) != 0 {
		t.Error("a twin is suspected without a cause")
	}
	if end(&b, 1, 0, io.EOF); end(&b, twinLimit-1, time.Second, io.EOF) != 0 {
		t.Error("a broker that was away is taken for a twin")
	}
	if end(&b, 20, time.Second, io.EOF) != 1 || b.next(time.Second) < twinWait/2 {
		t.Error("a twin is not noticed once, or not waited for")
	}
	if b.twin(5*time.Minute, io.EOF) || b.next(5*time.Minute) > retryFirst {
		t.Error("a twin that went away is not forgotten")
	}
}

// papers are a certificate that can be renewed.
type papers struct {
	mu          sync.Mutex
	from, until time.Time
	life        time.Duration
	fail        error
	renewals    []time.Time
	asked       int
}

func (p *papers) TLS() (*tls.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return nil, nil //nolint:nilnil // no TLS on this line
}

func (p *papers) Life() (from, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.from, p.until
}

func (p *papers) Renew(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renewals = append(p.renewals, time.Now())
	if p.fail != nil {
		return p.fail
	}
	p.from, p.until = time.Now(), time.Now().Add(p.life)
	return nil
}

// TestRenewal: at two thirds of its life the certificate is renewed and the line made with the new one; what fails is tried again.
func TestRenewal(t *testing.T) {
	bubble(t, 20, func(w world) {
		begin := time.Now()
		p := &papers{from: begin, until: begin.Add(6 * 24 * time.Hour), life: 6 * 24 * time.Hour}
		w.x.tune = func(o *Options) { o.Credentials = p }
		w.ready()
		pass(4*24*time.Hour - time.Minute)
		p.mu.Lock()
		if len(p.renewals) != 0 {
			t.Errorf("renewed after %s", p.renewals[0].Sub(begin))
		}
		p.mu.Unlock()
		connects := w.x.agent.Counts().Connects
		fail := func(err error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.fail = err
		}
		fail(errors.New("cloud is away"))
		pass(22 * time.Hour)
		if n := w.x.noted(RenewFailed); n < 15 || n > 23 {
			t.Errorf("%d attempts in a day", n)
		}
		fail(nil)
		pass(3 * time.Hour)
		if w.x.noted(Renewed) != 1 || w.x.agent.Counts().Connects != connects+1 || p.asked != int(connects)+1 {
			t.Errorf("renewed %d times, connects %d after %d", w.x.noted(Renewed), w.x.agent.Counts().Connects, connects)
		}
		w.settled(time.Minute)
	})
}

func TestOptions(t *testing.T) {
	bubble(t, 5, func(w world) {
		w.x.open()
		good := Options{
			Box: w.x.id, URL: "tcp://x:1", Keys: keyring(), State: w.x.know, Journal: w.x.log,
			Orders: w.x.hands, Clock: w.x.clock, Ledger: w.x.ledger,
		}
		if _, err := New(good); err != nil {
			t.Errorf("good options: %v", err)
		}
		for name, f := range map[string]func(o *Options){
			"no box":     func(o *Options) { o.Box = 0 },
			"no address": func(o *Options) { o.URL = "" },
			"no host":    func(o *Options) { o.URL = "ssl:" },
			"no state":   func(o *Options) { o.State = nil },
			"no ledger":  func(o *Options) { o.Ledger = nil },
			"no key":     func(o *Options) { o.Keys.State = nil },
		} {
			o := good
			f(&o)
			if _, err := New(o); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		if err := errors.Join(w.x.know.Close(), w.x.log.Close()); err != nil {
			t.Error(err)
		}
	})
}
