package scenario_test

import (
	"context"
	"fmt"
	"sync"

	"smartbox"
	"smartbox/device"
)

// measured are locks with an ammeter: those of the simulated cabinet, whose driver gives its pulse and reads its pin
// back, and which say beside that that a coil drew no current. An expander cannot tell so: it sees its pins, and a
// fault of one is the fault of the chip, which takes the slots beside it out of service too.
type measured struct {
	device.Locks

	mu  sync.Mutex
	cut map[smartbox.SlotID]bool
}

func (m *measured) fail(slot smartbox.SlotID, cut bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut[slot] = cut
}

// Unlock implements device.Locks.
func (m *measured) Unlock(ctx context.Context, slot smartbox.SlotID) error {
	if err := m.Locks.Unlock(ctx, slot); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut[slot] {
		return fmt.Errorf("unlock slot %s: no current: %w", slot, device.ErrDead)
	}
	return nil
}
