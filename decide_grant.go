package smartbox

import "slices"

// permission is the best that a user's grants make of a key.
type permission struct {
	reason Reason
	rule   Rule
	due    Stamp
}

// permit looks through the user's grants for one that covers the key now. Where none does, it gives the
// refusal that came closest to a yes, so that the answer to "why" is the useful one.
func permit(v View, u *User, key *Key, box *Box, m Moment) permission {
	best := permission{reason: NoGrant, rule: Rule{Kind: RuleNoGrant}}
	own, others := bookings(v, u.ID, key.ID, m.Stamp())
	from, to := v.Grants(u.ID)
	for i := from; i < to; i++ {
		g := v.Grant(i)
		if !covers(g.Target, key) {
			continue
		}
		p := weigh(v, &g, key, box, own, m)
		if p.reason == Granted {
			best = p
			break
		}
		if closeness(p.reason) > closeness(best.reason) {
			best = p
		}
	}
	if best.reason == Granted && own.ID == 0 && others.ID != 0 {
		return permission{reason: BookedByOther, rule: Rule{RuleBooking, uint64(others.ID)}}
	}
	if best.reason == Granted {
		best.due = own.Until
	}
	return best
}

func covers(t Target, key *Key) bool {
	switch t.Kind {
	case TargetAll:
		return true
	case TargetKey:
		return t.Ref == uint64(key.ID)
	case TargetLocation:
		return t.Ref == uint64(key.Location)
	case TargetGroup:
		return slices.Contains(key.Groups, GroupID(t.Ref))
	default:
		return false
	}
}

// weigh asks one grant that covers the key.
func weigh(v View, g *Grant, key *Key, box *Box, own Booking, m Moment) permission {
	now, rule := m.Stamp(), Rule{RuleGrant, uint64(g.ID)}
	switch {
	case g.From > now:
		return permission{reason: GrantNotYetValid, rule: rule}
	case g.Until != 0 && g.Until <= now:
		return permission{reason: GrantExpired, rule: rule}
	case (g.Schedule != 0 || g.Until != 0) && m.Trust == ClockUntrusted && !box.Policy.AllowUntrustedClock:
		return permission{reason: ClockNotTrusted, rule: rule}
	}
	if g.Schedule != 0 {
		s, ok := v.Schedule(g.Schedule)
		if !ok {
			return permission{reason: OutsideHours, rule: Rule{RuleSchedule, uint64(g.Schedule)}}
		}
		at := key.Location
		if at == 0 {
			at = box.Location
		}
		l, _ := v.Location(at)
		if open, r := s.Open(m.Wall, v.Zone(at), l.Holidays); !open {
			return permission{reason: r, rule: Rule{RuleSchedule, uint64(s.ID)}}
		}
	}
	switch g.Role {
	case PermitExchange, PermitManage:
		return permission{reason: Granted, rule: rule}
	case PermitReserve:
		if own.ID == 0 {
			return permission{reason: NotBooked, rule: rule}
		}
		return permission{reason: Granted, rule: Rule{RuleBooking, uint64(own.ID)}}
	default:
		return permission{reason: NoGrant, rule: rule}
	}
}

// closeness orders refusals by how little is missing.
func closeness(r Reason) int {
	switch r { //nolint:exhaustive // weigh gives no others
	case NotBooked:
		return 6
	case OutsideHours, OnHoliday:
		return 5
	case ClockNotTrusted:
		return 4
	case GrantNotYetValid:
		return 3
	case GrantExpired:
		return 2
	default:
		return 0
	}
}

// bookings finds the one of the user's own and one of another member's that hold the key now.
func bookings(v View, u UserID, k KeyID, now Stamp) (own, other Booking) {
	for _, b := range v.Bookings(k) {
		if b.From > now {
			break
		}
		if b.Until <= now {
			continue
		}
		if b.User == u {
			own = b
		} else {
			other = b
		}
	}
	return own, other
}
