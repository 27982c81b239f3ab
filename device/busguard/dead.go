package busguard

import "time"

// allowance is how many tries a chip gets now: all while it is alive, one when a probe is due, and
// an error in between.
func (b *Bus) allowance(addr uint16) (tries int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.chips[addr]
	if c == nil || c.since.IsZero() {
		return b.opts.Tries, nil
	}
	now := time.Now()
	if now.Before(c.next) {
		return 0, &Error{Bus: b.String(), Addr: addr, Since: c.since, Err: c.err}
	}
	c.next = now.Add(c.wait) // others who come while we ask are not let through
	return 1, nil
}

func (b *Bus) alive(addr uint16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.chips, addr)
}

func (b *Bus) bury(addr uint16, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	c := b.chips[addr]
	if c == nil {
		c = &chip{since: now, wait: b.opts.Probe}
		b.chips[addr] = c
	} else {
		c.wait = min(2*c.wait, b.opts.Rarely)
	}
	c.err, c.next = err, now.Add(c.wait)
}

// Dead reports whether a chip is counted as dead, and since when.
func (b *Bus) Dead(addr uint16) (since time.Time, dead bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.chips[addr]; c != nil {
		return c.since, true
	}
	return time.Time{}, false
}

// Hung reports whether a transfer was abandoned and has not come back, to which chip and since when.
func (b *Bus) Hung() (addr uint16, since time.Time, hung bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hung == nil {
		return 0, time.Time{}, false
	}
	return b.hung.addr, b.hung.since, true
}

func (b *Bus) isHung() bool {
	_, _, hung := b.Hung()
	return hung
}
