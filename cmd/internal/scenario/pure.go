package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/clock"
	"smartbox/device/session"
)

const (
	pulseTime = 300 * time.Millisecond // of a lock
	retry     = time.Second            // after which a mended disk is noticed
)

// Pure is a Cabinet of the session's Machine and nothing else: the journal is a list, a lock is a pulse of a third of a
// second, the wall clock a number.
type Pure struct {
	file *File
	log  Log
	room room // the things themselves, which outlast a power cut

	mono  time.Duration // since the beginning
	wall  time.Time     // as the kernel would say
	trust smartbox.Trust
	clk   *clock.Clock
	box   *session.Machine // nil without power
	boot  uint64
	order uint64

	snapshot *smartbox.Snapshot
	timers   []timer // in the order in which they were set
	disk     error
	held     []session.Record              // not on record, for the disk is bad
	answered map[uint64]error              // tickets of this boot that were answered
	coils    map[smartbox.SlotID]bool      // under current
	authors  map[uint64]smartbox.EventKind // what each ticket records
	failure  error

	inputs   []session.Input // that are not fed yet
	stepping bool
}

// timer is something that happens by itself, unless the power goes before.
type timer struct {
	at time.Duration
	do func()
}

var _ Cabinet = (*Pure)(nil)

// NewPure starts a machine with all keys in the slots that the people file says, lets it settle, and stops at f.Start.
func NewPure(f *File) *Pure {
	p := &Pure{
		file: f, log: Log{Lights: map[smartbox.SlotID]device.Light{}},
		wall: f.Start.Wall.Add(-Boot), trust: f.Start.Trust, snapshot: f.People,
	}
	view, err := smartbox.NewMapView(f.People, &f.Key, time.LoadLocation)
	if err != nil {
		p.failure = err
		return p
	}
	p.room = newRoom(f, view)
	p.start()
	if err := p.Wait(Boot); err != nil {
		p.failure = err
	}
	return p
}

// RunMachine plays the file against a Pure cabinet.
func RunMachine(f *File) Verdict { return Run(f, NewPure(f)) }

// Log implements Cabinet.
func (p *Pure) Log() *Log {
	if p.box != nil {
		p.log.Book = p.box.Book()
	}
	return &p.log
}

// Wait implements Cabinet.
func (p *Pure) Wait(d time.Duration) error {
	end := p.mono + d
	for range 1 << 20 {
		next, due := p.next()
		if !due || next > end {
			p.pass(end - p.mono)
			return p.failure
		}
		p.pass(next - p.mono)
		if !p.fire() && p.box != nil {
			p.step(session.Tick{})
		}
	}
	return errors.New("the machine names one deadline after another and time does not pass")
}

// next is when something happens by itself.
func (p *Pure) next() (at time.Duration, ok bool) {
	for _, t := range p.timers {
		if !ok || t.at < at {
			at, ok = t.at, true
		}
	}
	if p.box != nil {
		if up, due := p.box.Next(); due {
			if d := p.mono + max(0, up-p.clk.Now().Uptime); !ok || d < at {
				at, ok = d, true
			}
		}
	}
	return at, ok
}

func (p *Pure) pass(d time.Duration) {
	p.mono += d
	p.wall = p.wall.Add(d)
}

// fire does the first timer that is due.
func (p *Pure) fire() bool {
	i := -1
	for j, t := range p.timers {
		if t.at <= p.mono && (i < 0 || t.at < p.timers[i].at) {
			i = j
		}
	}
	if i < 0 {
		return false
	}
	t := p.timers[i]
	p.timers = slices.Delete(p.timers, i, i+1)
	t.do()
	return true
}

func (p *Pure) after(d time.Duration, do func()) {
	p.timers = append(p.timers, timer{p.mono + d, do})
}

// start gives power: a new boot, the book folded from the record, the snapshot from its cache, the sensors' first word.
func (p *Pure) start() {
	book := smartbox.NewBook()
	for _, e := range p.log.Events {
		book.Apply(e)
	}
	p.boot++
	p.clk = clock.New(clock.Options{
		Floor: book.LastAt, Trusted: book.TrueAt,
		Trust:     func() smartbox.Trust { return p.trust },
		Wall:      func() time.Time { return p.wall },
		Monotonic: func() time.Duration { return p.mono },
	})
	p.answered, p.coils = map[uint64]error{}, map[smartbox.SlotID]bool{}
	p.authors = map[uint64]smartbox.EventKind{}
	p.log.Lights = map[smartbox.SlotID]device.Light{}
	p.box = session.New(session.Config{Boot: p.boot, Slots: p.file.Wiring, Book: book})
	p.apply(p.snapshot, 0)
	for _, e := range p.room.report(p.file.Wiring) {
		p.step(session.Sensed{Event: e})
	}
}

func (p *Pure) apply(s *smartbox.Snapshot, confirmed smartbox.Stamp) {
	view, err := smartbox.NewMapView(s, &p.file.Key, time.LoadLocation)
	if err != nil {
		p.failure = cmp.Or(p.failure, err)
		return
	}
	p.snapshot, p.log.View = s, view
	p.step(session.Applied{View: view, Confirmed: confirmed})
}

// cut takes the power: what was in memory is gone.
func (p *Pure) cut() {
	p.Log()
	p.box, p.timers, p.held, p.log.Display = nil, nil, nil, nil
}

// step feeds the machine and does what it asks for, in its order. What answers an effect comes after all effects of the
// step, as it does where a journal and a bus take their time.
func (p *Pure) step(in session.Input) {
	p.inputs = append(p.inputs, in)
	if p.stepping {
		return
	}
	p.stepping = true
	for len(p.inputs) > 0 && p.box != nil {
		next := p.inputs[0]
		p.inputs = p.inputs[1:]
		for _, e := range p.box.Step(p.clk.Now(), next) {
			p.effect(e)
		}
	}
	p.inputs, p.stepping = nil, false
}

func (p *Pure) effect(e session.Effect) {
	switch e := e.(type) {
	case session.Record:
		p.record(e)
	case session.Unlock:
		p.unlock(e)
	case session.Show:
		p.log.Display = e.Lines
	case session.Sound:
		p.log.Sounds = append(p.log.Sounds, e.Sound)
	case session.Lamp:
		p.log.Lights[e.Slot] = e.Light
	case session.Answered:
		p.log.Answers = append(p.log.Answers, e.Reason)
	case session.Explained:
	}
}

// record answers at once. Behind a bad disk events queue up, and later ones do not overtake them.
func (p *Pure) record(r session.Record) {
	p.authors[r.Ticket] = r.Event.Kind
	answer := session.Recorded{Ticket: r.Ticket, Err: p.disk}
	if p.disk == nil && len(p.held) > 0 {
		p.flush()
	}
	if p.disk == nil {
		answer.Seq = p.write(r.Event)
	} else {
		p.held = append(p.held, r)
	}
	p.answered[r.Ticket] = p.disk
	p.step(answer)
}

func (p *Pure) write(e smartbox.Event) uint64 {
	e.Seq = uint64(len(p.log.Events) + 1)
	p.log.Events = append(p.log.Events, e)
	return e.Seq
}

// flush writes what was held back and tells the machine.
func (p *Pure) flush() {
	held := p.held
	p.held = nil
	answers := make([]session.Recorded, len(held))
	for i, r := range held {
		answers[i] = session.Recorded{Ticket: r.Ticket, Seq: p.write(r.Event)}
	}
	p.step(session.RecordHealth{Held: uint32(len(held))}) //nolint:gosec // a handful
	for _, a := range answers {
		p.step(a)
	}
}

// unlock gives the pulse, and looks whether it was allowed to.
func (p *Pure) unlock(u session.Unlock) {
	err, answered := p.answered[u.Ticket]
	kind := p.authors[u.Ticket]
	switch {
	case !answered || !kind.Authorises():
		p.broken("slot %s was unlocked for ticket %d, a %q that is not answered", u.Slot, u.Ticket, kind)
	case err != nil && kind != smartbox.DropoffAuthorised && !p.log.View.Box().Policy.AllowUnrecorded:
		p.broken("slot %s was unlocked for a %q that is not on record", u.Slot, kind)
	case p.coils[u.Slot]:
		p.broken("slot %s was unlocked during its own pulse", u.Slot)
	}
	p.coils[u.Slot] = true
	if len(p.coils) > 2 {
		p.broken("%d locks under current at once", len(p.coils))
	}
	p.log.Unlocks = append(p.log.Unlocks, u.Slot)
	p.after(pulseTime, func() {
		delete(p.coils, u.Slot)
		done := session.Unlocked{Slot: u.Slot}
		if p.room.deadLock(u.Slot) {
			done.Err = fmt.Errorf("slot %s: %w", u.Slot, device.ErrDead)
		}
		p.step(done)
	})
}

func (p *Pure) broken(format string, args ...any) {
	p.log.Broken = append(p.log.Broken, fmt.Sprintf(format, args...))
}

// Close implements Cabinet: the book must be what the record says.
func (p *Pure) Close() error {
	if p.failure != nil || p.box == nil || len(p.held) > 0 {
		return p.failure
	}
	folded := smartbox.NewBook()
	for _, e := range p.log.Events {
		folded.Apply(e)
	}
	for _, k := range p.log.View.Keys() {
		was, is := folded.Where(p.log.View, k), p.box.Book().Where(p.log.View, k)
		if was != is {
			return fmt.Errorf("the book says that %s is %s, and the record that it is %s", k,
				custodyText(is, p.file), custodyText(was, p.file))
		}
	}
	return nil
}

// part names the chip of a fault.
func part(f Fault) string {
	names := make([]string, len(f.Slots))
	for i, s := range f.Slots {
		names[i] = s.String()
	}
	return f.Part.String() + "@" + strings.Join(names, "+")
}
