// Package ailing keeps what a driver has to tell of its part: that it failed, and that it works again. A failure that is
// over before anybody was told of it is not told at all.
package ailing

import (
	"fmt"
	"time"

	"smartbox"
	"smartbox/device"
)

// Part is the state of one part. It is guarded by its driver's own lock, Poke apart.
type Part struct {
	Poke <-chan struct{} // receives once there may be news
	poke chan<- struct{}

	part  smartbox.DevicePart
	name  string
	err   error
	since time.Time
	told  bool // the outside knows of err
}

// New is a part in order. name stands in its Health.
func New(part smartbox.DevicePart, name string) *Part {
	c := make(chan struct{}, 1)
	return &Part{Poke: c, poke: c, part: part, name: name}
}

// Bad reports whether the part failed when it was used last.
func (p *Part) Bad() bool { return p.err != nil }

// Note takes in how the last use of the part ended.
func (p *Part) Note(err error) {
	if (err == nil) == (p.err == nil) {
		return
	}
	p.err, p.told = err, !p.told && err == nil
	if err != nil {
		p.since = time.Now()
	}
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

// News is what is to be told now, if anything: each failure once, with an Err that wraps device.ErrDead, and each
// recovery once.
func (p *Part) News() (device.Health, bool) {
	if p.since.IsZero() || p.told {
		return device.Health{}, false
	}
	p.told = true
	h := device.Health{Part: p.part, Name: p.name}
	if p.err != nil {
		h.Err = fmt.Errorf("%s: %w: %w", p.name, device.ErrDead, p.err)
		return h, true
	}
	h.After, p.since = time.Since(p.since), time.Time{}
	return h, true
}
