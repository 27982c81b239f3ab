package smartbox

import (
	"slices"
	"time"
)

// Decide answers a question from one view and one book. It is pure, total, and does not allocate.
//
// A dropoff is allowed unless the key is unknown or blocked. For the rest the rules are asked in the order
// in which a person could do something about them: who she is, what the box can do now, the key, its place,
// her grants, the limits, and last what is still missing within this visit.
func Decide(v View, b *Book, q Question) Decision {
	d := Decision{Revision: v.Revision(), Age: age(v, b, q.Moment)}
	key, ok := v.Key(q.Key)
	if q.Action == Dropoff {
		return d.dropoff(&key, ok, &q)
	}
	user, known := v.User(q.User)
	if !known {
		return d.no(Removed, RuleUser, uint64(q.User))
	}
	if r := standing(&user, b, q.Moment); r != Granted {
		return d.no(r, RuleUser, uint64(user.ID))
	}
	box := v.Box()
	if r := ability(&box, b, &q); r != Granted {
		return d.no(r, RuleBox, uint64(box.ID))
	}
	if !ok {
		return d.no(KeyUnknown, RuleKey, uint64(q.Key))
	}
	grant := permit(v, &user, &key, &box, q.Moment)
	if grant.reason == NoGrant { // before all else: whoever may not have a key learns nothing about it
		return d.no(NoGrant, RuleNoGrant, 0)
	}
	if key.Blocked {
		return d.no(KeyBlocked, RuleKey, uint64(key.ID))
	}
	if r, rule := place(v, b, &q); r != Granted {
		d.Reason, d.Rule = r, rule
		return d
	}
	if grant.reason != Granted {
		return d.no(grant.reason, grant.rule.Kind, grant.rule.Ref)
	}
	if d.Age > staleness(&key) || d.Age < 0 {
		return d.no(KnowledgeStale, RuleKey, uint64(key.ID))
	}
	if r, rule := limits(v, b, &user, &key, q.Action); r != Granted {
		d.Reason, d.Rule = r, rule
		return d
	}
	d.Due = grant.due
	if d.Due == 0 && key.Policy.DueAfter > 0 {
		d.Due = q.Moment.Stamp() + Stamp(key.Policy.DueAfter.Milliseconds())
	}
	if needs, r, rule := missing(v, &box, &key, &q); needs != 0 {
		d.Needs, d.Reason, d.Rule = needs, r, rule
		return d
	}
	d.Allowed, d.Reason, d.Rule = true, Granted, grant.rule
	return d
}

func (d Decision) no(r Reason, kind RuleKind, ref uint64) Decision {
	d.Reason, d.Rule = r, Rule{kind, ref}
	return d
}

// dropoff: returns are always accepted, unless the fob is blocked; an answer may be asked for first.
func (d Decision) dropoff(key *Key, known bool, q *Question) Decision {
	switch {
	case !known:
		return d.no(KeyUnknown, RuleKey, uint64(q.Key))
	case key.Blocked:
		return d.no(KeyBlocked, RuleKey, uint64(key.ID))
	}
	d.Reason, d.Rule = ReturnAccepted, Rule{Kind: RuleReturns}
	if n, r := asked(key.Policy.AskDropoff); n != 0 && !q.Answer && q.User != 0 {
		d.Needs, d.Reason, d.Rule = n, r, Rule{RuleKey, uint64(key.ID)}
		return d
	}
	d.Allowed = true
	return d
}

// age of the view's knowledge; -1 where nobody said when it was true.
func age(v View, b *Book, m Moment) time.Duration {
	at := max(v.IssuedAt(), b.Synced)
	if at == 0 {
		return -1
	}
	return max(0, m.Wall.Sub(at.Time()))
}

func staleness(k *Key) time.Duration {
	if k.Policy.Staleness > 0 {
		return k.Policy.Staleness
	}
	return DefaultStaleness
}

// Standing is Granted where the user may do anything at a box at all, else why not.
func Standing(u User, b *Book, m Moment) Reason { return standing(&u, b, m) }

func standing(u *User, b *Book, m Moment) Reason {
	if _, denied := b.Denied[u.ID]; denied {
		return Denied
	}
	switch u.Status {
	case StatusValidated:
	case StatusInvited:
		return NotRegistered
	case StatusSuspended:
		return Suspended
	case StatusDenied:
		return Denied
	case StatusBanned:
		return Banned
	case StatusInactive:
		return Inactive
	case StatusArchived:
		return Archived
	case StatusRemoved:
		return Removed
	case StatusExpunged:
		return Expunged
	default:
		return NotAllowed
	}
	now := m.Stamp()
	switch {
	case u.From > now:
		return UserNotYetValid
	case u.Until != 0 && u.Until <= now:
		return UserExpired
	case !u.Role.Can(CanExchange):
		return NotAllowed
	default:
		return Granted
	}
}

// Admit is Granted where the credential identifies its user now, else why not: expired, spent, cards
// switched off, or not activated yet (BadgeNotActive: the access code activates it).
func Admit(c Credential, u User, b *Book, m Moment) Reason {
	switch {
	case c.Until != 0 && c.Until <= m.Stamp():
		return CredentialExpired
	case c.Kind == BackupCode && b.Spent[c.Number]:
		return BackupSpent
	case c.Kind != UserBadge:
		return Granted
	case !u.Switches.Has(CardAccess):
		return CardsOff
	case !c.Active && !u.Switches.Has(CardsWithoutActivation) && !b.Activated[c.Number]:
		return BadgeNotActive
	default:
		return Granted
	}
}

// ability is what the box itself can do now; it concerns keys that leave, not those that change hands.
func ability(box *Box, b *Book, q *Question) Reason {
	switch {
	case b.Service && q.Action == Pickup:
		return UnderMaintenance
	case q.Power == PowerLow && !box.Policy.PickupsOnBattery && q.Action == Pickup:
		return BatteryTooLow
	case !q.Record && !box.Policy.AllowUnrecorded:
		return RecordFailed
	default:
		return Granted
	}
}

// place checks that the key is where the action needs it.
func place(v View, b *Book, q *Question) (Reason, Rule) {
	c := b.Where(v, q.Key)
	rule := Rule{RuleKey, uint64(q.Key)}
	if q.Action == Receive {
		if c.Place != WithUser || c.User == q.User {
			return KeyNotHeld, rule
		}
		return Granted, Rule{}
	}
	switch c.Place {
	case WithUser:
		return KeyOut, rule
	case InSlot:
		s, ok := v.Slot(c.Slot)
		if !ok {
			return KeyElsewhere, rule
		}
		if s.Retired {
			return SlotRetired, Rule{RuleSlot, uint64(s.ID)}
		}
		return Granted, Rule{}
	case Nowhere, InDoubt:
		return KeyElsewhere, rule
	default:
		return KeyElsewhere, rule
	}
}

// missing is what the visit still lacks; the first reason is the one to say.
func missing(v View, box *Box, key *Key, q *Question) (n Need, r Reason, rule Rule) {
	pin, people := box.NeedPIN, max(1, key.Policy.People)
	rule = Rule{RuleBox, uint64(box.ID)}
	if key.Policy.NeedPIN {
		pin, rule = true, Rule{RuleKey, uint64(key.ID)}
	}
	crowd := Rule{RuleKey, uint64(key.ID)}
	for _, id := range key.Groups {
		g, ok := v.Group(id)
		if !ok {
			continue
		}
		if g.NeedPIN && !pin {
			pin, rule = true, Rule{RuleGroup, uint64(id)}
		}
		if g.People > people {
			people, crowd = g.People, Rule{RuleGroup, uint64(id)}
		}
	}
	code := q.Factors&(ByCode|ByBackup) != 0
	switch {
	case pin && !code:
		n, r = NeedCode, NeedsCode
	case pin && !q.Factors.Has(ByBadge):
		n, r = NeedBadge, NeedsBadge
	default:
		rule = crowd
	}
	if q.Action == Pickup && present(q) < people {
		n |= NeedPerson
		if r == 0 {
			r = NeedsPerson
			if twice(q) {
				r = SamePerson
			}
		}
	}
	if a, ar := asked(key.Policy.AskPickup); a != 0 && !q.Answer && q.Action == Pickup {
		n |= a
		if r == 0 {
			r, rule = ar, Rule{RuleKey, uint64(key.ID)}
		}
	}
	return n, r, rule
}

func asked(a Ask) (Need, Reason) {
	switch a {
	case AskReason:
		return NeedReason, NeedsReason
	case AskNote:
		return NeedNote, NeedsNote
	case AskNothing:
		return 0, 0
	default:
		return 0, 0
	}
}

// present counts the different people who have identified themselves.
func present(q *Question) uint8 {
	n := uint8(1)
	if q.With[0] != 0 && q.With[0] != q.User {
		n++
	}
	if q.With[1] != 0 && q.With[1] != q.User && q.With[1] != q.With[0] {
		n++
	}
	return n
}

func twice(q *Question) bool {
	return (q.With[0] != 0 && q.With[0] == q.User) ||
		(q.With[1] != 0 && (q.With[1] == q.User || q.With[1] == q.With[0]))
}

// limits counts what she holds and what is out.
func limits(v View, b *Book, u *User, key *Key, a Action) (Reason, Rule) {
	if u.MaxKeys > 0 && b.holds(u.ID) >= int(u.MaxKeys) {
		return TooManyKeys, Rule{RuleUser, uint64(u.ID)}
	}
	for _, id := range key.Groups {
		g, ok := v.Group(id)
		if !ok || (g.MaxPerUser == 0 && g.MaxOut == 0) {
			continue
		}
		mine, out := b.outOf(v, id, u.ID)
		if g.MaxPerUser > 0 && mine >= int(g.MaxPerUser) {
			return KeysExclude, Rule{RuleGroup, uint64(id)}
		}
		if g.MaxOut > 0 && out >= int(g.MaxOut) && a == Pickup {
			return GroupEmptyOut, Rule{RuleGroup, uint64(id)}
		}
	}
	return Granted, Rule{}
}

// holds counts the user's keys, those on their way into her hands included.
func (b *Book) holds(u UserID) (n int) {
	for _, c := range b.Custody {
		if c.Place == WithUser && c.User == u {
			n++
		}
	}
	for _, o := range b.Open {
		if o.Kind == PickupAuthorised && o.User == u {
			n++
		}
	}
	return n
}

func (b *Book) outOf(v View, g GroupID, u UserID) (mine, out int) {
	count := func(k KeyID, who UserID) {
		if key, ok := v.Key(k); ok && slices.Contains(key.Groups, g) {
			out++
			if who == u {
				mine++
			}
		}
	}
	for k, c := range b.Custody {
		if c.Place == WithUser {
			count(k, c.User)
		}
	}
	for _, o := range b.Open {
		if o.Kind == PickupAuthorised {
			count(o.Key, o.User)
		}
	}
	return mine, out
}
