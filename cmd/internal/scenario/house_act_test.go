package scenario_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing/synctest"
	"time"

	"smartbox"
	"smartbox/board/sim"
	"smartbox/cmd/internal/scenario"
	"smartbox/device/session"
)

// Do implements scenario.Cabinet.
func (h *house) Do(a scenario.Act) error {
	err := h.do(a)
	time.Sleep(reaction)
	synctest.Wait()
	return errors.Join(err, h.failures)
}

func (h *house) do(a scenario.Act) error {
	switch a := a.(type) {
	case scenario.Start:
		h.setClock(h.now(), a.Trust)
		if err := h.start(); err != nil {
			return err
		}
		time.Sleep(scenario.Boot)
		return nil
	case scenario.Clock:
		h.setClock(a.Wall, a.Trust)
		time.Sleep(time.Second) // the box looks once a second
		return nil
	case scenario.Door:
		return h.door(a)
	case scenario.Hang:
		return h.hang(a)
	case scenario.Stick:
		if h.cab == nil {
			return errUnplayable
		}
		h.stuck[a.Slot] = a.Stuck
		return h.cab.StickBolt(a.Slot, a.Stuck)
	case scenario.Pulse:
		if h.cab == nil {
			return errUnplayable
		}
		h.locks.fail(a.Slot, a.Fail)
		return h.cab.CutCoil(a.Slot, a.Fail)
	case scenario.Tamper:
		h.supply.tamper = a.Open
		if h.cab != nil {
			h.cab.Tamper(a.Open)
		}
		return nil
	case scenario.Battery:
		if h.cab == nil {
			return errUnplayable
		}
		return h.cab.Battery(int(a.Percent))
	case scenario.Disk:
		h.disk.set(a.Err)
		return nil
	case scenario.Mains:
		h.supply.lost = a.Lost
		if h.cab != nil {
			h.cab.Mains(!a.Lost)
		}
		return nil
	default:
		if h.d == nil {
			return errors.New("the box has no power")
		}
		return h.powered(a)
	}
}

func (h *house) powered(a scenario.Act) error {
	switch a := a.(type) {
	case scenario.Type:
		return h.cab.Press(a.Keys)
	case scenario.Tap:
		if err := h.cab.Tap(a.Badge); err != nil {
			return fmt.Errorf("%w: %w", errUnplayable, err)
		}
		return nil
	case scenario.Misread:
		return h.cab.Misread()
	case scenario.Apply:
		s := *a.Snapshot
		if a.Now {
			s.IssuedAt = h.file.Start.Add(h.now().Sub(h.file.Start.Wall)).Stamp()
		}
		return h.apply(&s)
	case scenario.Confirm:
		return h.d.Confirm()
	case scenario.Order:
		return h.order(a)
	case scenario.Fault:
		return h.fault(a)
	case scenario.Cut:
		return h.down(true)
	case scenario.Stop:
		return h.down(false)
	default:
		return errUnplayable
	}
}

// down takes the power. The simulated cabinet of the next boot is a new one, whose bolts and coils are in order.
func (h *house) down(cut bool) error {
	for _, w := range h.file.Wiring {
		if h.stuck[w.Slot] || h.locks.cut[w.Slot] {
			return errUnplayable
		}
	}
	return h.halt(cut)
}

// order asks for something from outside the panel, as the socket and the cloud do.
func (h *house) order(a scenario.Order) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	reason, err := h.d.Order(ctx, session.Order{Kind: a.Kind, Slot: a.Slot, Actor: a.Actor})
	if err == nil {
		h.log.Answers = append(h.log.Answers, reason)
	}
	return err
}

func (h *house) setClock(wall time.Time, trust smartbox.Trust) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wall, h.since, h.trust = wall, time.Now(), trust
}

// door pulls at a door, and forces it where it is locked.
func (h *house) door(a scenario.Door) error {
	switch {
	case h.cab == nil: // nobody sees it; the simulated cabinet starts with its doors shut
		return nil
	case !a.Open:
		return h.cab.ShutDoor(a.Slot)
	}
	err := h.cab.OpenDoor(a.Slot)
	if errors.Is(err, sim.ErrLocked) {
		return h.cab.Force(a.Slot)
	}
	return err
}

// hang moves a key between slot and hand.
func (h *house) hang(a scenario.Hang) error {
	if h.cab == nil {
		if !a.There {
			delete(h.hung, a.Slot)
			return nil
		}
		h.hung[a.Slot] = h.file.Fob(a.Key)
		return nil
	}
	var fob smartbox.Badge
	var err error
	switch {
	case !a.There:
		_, err = h.cab.TakeKey(a.Slot)
	case a.Key != 0:
		fob = h.file.Fob(a.Key)
		if err = h.cab.Bring(fob); err == nil {
			err = h.cab.PutKey(a.Slot, fob)
		}
	default:
		fob = stranger
		if hand := h.cab.Hand(); len(hand) > 0 {
			fob = hand[len(hand)-1]
		} else if err = h.cab.Bring(fob); err != nil {
			return err
		}
		err = h.cab.PutKey(a.Slot, fob)
	}
	if errors.Is(err, sim.ErrShut) {
		return h.cab.Smuggle(a.Slot, fob)
	}
	return err
}

// stranger is a key that the box does not know.
const stranger = smartbox.Badge("uid:04FFFFFFFFFF01")

// fault kills the chips that stand for a part, or heals them.
func (h *house) fault(a scenario.Fault) error {
	kind := sim.FaultNACK
	if a.Heal {
		kind = sim.FaultNone
	}
	var chips []string
	first, last := 1, 0
	for i, w := range h.file.Wiring {
		if slices.Contains(a.Slots, w.Slot) {
			first, last = min(first, i), i
		}
	}
	switch {
	case a.Part == smartbox.PartLocks && first == 0 && last == 3:
		chips = []string{"locks"}
	case a.Part == smartbox.PartSensors && first == 0 && last == len(h.file.Wiring)-1:
		chips = []string{"doors", "hooks", "bolts"}
	case a.Part == smartbox.PartKeypad || a.Part == smartbox.PartDisplay || a.Part == smartbox.PartReader:
		chips = []string{a.Part.String()}
	default:
		return errUnplayable
	}
	var errs []error
	for _, c := range chips {
		errs = append(errs, h.cab.Fault(c, kind))
	}
	if a.Heal {
		time.Sleep(30 * time.Second) // a dead chip is tried now and then
	} else {
		time.Sleep(5 * time.Second)
	}
	return errors.Join(errs...)
}
