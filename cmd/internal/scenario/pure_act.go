package scenario

import (
	"errors"
	"slices"

	"smartbox"
	"smartbox/device"
	"smartbox/device/session"
)

var (
	errOff = errors.New("the box has no power; write `> start synced` first")
	errOn  = errors.New("the box has power already")
)

// Do implements Cabinet.
func (p *Pure) Do(a Act) error {
	if p.failure != nil {
		return p.failure
	}
	p.fireDue()
	switch a := a.(type) {
	case Door, Hang, Stick, Tamper, Mains, Battery, Fault, Pulse:
		for _, e := range p.room.do(a, p.file.Wiring) {
			p.step(session.Sensed{Event: e}) // unheard without power
		}
	case Disk:
		p.setDisk(a.Err)
	case Clock:
		p.wall, p.trust = a.Wall, a.Trust
		if p.box != nil && p.clk.Check() {
			p.step(session.ClockSet{})
		}
	case Start:
		if p.box != nil {
			return errOn
		}
		p.trust = a.Trust
		p.start()
		return p.Wait(Boot)
	default:
		if p.box == nil {
			return errOff
		}
		return p.powered(a)
	}
	return p.failure
}

// powered does what needs a running box.
func (p *Pure) powered(a Act) error {
	switch a := a.(type) {
	case Type:
		for i, k := range a.Keys {
			if i > 0 {
				if err := p.Wait(PerKey); err != nil {
					return err
				}
			}
			p.step(session.Sensed{Event: device.Pressed{Key: k}})
		}
	case Tap:
		p.step(session.Sensed{Event: device.Tapped{Badge: a.Badge}})
	case Misread:
		p.step(session.Sensed{Event: device.MisRead{Err: errors.New("parity")}})
	case Apply:
		s := *a.Snapshot
		if a.Now {
			s.IssuedAt = p.clk.Now().Stamp()
		}
		p.apply(&s, 0)
	case Confirm:
		p.apply(p.snapshot, p.clk.Now().Stamp())
	case Order:
		p.order++
		p.step(session.Order{ID: p.order, Kind: a.Kind, Slot: a.Slot, Actor: a.Actor})
	case Cut:
		p.cut()
	case Stop:
		p.step(session.Stop{})
		p.cut()
	case Door, Hang, Stick, Tamper, Mains, Battery, Fault, Pulse, Disk, Clock, Start:
	}
	return p.failure
}

// fireDue does what is due now, so that an act does not come before it.
func (p *Pure) fireDue() {
	for p.fire() {
	}
}

func (p *Pure) setDisk(err error) {
	p.disk = err
	if err != nil || p.box == nil {
		return
	}
	p.after(retry, func() {
		if p.disk == nil && len(p.held) > 0 {
			p.flush()
		}
	})
}

// room is what stands in the room: doors, keys, bolts, lid and supply. It goes on without power.
type room struct {
	open   map[smartbox.SlotID]bool
	keys   map[smartbox.SlotID]Hang
	stuck  map[smartbox.SlotID]bool // bolts that do not move
	out    map[smartbox.SlotID]bool // bolts that are not home
	pulse  map[smartbox.SlotID]bool // locks whose pulse fails
	faults []Fault
	lid    bool
	supply device.Supply
	last   Hang // the key that was taken out last
}

// newRoom hangs every key where the people file says.
func newRoom(f *File, v smartbox.View) room {
	r := room{
		open: map[smartbox.SlotID]bool{}, keys: map[smartbox.SlotID]Hang{}, stuck: map[smartbox.SlotID]bool{},
		out: map[smartbox.SlotID]bool{}, pulse: map[smartbox.SlotID]bool{}, supply: device.Supply{Mains: true, Percent: 100},
	}
	for _, k := range v.Keys() {
		if c := smartbox.NewBook().Where(v, k); c.Place == smartbox.InSlot {
			r.keys[c.Slot] = Hang{Slot: c.Slot, There: true, Key: k, Fob: f.fobs[k]}
		}
	}
	return r
}

// deadLock reports whether a pulse on the slot fails.
func (r *room) deadLock(s smartbox.SlotID) bool {
	if r.pulse[s] {
		return true
	}
	for _, f := range r.faults {
		if f.Part == smartbox.PartLocks && f.serves(s) {
			return true
		}
	}
	return false
}

// deaf reports whether the sensors of the slot are dead.
func (r *room) deaf(s smartbox.SlotID) bool {
	for _, f := range r.faults {
		if f.Part == smartbox.PartSensors && f.serves(s) {
			return true
		}
	}
	return false
}

func (f Fault) serves(s smartbox.SlotID) bool {
	return len(f.Slots) == 0 || slices.Contains(f.Slots, s)
}
