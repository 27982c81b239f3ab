package session

import (
	"time"

	"smartbox"
	"smartbox/device"
)

// The rule against guessing: so many wrong codes lock the panel for so long, doubling from lock to lock.
const (
	guessesInRow = 5
	guessesADay  = 100
	firstLock    = 90 * time.Second
	longestLock  = 15 * time.Minute
	wrongPINs    = 10 // in a row behind one badge
)

// guess counts wrong codes. It runs ahead of the book, which learns of a wrong code when it is recorded:
// a slow journal must not give a guesser more tries.
type guess struct {
	inRow, locks, today uint32
	day                 smartbox.Date
	until               time.Duration // locked until; 0 = not
}

// restore takes what the book knows. The lock that was in force when the power went begins anew, in full:
// nobody knows how long the box was off.
func (g *guess) restore(b smartbox.Guesses, boot uint64) {
	g.inRow, g.locks, g.today, g.day = uint32(b.InRow), uint32(b.Locks), uint32(b.Today), b.Day
	if b.Locked > 0 && b.Boot != boot {
		g.until = min(b.Locked, longestLock)
	}
}

// lockLeft is how long the panel takes no codes yet.
func (m *Machine) lockLeft() time.Duration { return max(0, m.guess.until-m.now.Uptime) }

// wrongCode counts one, and locks the panel where it is one too many.
func (m *Machine) wrongCode() {
	g := &m.guess
	if day := smartbox.DateOf(m.now.Wall.UTC()); day != g.day {
		g.day, g.today = day, 0
	}
	g.inRow++
	g.today++
	var lock time.Duration
	switch {
	case g.today >= guessesADay:
		midnight := m.now.Wall.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		lock = midnight.Sub(m.now.Wall)
		if m.now.Trust == smartbox.ClockUntrusted {
			lock = 24 * time.Hour
		}
	case g.inRow >= guessesInRow:
		lock = longestLock
		if g.locks < 8 { // beyond it the shift is longer than the longest anyway
			lock = min(longestLock, firstLock<<g.locks)
		}
	default:
		return
	}
	lock = max(lock, time.Second).Round(time.Second)
	g.inRow = 0
	g.locks++
	g.until = m.now.Uptime + lock
	m.record(smartbox.Event{
		Kind: smartbox.PanelLocked, Reason: smartbox.TooManyWrong, Count: uint32(lock / time.Second),
	}, nil)
}

// rightCode forgets the wrong ones in a row; those of the day stay counted.
func (m *Machine) rightCode() { m.guess.inRow, m.guess.locks, m.guess.until = 0, 0, 0 }

// wrongPIN is a code that is not the badge owner's.
func (m *Machine) wrongPIN(u smartbox.UserID, f smartbox.Factors) {
	e := smartbox.Event{
		Kind: smartbox.AccessRefused, Reason: smartbox.WrongPIN, User: u, Factors: f,
		Rule: smartbox.Rule{Kind: smartbox.RuleCredential},
	}
	m.known(&e)
	m.record(e, func(error) {
		if m.book.BadPINs[u] < wrongPINs {
			return
		}
		if _, already := m.book.Denied[u]; already {
			return
		}
		denied := smartbox.Event{Kind: smartbox.UserDenied, Reason: smartbox.Denied, User: u, Count: wrongPINs}
		m.known(&denied)
		m.record(denied, nil)
	})
	m.wrongCode()
	m.play(device.SoundBad)
	m.say(m.reasonLines(smartbox.WrongPIN))
}
