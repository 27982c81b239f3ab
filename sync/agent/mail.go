package agent

import (
	"sync"

	"smartbox"
	"smartbox/sync/wire"
)

// mail is what is to be told to the cloud, and what the cloud told about events. Those who handle messages and commands
// put in; the one who sends takes out. It outlives a connection.
type mail struct {
	wake chan struct{} // holds one: something was put in

	mu sync.Mutex
	letters
}

// letters are what the sender takes at a time.
type letters struct {
	hello   bool
	again   bool // say hello in a while
	applied bool
	erased  []smartbox.UserID
	refused smartbox.Revision
	reason  smartbox.Reason
	replies []wire.Response
	acks    []wire.Ack
}

func newMail() *mail { return &mail{wake: make(chan struct{}, 1)} }

func (m *mail) put(f func(l *letters)) {
	m.mu.Lock()
	f(&m.letters)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *mail) wantHello() { m.put(func(l *letters) { l.hello = true }) }

func (m *mail) wantApplied() { m.put(func(l *letters) { l.applied = true }) }

func (m *mail) refuse(r smartbox.Revision, why smartbox.Reason) {
	m.put(func(l *letters) { l.applied, l.refused, l.reason = true, r, why })
}

func (m *mail) receipt(users []smartbox.UserID) {
	m.put(func(l *letters) { l.applied, l.erased = true, merge(l.erased, users) })
}

// merge adds those that are not there; what goes over the bound is asked for again by the cloud.
func merge(have, more []smartbox.UserID) []smartbox.UserID {
	seen := make(map[smartbox.UserID]bool, len(have))
	for _, u := range have {
		seen[u] = true
	}
	for _, u := range more {
		if !seen[u] && len(have) < wire.MaxErase {
			seen[u] = true
			have = append(have, u)
		}
	}
	return have
}

func (m *mail) reply(r wire.Response) {
	m.put(func(l *letters) {
		if len(l.replies) < mostReplies {
			l.replies = append(l.replies, r)
		}
	})
}

func (m *mail) ack(k wire.Ack) {
	m.put(func(l *letters) {
		if len(l.acks) < mostReplies {
			l.acks = append(l.acks, k)
		}
	})
}

// take empties the box.
func (m *mail) take() letters {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.letters
	m.letters = letters{}
	return l
}

// back puts what could not be sent before what came in since.
func (m *mail) back(l letters) {
	m.put(func(now *letters) {
		now.hello = now.hello || l.hello
		now.again = now.again || l.again
		now.applied = now.applied || l.applied
		now.erased = merge(l.erased, now.erased)
		if now.reason == 0 {
			now.refused, now.reason = l.refused, l.reason
		}
		if len(l.replies) > 0 {
			now.replies = append(l.replies, now.replies...)
		}
	})
}

// fresh forgets what only meant something to the connection before.
func (m *mail) fresh() {
	m.put(func(l *letters) { l.hello, l.acks = true, nil })
}
