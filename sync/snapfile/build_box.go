package snapfile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"smartbox"
)

const maxSlot = 999 // three digits on a door

func (b *builder) locations(f *File) {
	b.zone = time.UTC
	list := f.Locations
	if f.Location != nil {
		list = append([]Location{*f.Location}, list...)
	}
	defer func() { b.file = f.Name }()
	for _, l := range list {
		b.file = l.file
		out := smartbox.Location{
			ID: assign[smartbox.Location](b, "location", l.ID, l.Name), Name: l.Name.Value, Zone: l.Zone.Value,
		}
		if !l.Zone.Given() {
			b.fail(l.Name, `location %q has no zone; write one such as "zone: Europe/Berlin"`, l.Name.Value)
		}
		zone, err := b.opts.Zones(l.Zone.Value)
		if err != nil {
			b.fail(l.Zone, `there is no time zone %q; use a name such as "Europe/Berlin"`, l.Zone.Value)
			zone = time.UTC
		}
		for _, h := range l.Holidays {
			day, err := parseHoliday(h.Value)
			if err != nil {
				b.fail(h, "%q is no holiday; %v", h.Value, err)
			}
			out.Holidays = append(out.Holidays, day)
		}
		b.snap.Locations = append(b.snap.Locations, out)
		if b.place == 0 || (f.Box.Location.Given() && out.ID.String() == Slug(f.Box.Location.Value)) {
			b.place, b.zone = out.ID, zone
		}
	}
}

func (b *builder) box(f *File) {
	x := f.Box
	if !x.ID.Given() && !x.Name.Given() {
		b.fail(Text{}, "no box; write `box:` with a name")
		return
	}
	if len(b.snap.Locations) == 0 {
		b.fail(x.Name, "no location; write `location:` with a name and a zone")
	}
	out := &b.snap.Box
	*out = smartbox.Box{
		ID: assign[smartbox.Box](b, "box", x.ID, x.Name), Name: x.Name.Value, Location: b.place,
		Language: x.Language.Value, NeedPIN: b.yes(x.NeedPIN, false), GoTo: x.GoTo.Value,
		Policy: smartbox.BoxPolicy{
			AllowUnrecorded:     b.yes(x.AllowUnrecorded, false),
			AllowUntrustedClock: b.yes(x.AllowUntrustedClock, false),
			PickupsOnBattery:    b.yes(x.PickupsOnBattery, false),
			DoorOpenLimit:       b.duration(x.DoorOpenLimit),
		},
	}
	if x.Location.Given() {
		out.Location = find[smartbox.Location](b, "location", x.Location)
	}
	for i, r := range f.Reasons {
		if i == 9 {
			b.fail(r, "a tenth reason; a panel can ask for 1 to 9")
			break
		}
		out.Reasons = append(out.Reasons, smartbox.PickupReason{Number: uint8(i + 1), Text: r.Value})
	}
}

func (b *builder) slots(f *File) {
	if len(f.Slots.Texts) == 0 {
		b.fail(Text{}, "no slots; write how many, such as `slots: 8`")
	}
	for _, t := range f.Slots.Texts {
		from, to, ranged := strings.Cut(t.Value, "-")
		low, err1 := strconv.Atoi(from)
		high, err2 := low, error(nil)
		switch {
		case ranged:
			high, err2 = strconv.Atoi(to)
		case f.Slots.Counted:
			low = 1
		}
		if err1 != nil || err2 != nil || low < 1 || high < low || high > maxSlot {
			b.fail(t, `slots are how many, such as 8, or numbers and ranges from 1 to %d, such as [1-4, 7]`, maxSlot)
			continue
		}
		for n := low; n <= high; n++ {
			id := Text{Value: fmt.Sprintf("s%d", n), Line: t.Line, Column: t.Column}
			b.snap.Slots = append(b.snap.Slots, smartbox.Slot{
				ID: assign[smartbox.Slot](b, "slot", id, Text{Value: strconv.Itoa(n)}), Number: uint16(n),
			})
		}
	}
	for _, t := range f.Retired {
		id := find[smartbox.Slot](b, "slot", t)
		for i := range b.snap.Slots {
			b.snap.Slots[i].Retired = b.snap.Slots[i].Retired || (id != 0 && b.snap.Slots[i].ID == id)
		}
	}
}

func (b *builder) groups(f *File) {
	defer func() { b.file = f.Name }()
	for _, g := range f.Groups {
		b.file = g.file
		b.snap.Groups = append(b.snap.Groups, smartbox.Group{
			ID: assign[smartbox.Group](b, "group", g.ID, g.Name), Name: g.Name.Value,
			NeedPIN: b.yes(g.NeedPIN, false), People: b.small(g.People, 3),
			MaxPerUser: b.small(g.MaxPerUser, 255), MaxOut: b.small(g.MaxOut, 255),
		})
	}
}

func (b *builder) small(t Text, highest int) uint8 {
	return uint8(b.number(t, 1, highest)) //nolint:gosec // highest is at most 255 at every caller
}

func (b *builder) schedules(f *File) {
	defer func() { b.file = f.Name }()
	for _, s := range f.Schedules {
		b.file = s.file
		out := smartbox.Schedule{
			ID: assign[smartbox.Schedule](b, "schedule", s.ID, s.Name), Name: s.Name.Value,
			Holidays: word(b, s.Holidays, smartbox.HolidaysClosed),
		}
		for _, t := range s.Times {
			w, err := parseWindow(t.Value)
			if err != nil {
				b.fail(t, "%q is no time shift; %v", t.Value, err)
				continue
			}
			out.Windows = append(out.Windows, w)
		}
		if len(s.Times) == 0 {
			b.fail(s.Name, "schedule %q has no times, so nobody could use it; write `times:`", s.Name.Value)
		}
		b.snap.Schedules = append(b.snap.Schedules, out)
	}
}

func (b *builder) keys(f *File) {
	defer func() { b.file = f.Name }()
	for _, k := range f.Keys {
		b.file = k.file
		out := smartbox.Key{
			ID: assign[smartbox.Key](b, "key", k.ID, k.Name), Name: k.Name.Value, Location: b.snap.Box.Location,
			Home: find[smartbox.Slot](b, "slot", k.Slot), Blocked: b.yes(k.Blocked, false),
			Policy: smartbox.KeyPolicy{
				NeedPIN: b.yes(k.NeedPIN, false), People: b.small(k.People, 3),
				AskPickup: word(b, k.AskPickup, smartbox.AskNothing), AskDropoff: word(b, k.AskDropoff, smartbox.AskNothing),
				Staleness: b.duration(k.Staleness), DueAfter: b.duration(k.DueAfter),
			},
		}
		if k.Location.Given() {
			out.Location = find[smartbox.Location](b, "location", k.Location)
		}
		for _, g := range k.Groups {
			out.Groups = append(out.Groups, find[smartbox.Group](b, "group", g))
		}
		b.seat(k, out)
		b.snap.Keys = append(b.snap.Keys, out)
		if k.Fob.Given() {
			b.add(k.Fob, smartbox.Credential{Kind: smartbox.KeyFob, Key: out.ID}, fmt.Sprintf("the fob of key %s", out.ID))
		}
	}
}

// seat notes where the key is when that is not its own slot.
func (b *builder) seat(k Key, out smartbox.Key) {
	switch {
	case k.LiesIn.Given() && k.HeldBy.Given():
		b.fail(k.HeldBy, "key %s cannot both lie in a slot and be held; keep one of lies-in and held-by", out.ID)
	case k.LiesIn.Given():
		b.snap.Custody = append(b.snap.Custody, smartbox.Custody{
			Key: out.ID, Place: smartbox.InSlot, Slot: find[smartbox.Slot](b, "slot", k.LiesIn),
		})
	case k.HeldBy.Given():
		b.snap.Custody = append(b.snap.Custody, smartbox.Custody{
			Key: out.ID, Place: smartbox.WithUser, User: find[smartbox.User](b, "user", k.HeldBy), Due: b.stamp(k.Due),
		})
	}
}
