package store

import (
	"smartbox"
	"smartbox/cloud/directory"
)

func scheduleTable() *table[directory.Schedule] {
	return &table[directory.Schedule]{
		kind: "schedule", name: "schedules", columns: []string{"org", "name", "windows", "holidays"},
		meta: func(s *directory.Schedule) (*uint64, *directory.Meta) { return (*uint64)(&s.ID), &s.Meta },
		fields: func(s *directory.Schedule) []field {
			return []field{
				ident[directory.OrgID]{&s.Org}, text[string]{&s.Name}, inJSON[[]smartbox.Window]{&s.Windows}, num[smartbox.HolidayRule]{&s.Holidays},
			}
		},
	}
}

func bookingTable() *table[directory.Booking] {
	return &table[directory.Booking]{
		kind: "booking", name: "bookings", columns: []string{"org", "member", "key_id", "from_at", "until_at"},
		numbers: []string{"from_at", "until_at"},
		meta:    func(b *directory.Booking) (*uint64, *directory.Meta) { return (*uint64)(&b.ID), &b.Meta },
		fields: func(b *directory.Booking) []field {
			return []field{
				ident[directory.OrgID]{&b.Org},
				ident[smartbox.UserID]{&b.Member},
				ident[smartbox.KeyID]{&b.Key},
				num[smartbox.Stamp]{&b.From},
				num[smartbox.Stamp]{&b.Until},
			}
		},
	}
}

func auditTable() *table[directory.AuditEntry] {
	return &table[directory.AuditEntry]{
		kind: "audit entry", name: "audit", columns: []string{"org", "at", "actor", "action", "kind", "thing", "reason"},
		numbers: []string{"at"},
		meta:    func(e *directory.AuditEntry) (*uint64, *directory.Meta) { return (*uint64)(&e.ID), &e.Meta },
		fields: func(e *directory.AuditEntry) []field {
			return []field{
				ident[directory.OrgID]{&e.Org},
				num[smartbox.Stamp]{&e.At},
				text[string]{&e.Actor},
				text[string]{&e.Action},
				text[string]{&e.Kind},
				text[string]{&e.Thing},
				text[string]{&e.Reason},
			}
		},
	}
}

func alarmTable() *table[directory.Alarm] {
	return &table[directory.Alarm]{
		kind: "alarm", name: "alarms", columns: []string{"org", "box", "kind", "at", "detail"}, numbers: []string{"at"},
		meta: func(a *directory.Alarm) (*uint64, *directory.Meta) { return (*uint64)(&a.ID), &a.Meta },
		fields: func(a *directory.Alarm) []field {
			return []field{
				ident[directory.OrgID]{&a.Org},
				ident[smartbox.BoxID]{&a.Box},
				text[directory.AlarmKind]{&a.Kind},
				num[smartbox.Stamp]{&a.At},
				text[string]{&a.Detail},
			}
		},
	}
}

func commandTable() *table[directory.Command] {
	return &table[directory.Command]{
		kind: "command", name: "commands",
		columns: []string{"org", "box", "counter", "type", "body", "reason", "actor", "not_before", "expires", "state", "result"},
		numbers: []string{"counter", "state", "expires", "not_before"},
		meta:    func(c *directory.Command) (*uint64, *directory.Meta) { return (*uint64)(&c.ID), &c.Meta },
		fields: func(c *directory.Command) []field {
			return []field{
				ident[directory.OrgID]{&c.Org},
				ident[smartbox.BoxID]{&c.Box},
				num[uint64]{&c.Counter},
				text[string]{&c.Type},
				blob{&c.Body},
				text[string]{&c.Reason},
				text[string]{&c.Actor},
				num[smartbox.Stamp]{&c.NotBefore},
				num[smartbox.Stamp]{&c.Expires},
				num[directory.CommandState]{&c.State},
				text[string]{&c.Result},
			}
		},
	}
}
