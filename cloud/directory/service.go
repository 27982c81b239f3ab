package directory

import (
	"crypto/rand"
	"encoding/binary"
	"time"

	"smartbox"
)

// Options are what a Service needs. Repo and Sealer are required.
type Options struct {
	Repo   Repo
	Sealer Sealer
	Now    func() time.Time  // nil = time.Now
	Zones  smartbox.ZoneFunc // nil = time.LoadLocation
	// Changed is called after a commit with each box whose desired state or commands changed. It must not block.
	// It is a hint: another replica's changes do not come here, so ask BoxesBehind now and then.
	Changed func(smartbox.BoxID)
	// Happened is called after a commit that took events in, once for each organization. It must not block.
	Happened func(OrgID)
}

// Service is the directory.
type Service struct {
	o Options

	Locations Things[Location, smartbox.LocationID]
	Holidays  Things[Holiday, HolidayID]
	Boxes     Things[Box, smartbox.BoxID]
	Slots     Things[Slot, smartbox.SlotID]
	Keys      Things[Key, smartbox.KeyID]
	Groups    Things[Group, smartbox.GroupID]
	Schedules Things[Schedule, smartbox.ScheduleID]
	Grants    Things[Grant, smartbox.GrantID]
	Bookings  Things[Booking, smartbox.BookingID]
	// Audit, Alarms and Commands are read-only here, as are credentials: their Create, Update and Delete are refused.
	// Credentials are changed by SetCode, AddBadge, SetFob and their kin, commands by Enqueue and Answered.
	Audit       Things[AuditEntry, AuditID]
	Alarms      Things[Alarm, AlarmID]
	Commands    Things[Command, CommandID]
	Credentials Things[Credential, CredentialID]
	// Tokens are made by MakeToken; their Create is refused.
	Tokens Things[Token, TokenID]
	// Members are read like other things. Update changes everything but kind, status and profile. Create and Delete are
	// refused: see CreateMember and MoveMember.
	Members Things[Member, smartbox.UserID]
}

// New makes a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zones == nil {
		o.Zones = time.LoadLocation
	}
	if o.Changed == nil {
		o.Changed = func(smartbox.BoxID) {}
	}
	if o.Happened == nil {
		o.Happened = func(OrgID) {}
	}
	s := &Service{o: o}
	s.Locations = Things[Location, smartbox.LocationID]{s, locationKind()}
	s.Holidays = Things[Holiday, HolidayID]{s, holidayKind()}
	s.Boxes = Things[Box, smartbox.BoxID]{s, boxKind()}
	s.Slots = Things[Slot, smartbox.SlotID]{s, slotKind()}
	s.Keys = Things[Key, smartbox.KeyID]{s, keyKind()}
	s.Groups = Things[Group, smartbox.GroupID]{s, groupKind()}
	s.Schedules = Things[Schedule, smartbox.ScheduleID]{s, scheduleKind()}
	s.Grants = Things[Grant, smartbox.GrantID]{s, grantKind()}
	s.Bookings = Things[Booking, smartbox.BookingID]{s, bookingKind()}
	s.Audit = Things[AuditEntry, AuditID]{s, auditKind()}
	s.Alarms = Things[Alarm, AlarmID]{s, alarmKind()}
	s.Commands = Things[Command, CommandID]{s, commandKind()}
	s.Credentials = Things[Credential, CredentialID]{s, credentialKind()}
	s.Tokens = Things[Token, TokenID]{s, tokenKind()}
	s.Members = Things[Member, smartbox.UserID]{s, memberKind()}
	return s
}

func (s *Service) now() smartbox.Stamp { return smartbox.StampOf(s.o.Now()) }

// newID is random: 12 symbols out of 36 are 62 bits, and an id of its kind is looked at before it is used.
func newID() uint64 {
	const symbols = "0123456789abcdefghijklmnopqrstuvwxyz"
	text := make([]byte, smartbox.MaxID)
	for i := range text {
		text[i] = symbols[below(len(symbols))]
	}
	return uint64(smartbox.MustID[any](string(text)))
}

// below is a uniform random number from 0 to n-1, 0 < n ≤ 1<<31, from the system's generator.
func below(n int) int {
	limit := uint32(1<<31) / uint32(n) * uint32(n) //nolint:gosec // n is in bounds
	for {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails (crypto/rand)
		if v := binary.BigEndian.Uint32(b[:]) >> 1; v < limit {
			return int(v % uint32(n)) //nolint:gosec // n is in bounds
		}
	}
}
