package smartbox

import "time"

// Apply folds one event in. It is total: an event that makes no sense changes nothing but LastSeq, LastAt,
// TrueAt and LastExchange, and the same event twice in a row changes nothing the second time but the guesses.
func (b *Book) Apply(e Event) {
	b.LastSeq = max(b.LastSeq, e.Seq)
	b.LastExchange = max(b.LastExchange, e.Exchange)
	if e.Trust == ClockSynced { // a true clock may also lead back from a wrong future
		b.LastAt, b.TrueAt = e.At, max(b.TrueAt, e.At)
	} else {
		b.LastAt = max(b.LastAt, e.At)
	}
	b.guess(e)
	b.keep(e)
	b.note(e)
}

// keep folds what bears on custody and on exchanges under way.
func (b *Book) keep(e Event) {
	switch e.Kind { //nolint:exhaustive // the rest moves no key
	case PickupAuthorised, DropoffAuthorised:
		b.Open[e.Slot] = OpenExchange{Kind: e.Kind, Exchange: e.Exchange, User: e.User, Key: e.Key}
	case PickupTaken:
		delete(b.Open, e.Slot)
		c := Custody{Key: e.Key, Place: WithUser, User: e.User, Since: e.At, Due: e.Due, Assumed: e.Assumed}
		if e.Assumed { // where it still is, should the assumption be wrong
			c.Slot = e.Slot
		}
		b.place(c)
	case DropoffReturned:
		delete(b.Open, e.Slot)
		b.place(Custody{Key: e.Key, Place: InSlot, Slot: e.Slot, Since: e.At, Assumed: e.Assumed})
	case PickupNotTaken, DropoffNotReturned:
		delete(b.Open, e.Slot)
	case HandedOver:
		b.place(Custody{Key: e.Key, Place: WithUser, User: e.Other, Since: e.At, Due: e.Due})
	case KeyPlaced, DiscrepancySolved:
		switch {
		case e.Slot != 0:
			b.place(Custody{Key: e.Key, Place: InSlot, Slot: e.Slot, Since: e.At, Assumed: e.Assumed})
		case e.User != 0:
			b.place(Custody{Key: e.Key, Place: WithUser, User: e.User, Since: e.At, Due: e.Due, Assumed: e.Assumed})
		default:
			b.place(Custody{Key: e.Key, Since: e.At})
		}
	case KeyMissing, KeyUnexpected, KeyWrong, DiscrepancyFound:
		delete(b.Open, e.Slot)
		b.place(Custody{Key: e.Key, Place: InDoubt, Slot: e.Slot, User: e.User, Since: e.At})
	case KeyOverdue:
		if c, ok := b.Custody[e.Key]; ok {
			c.Overdue = true
			b.Custody[e.Key] = c
		}
	case UnlockFailed:
		delete(b.Open, e.Slot)
	}
}

func (b *Book) place(c Custody) {
	if c.Key != 0 {
		b.Custody[c.Key] = c
	}
}

// guess folds wrong and right codes.
func (b *Book) guess(e Event) {
	if day := DateOf(e.At.Time()); day != b.Guess.Day && e.At != 0 {
		b.Guess.Day, b.Guess.Today = day, 0
	}
	switch {
	case e.Kind == AccessUnknown && e.Reason == UnknownCode,
		e.Kind == AccessRefused && e.Reason == WrongPIN:
		b.Guess.InRow++
		b.Guess.Today++
		if e.Reason == WrongPIN && e.User != 0 && b.BadPINs[e.User] < 255 {
			b.BadPINs[e.User]++
		}
	case e.Kind == PanelLocked:
		b.Guess.InRow = 0
		b.Guess.Locks++
		b.Guess.Locked = time.Duration(e.Count) * time.Second
		b.Guess.Boot, b.Guess.Since = e.Boot, e.Uptime
	case e.Kind == AccessUnknown || e.User == 0:
	case e.Factors.Has(ByCode) && freshCode(e): // a right code was typed
		b.Guess.InRow, b.Guess.Locks, b.Guess.Locked = 0, 0, 0
		delete(b.BadPINs, e.User)
	}
}

// freshCode reports whether the factors of the event were shown just now. The end of an exchange carries those of its
// beginning, and others may have guessed meanwhile.
func freshCode(e Event) bool {
	switch e.Kind { //nolint:exhaustive // the rest comes with its person
	case PickupTaken, PickupNotTaken, DropoffReturned, DropoffNotReturned, SlotOpened, SlotClosed, ReleaseSlot, ReleaseEnded,
		UserDenied:
		return false
	default:
		return e.Reason != TooManyWrong
	}
}

// note folds what stands until it is taken back.
func (b *Book) note(e Event) {
	switch e.Kind { //nolint:exhaustive // the rest leaves no mark
	case BadgeActivated:
		b.Activated[e.Cred] = true
	case BackupUsed:
		b.Spent[e.Cred] = true
	case UserDenied:
		b.Denied[e.User] = e.Revision
	case UserFreed:
		delete(b.Denied, e.User)
		delete(b.BadPINs, e.User)
	case DoorLeftOpen:
		b.Doors[e.Slot] = DoorOpenLong
	case DoorForced:
		b.Doors[e.Slot] = DoorBroken
	case LockJammed:
		b.Doors[e.Slot] = DoorJammed
	case DoorShut, LockFreed:
		delete(b.Doors, e.Slot)
	case TamperOpened, TamperClosed:
		b.Tampered = e.Kind == TamperOpened
	case MainsLost, MainsBack:
		b.OnBattery = e.Kind == MainsLost
	case BatteryLow, BatteryGood:
		b.LowPower = e.Kind == BatteryLow
	case MaintenanceBegun, MaintenanceEnded:
		b.Service = e.Kind == MaintenanceBegun
	case ReleaseBegun, ReleaseEnded:
		b.Releasing = e.Kind == ReleaseBegun
	case SnapshotApplied:
		b.Revision = e.Revision
		if e.Age >= 0 {
			b.Synced = e.At - e.Age
		}
	}
}
