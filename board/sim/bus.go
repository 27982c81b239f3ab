package sim

import (
	"fmt"
	"sync"

	"smartbox/device/chips"
)

// bus is a chips.Bus whose transfers can hang without holding the bus's lock, and that tells of transfers to a chip.
type bus struct {
	*chips.Bus
	name string

	mu   sync.Mutex
	hung map[uint16]chan struct{} // closed to end the hanging
	seen map[uint16]func()
}

func newBus(name string) *bus {
	return &bus{Bus: &chips.Bus{}, name: name, hung: map[uint16]chan struct{}{}, seen: map[uint16]func(){}}
}

// String names the bus.
func (b *bus) String() string { return b.name }

// Tx is one transaction. It does not return while the chip hangs.
func (b *bus) Tx(addr uint16, w, r []byte) error {
	b.mu.Lock()
	hung, seen := b.hung[addr], b.seen[addr]
	b.mu.Unlock()
	if hung != nil {
		<-hung
		return fmt.Errorf("address %#02x: %w", addr, chips.ErrBusDead)
	}
	err := b.Bus.Tx(addr, w, r)
	if seen != nil {
		seen()
	}
	return err
}

func (b *bus) observe(addr uint16, f func()) { b.seen[addr] = f }

func (b *bus) hang(addr uint16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hung[addr] == nil {
		b.hung[addr] = make(chan struct{})
	}
}

// unhang ends the hanging of some chips, of all where none is named.
func (b *bus) unhang(addrs ...uint16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for addr, c := range b.hung {
		if len(addrs) == 0 || addr == addrs[0] {
			close(c)
			delete(b.hung, addr)
		}
	}
}
