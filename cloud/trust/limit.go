package trust

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Attempts to enrol: from one address, and from all together. 80 bits cannot be guessed at any rate; this keeps the
// attempts from being work.
const (
	oneEvery  = 12 * time.Second
	oneBurst  = 5
	allEvery  = 100 * time.Millisecond
	allBurst  = 50
	mostAddrs = 10_000
)

// limiter counts attempts by address; an IPv6 network of 64 bits counts as one.
type limiter struct {
	now   func() time.Time
	mu    sync.Mutex
	all   *rate.Limiter
	addrs map[netip.Prefix]*rate.Limiter
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, all: rate.NewLimiter(rate.Every(allEvery), allBurst), addrs: map[netip.Prefix]*rate.Limiter{}}
}

// wait is how long to wait before the next attempt; 0 lets this one through.
func (l *limiter) wait(from netip.Addr) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if len(l.addrs) >= mostAddrs {
		for p, one := range l.addrs {
			if one.TokensAt(now) >= oneBurst {
				delete(l.addrs, p)
			}
		}
	}
	bits := 64
	if from = from.Unmap(); from.Is4() {
		bits = 32
	}
	prefix, _ := from.Prefix(bits) // the zero address counts as one
	one, ok := l.addrs[prefix]
	if !ok {
		if len(l.addrs) >= mostAddrs {
			return oneEvery
		}
		one = rate.NewLimiter(rate.Every(oneEvery), oneBurst)
		l.addrs[prefix] = one
	}
	switch {
	case !one.AllowN(now, 1):
		return oneEvery
	case !l.all.AllowN(now, 1):
		return time.Second
	default:
		return 0
	}
}
