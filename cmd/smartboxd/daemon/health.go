package daemon

import (
	"slices"
	"strings"
	"sync"

	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/device"
)

// health remembers which parts do not work, and why.
type health struct {
	mu   sync.Mutex
	down map[string]device.Health
	bad  uint64 // how often something stopped working
}

// note takes in what a part reports.
func (h *health) note(e device.Health) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down == nil {
		h.down = map[string]device.Health{}
	}
	if name := e.Part.String() + " " + e.Name; e.Err == nil {
		delete(h.down, name)
	} else {
		h.down[name] = e
		h.bad++
	}
}

// parts are those that do not work, by name.
func (h *health) parts() []adminapi.Part {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []adminapi.Part{}
	for _, e := range h.down {
		out = append(out, adminapi.Part{Part: e.Part.String(), Name: e.Name, Slots: e.Slots, Error: e.Err.Error()})
	}
	slices.SortFunc(out, func(a, b adminapi.Part) int { return strings.Compare(a.Part+a.Name, b.Part+b.Name) })
	return out
}

// failures is how often a part stopped working since the start.
func (h *health) failures() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bad
}

// count is how many parts do not work.
func (h *health) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.down)
}
