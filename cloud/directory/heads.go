package directory

// The names of kinds, as errors, the audit and the API say them.
const (
	kindOrganization = "organization"
	kindProfile      = "profile"
	kindMember       = "member"
	kindLocation     = "location"
	kindHoliday      = "holiday"
	kindBox          = "box"
	kindSlot         = "slot"
	kindKey          = "key"
	kindGroup        = "group"
	kindGrant        = "grant"
	kindSchedule     = "schedule"
	kindBooking      = "booking"
	kindCredential   = "credential"
	kindToken        = "token"
	kindAudit        = "audit entry"
	kindAlarm        = "alarm"
	kindCommand      = "command"
	kindEvent        = "event"
	kindClaim        = "claim code"
)

func memberHead(m *Member) head         { return head{(*uint64)(&m.ID), &m.Org, &m.Meta} }
func locationHead(l *Location) head     { return head{(*uint64)(&l.ID), &l.Org, &l.Meta} }
func holidayHead(h *Holiday) head       { return head{(*uint64)(&h.ID), &h.Org, &h.Meta} }
func boxHead(b *Box) head               { return head{(*uint64)(&b.ID), &b.Org, &b.Meta} }
func slotHead(s *Slot) head             { return head{(*uint64)(&s.ID), &s.Org, &s.Meta} }
func keyHead(k *Key) head               { return head{(*uint64)(&k.ID), &k.Org, &k.Meta} }
func groupHead(g *Group) head           { return head{(*uint64)(&g.ID), &g.Org, &g.Meta} }
func grantHead(g *Grant) head           { return head{(*uint64)(&g.ID), &g.Org, &g.Meta} }
func scheduleHead(s *Schedule) head     { return head{(*uint64)(&s.ID), &s.Org, &s.Meta} }
func bookingHead(b *Booking) head       { return head{(*uint64)(&b.ID), &b.Org, &b.Meta} }
func credentialHead(c *Credential) head { return head{(*uint64)(&c.ID), &c.Org, &c.Meta} }
func tokenHead(t *Token) head           { return head{(*uint64)(&t.ID), &t.Org, &t.Meta} }
func auditHead(e *AuditEntry) head      { return head{(*uint64)(&e.ID), &e.Org, &e.Meta} }
func alarmHead(a *Alarm) head           { return head{(*uint64)(&a.ID), &a.Org, &a.Meta} }
func commandHead(c *Command) head       { return head{(*uint64)(&c.ID), &c.Org, &c.Meta} }
