package api

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// addressOf names what one subscriber has: an IPv4 address, or an IPv6 /64 (RFC 6177), within which she can change hers at will.
func addressOf(a netip.Addr) string {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // requests without an address share a bucket
	return p.String()
}

// maxCallers bounds the memory of a limiter, about 200 bytes for each of them.
const maxCallers = 20_000

// limiter is a token bucket for each caller.
type limiter struct {
	limit rate.Limit
	burst int

	mu sync.Mutex
	by map[string]*rate.Limiter
}

func newLimiter(limit rate.Limit, burst int) *limiter {
	return &limiter{limit: limit, burst: burst, by: map[string]*rate.Limiter{}}
}

// take counts a request of the caller; where she has too many, it says how long to wait, and counts nothing.
func (l *limiter) take(caller string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.of(caller, now).ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (l *limiter) of(caller string, now time.Time) *rate.Limiter {
	b, ok := l.by[caller]
	if ok {
		return b
	}
	if len(l.by) >= maxCallers {
		l.shed(now)
	}
	b = rate.NewLimiter(l.limit, l.burst)
	l.by[caller] = b
	return b
}

// shed forgets callers whose buckets are full again, which changes nothing for them, and, should all be in use, any one.
func (l *limiter) shed(now time.Time) {
	for caller, b := range l.by {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.by, caller)
		}
	}
	for caller := range l.by {
		if len(l.by) < maxCallers {
			return
		}
		delete(l.by, caller)
	}
}

// slots counts what a caller has open at once.
type slots struct {
	most int
	mu   sync.Mutex
	by   map[string]int
}

func newSlots(most int) *slots { return &slots{most: most, by: map[string]int{}} }

func (s *slots) take(caller string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[caller] >= s.most {
		return false
	}
	s.by[caller]++
	return true
}

func (s *slots) free(caller string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[caller]--; s.by[caller] == 0 {
		delete(s.by, caller)
	}
}
