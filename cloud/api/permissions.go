package api

import (
	"strings"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
)

// ScheduleFields are what a caller may write of a schedule.
type ScheduleFields struct {
	ID       smartbox.ScheduleID  `json:"id,omitempty" doc:"Chosen when it is created, or else given; never changes."`
	Name     string               `json:"name" minLength:"1" maxLength:"100"`
	Windows  []Window             `json:"windows" nullable:"false" minItems:"1" maxItems:"100" doc:"Time shifts, in the time zone of the key's location."`
	Holidays smartbox.HolidayRule `json:"holidays" required:"false" doc:"What holds on a holiday: closed, as-usual, or the windows on holidays only."`
}

// Window is one time shift. One that ends at or before its beginning ends on the next day.
type Window struct {
	Days []string `json:"days" nullable:"false" minItems:"1" maxItems:"7" uniqueItems:"true" enum:"sun,mon,tue,wed,thu,fri,sat" doc:"On which it begins."`
	From string   `json:"from" pattern:"^[0-2][0-9]:[0-5][0-9]$" example:"08:00" doc:"Inclusive."`
	To   string   `json:"to" pattern:"^[0-2][0-9]:[0-5][0-9]$" example:"17:30" doc:"Exclusive; 24:00 is the day's end."`
}

// Schedule says when a grant holds.
type Schedule struct {
	ScheduleFields
	Head
}

// GrantFields are what a caller may write of a grant.
type GrantFields struct {
	ID       smartbox.GrantID        `json:"id,omitempty" doc:"Chosen when it is created, or else given."`
	Member   smartbox.UserID         `json:"member"`
	Target   string                  `json:"target" pattern:"^(all|(key|group|location):[a-z0-9][a-z0-9-]{0,11})$" example:"key:van-3" doc:"key:…, group:…, location:… or all."`
	Role     smartbox.PermissionRole `json:"role" doc:"exchange, reserve (inside a booking only) or manage."`
	Schedule smartbox.ScheduleID     `json:"schedule,omitempty" doc:"At all hours if it is not there."`
	From     Time                    `json:"from,omitempty" doc:"Not valid before."`
	Until    Time                    `json:"until,omitempty" doc:"Not valid from here on."`
}

// Grant gives a member a permission on a target.
type Grant struct {
	GrantFields
	Head
}

// BookingFields are what a caller may write of a booking.
type BookingFields struct {
	ID     smartbox.BookingID `json:"id,omitempty" doc:"Chosen when it is created, or else given; never changes."`
	Member smartbox.UserID    `json:"member"`
	Key    smartbox.KeyID     `json:"key"`
	From   Time               `json:"from" doc:"Inclusive."`
	Until  Time               `json:"until" doc:"Exclusive; the key is due back then."`
}

// Booking reserves a key for a member.
type Booking struct {
	BookingFields
	Head
}

func (s *server) permissions() {
	things[namedList](s, scheduleResource(s.dir))
	things[grantList](s, grantResource(s.dir))
	things[bookingList](s, bookingResource(s.dir))
}

func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func scheduleFields(c *directory.Schedule) ScheduleFields {
	f := ScheduleFields{ID: c.ID, Name: c.Name, Holidays: c.Holidays, Windows: make([]Window, 0, len(c.Windows))}
	for _, w := range c.Windows {
		out := Window{From: clock(w.From), To: clock(w.To)}
		for d, name := range dayNames() {
			if w.Days.Has(time.Weekday(d)) {
				out.Days = append(out.Days, name)
			}
		}
		f.Windows = append(f.Windows, out)
	}
	return f
}

func (f *ScheduleFields) apply(c *directory.Schedule) error {
	setGiven(&c.ID, f.ID)
	c.Name, c.Holidays, c.Windows = f.Name, f.Holidays, nil
	for _, w := range f.Windows {
		from, ok := parseClock(w.From)
		to, ok2 := parseClock(w.To)
		if !ok || !ok2 {
			return invalid("windows", "have a time that is none", "write 00:00 to 24:00")
		}
		var days smartbox.Days
		for d, name := range dayNames() {
			for _, given := range w.Days {
				if given == name {
					days |= 1 << d
				}
			}
		}
		c.Windows = append(c.Windows, smartbox.Window{Days: days, From: from, To: to})
	}
	return nil
}

func scheduleResource(d *directory.Service) resource[directory.Schedule, smartbox.ScheduleID, ScheduleFields, Schedule] {
	return resource[directory.Schedule, smartbox.ScheduleID, ScheduleFields, Schedule]{
		one: "schedule", many: "schedules", tag: "Permissions", read: KeysRead, write: KeysWrite, things: d.Schedules,
		meta:   func(c *directory.Schedule) *directory.Meta { return &c.Meta },
		id:     func(c *directory.Schedule) *smartbox.ScheduleID { return &c.ID },
		fields: scheduleFields,
		apply:  (*ScheduleFields).apply,
		view:   func(c *directory.Schedule) Schedule { return Schedule{scheduleFields(c), headOf(c.Meta)} },
	}
}

type grantList struct {
	PageQuery
	Member string `query:"member" maxLength:"12" doc:"Of this member alone."`
	Target string `query:"target" maxLength:"30" doc:"On this very target alone, such as key:van-3."`
}

func (l *grantList) list() (directory.List, error) {
	d := l.base()
	if l.Target != "" {
		target, err := parseTarget(l.Target)
		if err != nil {
			return d, invalid("query.target", "is no target", "use key:…, group:…, location:… or all")
		}
		d.Where = append(d.Where, directory.Eq(directory.FieldTarget, target.String()))
	}
	return d, filter[smartbox.User](&d, directory.FieldMember, "member", l.Member)
}

func parseTarget(s string) (smartbox.Target, error) {
	kind, text, _ := strings.Cut(s, ":")
	id, err := smartbox.ParseID[any](text)
	bad := invalid("target", "is no target", "use key:…, group:…, location:… or all")
	switch {
	case err != nil || (id == 0) != (kind == "all"):
		return smartbox.Target{}, bad
	case kind == "all":
		return smartbox.OnAll(), nil
	case kind == "key":
		return smartbox.OnKey(smartbox.KeyID(id)), nil
	case kind == "group":
		return smartbox.OnGroup(smartbox.GroupID(id)), nil
	case kind == "location":
		return smartbox.OnLocation(smartbox.LocationID(id)), nil
	default:
		return smartbox.Target{}, bad
	}
}

func grantFields(g *directory.Grant) GrantFields {
	return GrantFields{
		ID: g.ID, Member: g.Member, Target: g.Target.String(), Role: g.Role, Schedule: g.Schedule,
		From: Time(g.From), Until: Time(g.Until),
	}
}

func (f *GrantFields) apply(g *directory.Grant) error {
	target, err := parseTarget(f.Target)
	setGiven(&g.ID, f.ID)
	g.Member, g.Target, g.Role, g.Schedule = f.Member, target, f.Role, f.Schedule
	g.From, g.Until = smartbox.Stamp(f.From), smartbox.Stamp(f.Until)
	return err
}

func grantView(g *directory.Grant) Grant { return Grant{grantFields(g), headOf(g.Meta)} }

func grantResource(d *directory.Service) resource[directory.Grant, smartbox.GrantID, GrantFields, Grant] {
	return resource[directory.Grant, smartbox.GrantID, GrantFields, Grant]{
		one: "grant", many: "grants", tag: "Permissions", read: MembersRead, write: MembersWrite, things: d.Grants,
		text:   "A grant is never changed: it is deleted and given anew, so that its id says for ever what it permitted.",
		meta:   func(g *directory.Grant) *directory.Meta { return &g.Meta },
		id:     func(g *directory.Grant) *smartbox.GrantID { return &g.ID },
		fields: grantFields,
		apply:  (*GrantFields).apply,
		view:   grantView,
		fixed:  true,
	}
}

type bookingList struct {
	PageQuery
	Member string `query:"member" maxLength:"12" doc:"Of this member alone."`
	Key    string `query:"key" maxLength:"12" doc:"Of this key alone."`
}

func (l *bookingList) list() (directory.List, error) {
	d := l.base()
	if err := filter[smartbox.User](&d, directory.FieldMember, "member", l.Member); err != nil {
		return d, err
	}
	return d, filter[smartbox.Key](&d, directory.FieldKey, "key", l.Key)
}

func bookingResource(d *directory.Service) resource[directory.Booking, smartbox.BookingID, BookingFields, Booking] {
	fields := func(b *directory.Booking) BookingFields {
		return BookingFields{b.ID, b.Member, b.Key, Time(b.From), Time(b.Until)}
	}
	return resource[directory.Booking, smartbox.BookingID, BookingFields, Booking]{
		one: "booking", many: "bookings", tag: "Permissions", read: KeysRead, write: KeysWrite, things: d.Bookings,
		meta:   func(b *directory.Booking) *directory.Meta { return &b.Meta },
		id:     func(b *directory.Booking) *smartbox.BookingID { return &b.ID },
		fields: fields,
		apply: func(f *BookingFields, b *directory.Booking) error {
			setGiven(&b.ID, f.ID)
			b.Member, b.Key, b.From, b.Until = f.Member, f.Key, smartbox.Stamp(f.From), smartbox.Stamp(f.Until)
			return nil
		},
		view: func(b *directory.Booking) Booking { return Booking{fields(b), headOf(b.Meta)} },
	}
}
