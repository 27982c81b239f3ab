package scenario

import (
	"slices"

	"smartbox"
	"smartbox/device"
)

// do moves things, and returns what the sensors say of it.
func (r *room) do(a Act, wiring []device.SlotWiring) []device.Event {
	switch a := a.(type) {
	case Door:
		r.open[a.Slot] = a.Open
		if !r.stuck[a.Slot] {
			r.out[a.Slot] = a.Open
		}
		return r.slot(wired(wiring, a.Slot), true)
	case Hang:
		r.hang(a)
		return r.slot(wired(wiring, a.Slot), false)
	case Stick:
		r.stuck[a.Slot] = a.Stuck
		if !a.Stuck {
			r.out[a.Slot] = r.open[a.Slot]
		}
		return r.slot(wired(wiring, a.Slot), true)
	case Tamper:
		r.lid = a.Open
		return []device.Event{device.Tamper{Open: a.Open}}
	case Mains:
		r.supply.Mains = !a.Lost
		return []device.Event{r.supply}
	case Battery:
		r.supply.Low, r.supply.Percent = a.Low, a.Percent
		return []device.Event{r.supply}
	case Pulse:
		r.pulse[a.Slot] = a.Fail
	case Fault:
		return r.fault(a, wiring)
	case Type, Tap, Misread, Disk, Clock, Apply, Confirm, Order, Cut, Stop, Start: // of the box, not of the room
	}
	return nil
}

// hang moves a key. Without a name the key is the one that was taken out last.
func (r *room) hang(a Hang) {
	if !a.There {
		r.last = r.keys[a.Slot]
		r.keys[a.Slot] = Hang{}
		return
	}
	if a.Key == 0 {
		a.Key, a.Fob = r.last.Key, r.last.Fob
	}
	r.keys[a.Slot] = a
}

// fault kills a part, or heals it; sensors that are back report anew.
func (r *room) fault(a Fault, wiring []device.SlotWiring) []device.Event {
	h := device.Health{Part: a.Part, Name: part(a), Slots: a.Slots}
	if !a.Heal {
		h.Err = device.ErrDead
		r.faults = append(r.faults, a)
		return []device.Event{h}
	}
	r.faults = slices.DeleteFunc(r.faults, func(f Fault) bool { return f.Part == a.Part && slices.Equal(f.Slots, a.Slots) })
	out := []device.Event{h}
	if a.Part == smartbox.PartSensors {
		for _, w := range wiring {
			if a.serves(w.Slot) {
				out = append(out, r.sense(w)...)
			}
		}
	}
	return out
}

func wired(wiring []device.SlotWiring, s smartbox.SlotID) device.SlotWiring {
	for _, w := range wiring {
		if w.Slot == s {
			return w
		}
	}
	return device.SlotWiring{}
}

// slot is what the slot's sensors say of a change: of the door and its bolt, or of the key.
func (r *room) slot(w device.SlotWiring, door bool) []device.Event {
	var out []device.Event
	for _, e := range r.sense(w) {
		if _, key := e.(device.KeySensed); key != door {
			out = append(out, e)
		}
	}
	return out
}

// sense is all that the slot's sensors say. A bolt leaves before the door opens, and comes home after it shut.
func (r *room) sense(w device.SlotWiring) []device.Event {
	if w.Slot == 0 || r.deaf(w.Slot) {
		return nil
	}
	var out []device.Event
	bolt := device.Bolt{Slot: w.Slot, Home: !r.out[w.Slot]}
	if w.LockSensor && r.open[w.Slot] {
		out = append(out, bolt)
	}
	if w.Contact {
		out = append(out, device.Door{Slot: w.Slot, Open: r.open[w.Slot]})
	}
	if w.LockSensor && !r.open[w.Slot] {
		out = append(out, bolt)
	}
	if w.KeySensor || w.KeyID {
		k := device.KeySensed{Slot: w.Slot, Present: r.keys[w.Slot].There}
		if w.KeyID && k.Present {
			k.Fob = r.keys[w.Slot].Fob
		}
		out = append(out, k)
	}
	return out
}

// report is what all sensors say after a start.
func (r *room) report(wiring []device.SlotWiring) []device.Event {
	var out []device.Event
	for _, f := range r.faults {
		out = append(out, device.Health{Part: f.Part, Name: part(f), Slots: f.Slots, Err: device.ErrDead})
	}
	for _, w := range wiring {
		out = append(out, r.sense(w)...)
	}
	return append(out, device.Tamper{Open: r.lid}, r.supply)
}
