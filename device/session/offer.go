package session

import (
	"slices"

	"smartbox"
)

// offer finds what she may do. One thing only is done at once; among several she chooses. Whoever can
// serve always gets the list, for the service menu is behind it.
func (m *Machine) offer() {
	v := m.panel.visit
	u := &v.me.user
	v.options = v.options[:0]
	held := m.book.Held(u.ID)
	for _, k := range held {
		if d := smartbox.Decide(m.view, m.book, m.ask(v, smartbox.Dropoff, k)); d.Allowed || d.Needs != 0 {
			v.options = append(v.options, option{smartbox.Dropoff, k})
		}
	}
	returns := v.options
	standing := smartbox.Standing(*u, m.book, m.now)
	best, q := m.because(smartbox.NothingToDo, smartbox.RuleNoGrant, 0), m.ask(v, smartbox.Pickup, 0)
	if standing == smartbox.Granted {
		best, q = m.pickups(v, best, q)
		for _, o := range returns {
			v.options = append(v.options, option{smartbox.Receive, o.key})
		}
	} else {
		best = m.because(standing, smartbox.RuleUser, uint64(u.ID))
	}
	serves := standing == smartbox.Granted && u.Role.Can(smartbox.CanServe)
	switch {
	case len(v.options) == 0 && len(held) > 0: // a blocked key in hand tells most
		q = m.ask(v, smartbox.Dropoff, held[0])
		m.refuse(q, smartbox.Decide(m.view, m.book, q))
	case len(v.options) == 0 && !serves:
		m.refuse(q, best)
	case len(v.options) == 1 && !serves:
		m.pick(v.options[0])
	default:
		m.panel.screen = choosing
		m.stay()
	}
}

// pickups adds the keys that she may take, and finds the refusal that tells most where there is none.
func (m *Machine) pickups(v *visit, best smartbox.Decision, bestQ smartbox.Question) (smartbox.Decision, smartbox.Question) {
	u := v.me.user.ID
	for _, k := range m.view.Keys() {
		q := m.ask(v, smartbox.Pickup, k)
		d := smartbox.Decide(m.view, m.book, q)
		switch {
		case d.Allowed || d.Needs != 0:
			v.options = append(v.options, option{smartbox.Pickup, k})
		case !m.covered(u, k) && telling(d.Reason) < boxWide: // no business of hers
		case telling(d.Reason) > telling(best.Reason):
			best, bestQ = d, q
		}
	}
	if telling(best.Reason) == boxWide { // it is not about that key
		bestQ.Key = 0
	}
	return best, bestQ
}

// covered reports whether any grant of the user's is about the key, whether it holds now or not.
func (m *Machine) covered(u smartbox.UserID, k smartbox.KeyID) bool {
	key, _ := m.view.Key(k)
	from, to := m.view.Grants(u)
	for i := from; i < to; i++ {
		switch t := m.view.Grant(i).Target; t.Kind {
		case smartbox.TargetAll:
			return true
		case smartbox.TargetKey:
			if t.Ref == uint64(k) {
				return true
			}
		case smartbox.TargetLocation:
			if t.Ref == uint64(key.Location) {
				return true
			}
		case smartbox.TargetGroup:
			if slices.Contains(key.Groups, smartbox.GroupID(t.Ref)) {
				return true
			}
		}
	}
	return false
}

// boxWide is the rank of what keeps every key in.
const boxWide = 9

// telling ranks refusals for somebody who has come for any key: first what the box cannot do at all, then what
// she could do something about, last what only the key's whereabouts decide. Among equals the first key's stands.
func telling(r smartbox.Reason) int {
	switch r { //nolint:exhaustive // the rest tells nothing
	case smartbox.UnderMaintenance, smartbox.RecordFailed, smartbox.BatteryTooLow:
		return boxWide
	case smartbox.TooManyKeys, smartbox.KeysExclude:
		return 8
	case smartbox.NotBooked, smartbox.BookedByOther:
		return 7
	case smartbox.OutsideHours, smartbox.OnHoliday:
		return 6
	case smartbox.ClockNotTrusted, smartbox.KnowledgeStale:
		return 5
	case smartbox.GrantNotYetValid, smartbox.GrantExpired:
		return 4
	case smartbox.GroupEmptyOut, smartbox.KeyBlocked, smartbox.SlotRetired:
		return 3
	case smartbox.KeyOut:
		return 2
	case smartbox.KeyElsewhere:
		return 1
	case smartbox.NothingToDo, smartbox.NoGrant:
		return 0
	default:
		return 3
	}
}

// ask is the question of the visit for an action and a key.
func (m *Machine) ask(v *visit, a smartbox.Action, k smartbox.KeyID) smartbox.Question {
	q := smartbox.Question{
		Action: a, User: v.me.user.ID, Key: k, Factors: v.me.factors, Answer: v.replied,
		Moment: m.now, Power: m.power(), Record: !m.broken,
	}
	for i, p := range v.with {
		if i < len(q.With) {
			q.With[i] = p.user.ID
		}
	}
	return q
}

// choiceKey is a key on the list: numbers choose, # turns the page, * leaves or opens the service menu.
func (m *Machine) choiceKey(k rune) {
	v := m.panel.visit
	m.stay()
	n := len(v.options)
	switch {
	case k == '*' && m.serves(v):
		m.panel.screen = serving
	case k == '*':
		m.leave()
	case k == '#':
		v.first = 0
		if pages := (n + listRows - 1) / listRows; pages > 0 {
			v.page = (v.page + 1) % pages
		}
	case n > 9 && v.first == 0:
		v.first = int(k-'0') + 1
	default:
		number := int(k - '0')
		if n > 9 {
			number += (v.first - 1) * 10
			v.first = 0
		}
		if number >= 1 && number <= n {
			m.pick(v.options[number-1])
		}
	}
}

func (m *Machine) serves(v *visit) bool {
	return v.me.user.Role.Can(smartbox.CanServe) && smartbox.Standing(v.me.user, m.book, m.now) == smartbox.Granted
}

// pick begins what she chose.
func (m *Machine) pick(o option) {
	v := m.panel.visit
	v.action, v.key, v.replied, v.answer, v.with, v.next = o.action, o.key, false, 0, nil, nil
	if o.action == smartbox.Receive {
		m.prompt(askReceiver)
		return
	}
	m.attempt()
}
