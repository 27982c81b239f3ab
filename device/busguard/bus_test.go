package busguard_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/chips"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const addr = 0x20

type rig struct {
	bus   *chips.Bus
	guard *busguard.Bus
	seen  []busguard.Transfer
	wire  int // transfers that reached the bus
}

func newRig(opts busguard.Opts) *rig {
	r := &rig{bus: &chips.Bus{}}
	r.bus.Add(addr, chips.NewMCP23017())
	r.bus.Add(addr+1, chips.NewMCP23017())
	r.bus.Tap(func(chips.Transfer) { r.wire++ })
	opts.Observe = func(t busguard.Transfer) { r.seen = append(r.seen, t) }
	r.guard = busguard.New(r.bus, &opts)
	return r
}

func (r *rig) read(t *testing.T, a uint16) error {
	t.Helper()
	var b [2]byte
	err := r.guard.Tx(a, []byte{0}, b[:])
	if err == nil && b != [2]byte{0xFF, 0xFF} {
		t.Errorf("read % x, want ff ff", b)
	}
	return err
}

func TestRetriesWithinABurst(t *testing.T) {
	for _, tt := range []struct {
		name string
		nack int
		try  int
		dead bool
	}{
		{"in order", 0, 1, false},
		{"one", 1, 2, false},
		{"two", 2, 3, false},
		{"as many as there are tries", 3, 3, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(busguard.Opts{})
				if tt.nack > 0 {
					r.bus.SetFault(addr, chips.Fault{NACK: true, Times: tt.nack})
				}
				err := r.read(t, addr)
				if errors.Is(err, device.ErrDead) != tt.dead || errors.Is(err, chips.ErrNACK) != tt.dead {
					t.Errorf("error %v, want dead = %t, with its cause", err, tt.dead)
				}
				if len(r.seen) != 1 || r.seen[0].Try != tt.try || !errors.Is(r.seen[0].Err, err) {
					t.Errorf("observed %+v, want one with %d tries", r.seen, tt.try)
				}
				want := time.Duration(tt.try-1) * busguard.DefaultOpts().Pause
				if r.seen[0].Took != want || r.seen[0].Addr != addr || r.seen[0].W != 1 || r.seen[0].R != 2 {
					t.Errorf("observed %+v, want %v", r.seen[0], want)
				}
			})
		})
	}
}

func TestDeadChipCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := busguard.DefaultOpts()
		r := newRig(o)
		r.bus.SetFault(addr, chips.Fault{NACK: true})
		err := r.read(t, addr)
		if !errors.Is(err, device.ErrDead) {
			t.Fatalf("error %v, want dead", err)
		}
		if _, dead := r.guard.Dead(addr); !dead {
			t.Error("the chip does not count as dead")
		}
		r.wire = 0
		if err := r.read(t, addr); !errors.Is(err, device.ErrDead) || !errors.Is(err, chips.ErrNACK) {
			t.Errorf("error %v, want dead with its cause", err)
		}
		if err := r.read(t, addr+1); err != nil {
			t.Errorf("the other chip: %v", err)
		}
		if r.wire != 1 {
			t.Errorf("%d transfers, want the other chip's only", r.wire)
		}
		if err := r.guard.Insist(addr, []byte{0}, nil); !errors.Is(err, device.ErrDead) {
			t.Errorf("error %v, want dead", err)
		}
		if r.wire != 1+o.Tries {
			t.Errorf("%d transfers, want %d: Insist tries in full", r.wire, 1+o.Tries)
		}

		r.wire = 0
		for range 60_000 { // a minute
			_ = r.read(t, addr)
			time.Sleep(time.Millisecond)
		}
		if most := int(time.Minute/o.Rarely) + 10; r.wire < 10 || r.wire > most {
			t.Errorf("a dead chip was asked %d times in a minute, want 10 to %d", r.wire, most)
		}
		r.bus.SetFault(addr, chips.Fault{})
		time.Sleep(o.Rarely)
		if err := r.read(t, addr); err != nil {
			t.Errorf("the chip answers again: %v", err)
		}
		if _, dead := r.guard.Dead(addr); dead {
			t.Error("the chip still counts as dead")
		}
	})
}

func TestHangingBusBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := busguard.DefaultOpts()
		r := newRig(o)
		release := make(chan struct{})
		r.bus.SetFault(addr, chips.Fault{Times: 1, Hang: func() { <-release }})
		start := time.Now()
		if err := r.read(t, addr); !errors.Is(err, busguard.ErrHung) || !errors.Is(err, device.ErrDead) {
			t.Errorf("error %v, want hung", err)
		}
		if took := time.Since(start); took != o.Limit {
			t.Errorf("gave up after %v, want %v", took, o.Limit)
		}
		if a, _, hung := r.guard.Hung(); !hung || a != addr {
			t.Errorf("Hung = %#02x, %t", a, hung)
		}
		start = time.Now()
		for _, a := range []uint16{addr, addr + 1} {
			if err := r.read(t, a); !errors.Is(err, device.ErrDead) {
				t.Errorf("chip %#02x: error %v, want dead", a, err)
			}
			if err := r.guard.Insist(a, []byte{0}, nil); !errors.Is(err, busguard.ErrHung) {
				t.Errorf("chip %#02x: error %v, want hung", a, err)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("callers waited %v for a bus that hangs", took)
		}
		close(release)
		synctest.Wait()
		if _, _, hung := r.guard.Hung(); hung {
			t.Error("the bus still counts as hung")
		}
		time.Sleep(o.Rarely)
		for _, a := range []uint16{addr, addr + 1} {
			if err := r.read(t, a); err != nil {
				t.Errorf("chip %#02x after the hang: %v", a, err)
			}
		}
	})
}

// slow is a bus that takes its time.
type slow struct {
	*chips.Bus
	takes  time.Duration
	on     int
	most   int
	answer byte
}

func (s *slow) Tx(_ uint16, _, r []byte) error {
	s.on++
	s.most = max(s.most, s.on)
	time.Sleep(s.takes)
	s.on--
	for i := range r {
		r[i] = s.answer
	}
	return nil
}

func TestOneTransferAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 10 * time.Millisecond}
		guard := busguard.New(s, nil)
		errs := make(chan error)
		for range 8 {
			go func() { errs <- guard.Tx(addr, []byte{0}, nil) }()
		}
		for range 8 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if s.most != 1 {
			t.Errorf("%d transfers at once, want 1", s.most)
		}
	})
}

// An abandoned transfer that comes back must not write into a buffer that its caller uses for other things.
func TestLateAnswerIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: time.Second, answer: 0xAA}
		guard := busguard.New(s, nil)
		var buf [2]byte
		if err := guard.Tx(addr, []byte{0}, buf[:]); !errors.Is(err, busguard.ErrHung) {
			t.Fatalf("error %v, want hung", err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if buf != [2]byte{} {
			t.Errorf("the buffer was written to afterwards: % x", buf)
		}
		s.takes = 0
		if err := guard.Tx(addr, []byte{0}, buf[:]); err != nil || buf != [2]byte{0xAA, 0xAA} {
			t.Errorf("after the hang: % x, %v", buf, err)
		}
	})
}

// Whatever the adapter does, a call ends within its bound.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 200 * time.Millisecond}
		o := busguard.DefaultOpts()
		guard := busguard.New(s, &o)
		bound := time.Duration(o.Tries) * (2*o.Limit + o.Pause)
		longest := make(chan time.Duration)
		for range 20 {
			go func() {
				start := time.Now()
				_ = guard.Insist(addr, []byte{0}, nil)
				longest <- time.Since(start)
			}()
		}
		for range 20 {
			if took := <-longest; took > bound {
				t.Errorf("a call took %v, want at most %v", took, bound)
			}
		}
	})
}
