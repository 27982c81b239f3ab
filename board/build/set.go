package build

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"

	"smartbox/board"
	"smartbox/device"
	"smartbox/device/busguard"
	"smartbox/device/mcp23017"
)

// secureFor bounds securing the locks when a set is closed.
const secureFor = 10 * time.Second

// builder gathers the parts of a set.
type builder struct {
	p     *board.Profile
	hw    Hardware
	o     Options
	buses map[string]i2c.Bus
	chips map[string]*mcp23017.Dev
	set   *device.Set
	halts []func() error
}

// Set builds the drivers of a profile. It touches no chip, so that a box starts with a dead one too. It fails where
// the hardware lacks a bus, a port or a line; then everything that was opened is closed again. Close of the set
// secures the locks and then closes hw; call it when the sources have ended and no Unlock is under way. It may be
// called twice.
func Set(p *board.Profile, hw Hardware, o Options) (*device.Set, error) {
	b := &builder{p: p, hw: hw, o: o, buses: map[string]i2c.Bus{}, chips: map[string]*mcp23017.Dev{}, set: &device.Set{}}
	for _, step := range []func() error{
		b.openBuses, b.expanders, b.locks, b.sensors, b.keypad, b.reader, b.display, b.lights, b.sounder, b.supply,
	} {
		if err := step(); err != nil {
			return nil, errors.Join(fmt.Errorf("profile %s: %w", p.Name, err), hw.Close())
		}
	}
	for _, s := range p.Slots {
		b.set.Slots = append(b.set.Slots, device.SlotWiring{
			Slot: s.ID, Contact: !s.Contact.None(), KeySensor: !s.Hook.None(), LockSensor: !s.Bolt.None(),
		})
	}
	b.set.Close = sync.OnceValue(b.close)
	return b.set, nil
}

// close leaves the cabinet as a person who walks by should find it: locked, dark and silent.
func (b *builder) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), secureFor)
	defer cancel()
	errs := []error{b.set.Locks.Secure(ctx)}
	for _, halt := range slices.Backward(b.halts) {
		errs = append(errs, halt())
	}
	return errors.Join(append(errs, b.hw.Close())...)
}

func (b *builder) openBuses() error {
	for _, x := range b.p.Buses {
		bus, err := b.hw.Bus(x)
		if err != nil {
			return fmt.Errorf("i2c bus %s: %w", x.Name, err)
		}
		b.buses[x.Name] = busguard.New(bus, b.o.Guard)
	}
	return nil
}

// source adds a part that emits events.
func (b *builder) source(s device.Source) { b.set.Sources = append(b.set.Sources, s) }

// onClose adds what is done when the set is closed, the last added first.
func (b *builder) onClose(f func() error) { b.halts = append(b.halts, f) }
