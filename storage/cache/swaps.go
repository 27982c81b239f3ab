package cache

import (
	"sync"

	"smartbox"
)

// swaps are those who want to hear of a new view.
type swaps struct {
	mu   sync.Mutex
	next int
	to   map[int]func(smartbox.View, smartbox.Stamp)
}

func (s *swaps) add(f func(smartbox.View, smartbox.Stamp)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.to == nil {
		s.to = make(map[int]func(smartbox.View, smartbox.Stamp))
	}
	id := s.next
	s.next++
	s.to[id] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.to, id)
	}
}

// tell calls them in the order in which they came.
func (s *swaps) tell(v smartbox.View, confirmed smartbox.Stamp) {
	s.mu.Lock()
	var all []func(smartbox.View, smartbox.Stamp)
	for id := range s.next {
		if f := s.to[id]; f != nil {
			all = append(all, f)
		}
	}
	s.mu.Unlock()
	for _, f := range all {
		f(v, confirmed)
	}
}
