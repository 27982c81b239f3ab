package busguard

import (
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Opts are the bounds of a Bus. Zero fields take the value of DefaultOpts.
type Opts struct {
	Tries  int           // how often a transfer is tried before its chip counts as dead
	Pause  time.Duration // between two tries
	Limit  time.Duration // longest wait for the bus, and again for one try on it
	Probe  time.Duration // a dead chip is asked again after this, then after twice as long, ...
	Rarely time.Duration // ... but at least this often
	// Observe is called after each transfer, also a failed one; it must not use the bus.
	Observe func(Transfer)
}

// DefaultOpts suits a bus at 100 kHz or faster with transfers of up to 1 KB.
func DefaultOpts() Opts {
	return Opts{
		Tries: 3, Pause: 2 * time.Millisecond, Limit: 250 * time.Millisecond,
		Probe: 100 * time.Millisecond, Rarely: 2 * time.Second,
	}
}

// Transfer is what Observe is told.
type Transfer struct {
	Addr uint16
	W, R int // bytes asked for
	Took time.Duration
	Try  int   // how many tries it took; 0 = the bus was not touched
	Err  error // nil, or an *Error
}

// Bus is an i2c.Bus with bounds. It is safe for concurrent use.
type Bus struct {
	bus  i2c.Bus
	opts Opts
	turn chan struct{} // holds a token while a transfer is on the bus, abandoned ones included

	mu    sync.Mutex
	chips map[uint16]*chip
	hung  *hang // an abandoned transfer that has not come back
}

type chip struct {
	since time.Time // dead since; zero = alive
	next  time.Time // when it is asked again
	wait  time.Duration
	err   error
}

// hang is a transfer on the bus, as long as nobody knows whether it will come back.
type hang struct {
	addr  uint16
	since time.Time
	back  bool
}

var _ i2c.Bus = (*Bus)(nil)

// New guards a bus. Nil opts are DefaultOpts.
func New(bus i2c.Bus, opts *Opts) *Bus {
	o := DefaultOpts()
	if opts != nil {
		o.Observe = opts.Observe
		set(&o.Tries, opts.Tries)
		set(&o.Pause, opts.Pause)
		set(&o.Limit, opts.Limit)
		set(&o.Probe, opts.Probe)
		set(&o.Rarely, opts.Rarely)
	}
	return &Bus{bus: bus, opts: o, turn: make(chan struct{}, 1), chips: map[uint16]*chip{}}
}

func set[T int | time.Duration](field *T, v T) {
	if v > 0 {
		*field = v
	}
}

// String names the bus that is guarded.
func (b *Bus) String() string { return b.bus.String() }

// SetSpeed sets the speed of the bus that is guarded. It is not bounded: call it before drivers run.
func (b *Bus) SetSpeed(f physic.Frequency) error { return b.bus.SetSpeed(f) }

// Tx does one transaction, with further tries where it fails. While the chip is dead it fails at
// once, but for one try each time that a probe is due. The error is an *Error. It returns within
// Tries * (2 * Limit + Pause) whatever the adapter does.
func (b *Bus) Tx(addr uint16, w, r []byte) error { return b.do(addr, w, r, false) }

// Insist is Tx that takes no account of the chip being dead: it tries in full. It is for the transfers
// that must not be spared, such as switching a coil off.
func (b *Bus) Insist(addr uint16, w, r []byte) error { return b.do(addr, w, r, true) }

func (b *Bus) do(addr uint16, w, r []byte, insist bool) error {
	start := time.Now()
	try, err := b.attempt(addr, w, r, insist)
	if b.opts.Observe != nil {
		b.opts.Observe(Transfer{Addr: addr, W: len(w), R: len(r), Took: time.Since(start), Try: try, Err: err})
	}
	return err
}

func (b *Bus) attempt(addr uint16, w, r []byte, insist bool) (try int, err error) {
	tries := b.opts.Tries
	if !insist {
		var dead error
		if tries, dead = b.allowance(addr); dead != nil {
			return 0, dead
		}
	}
	for try < tries {
		if try > 0 {
			time.Sleep(b.opts.Pause)
		}
		try++
		if err = b.once(addr, w, r); err == nil {
			b.alive(addr)
			return try, nil
		}
		if b.isHung() { // the next try would wait for the same transfer
			break
		}
	}
	b.bury(addr, err)
	return try, &Error{Bus: b.String(), Addr: addr, Tries: try, Err: err}
}

// once is one transfer within the limit. The adapter works on copies, because an abandoned transfer
// may still write into its buffer.
func (b *Bus) once(addr uint16, w, r []byte) error {
	limit := time.NewTimer(b.opts.Limit)
	defer limit.Stop()
	if b.isHung() {
		return ErrHung
	}
	select {
	case b.turn <- struct{}{}:
	case <-limit.C:
		return ErrHung
	}
	limit.Reset(b.opts.Limit)
	cw, cr := append([]byte(nil), w...), make([]byte, len(r))
	done := make(chan error, 1)
	flight := &hang{addr: addr}
	go func() {
		err := b.bus.Tx(addr, cw, cr)
		b.landed(flight)
		<-b.turn
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			copy(r, cr)
		}
		return err
	case <-limit.C:
		b.abandon(flight)
		return ErrHung
	}
}

func (b *Bus) abandon(flight *hang) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !flight.back {
		flight.since = time.Now()
		b.hung = flight
	}
}

func (b *Bus) landed(flight *hang) {
	b.mu.Lock()
	defer b.mu.Unlock()
	flight.back = true
	if b.hung == flight {
		b.hung = nil
	}
}
