package directory

import "smartbox"

// Grant gives a member a permission role on a target, within a schedule and a validity. It is not changed but
// taken away and given anew, so that its id says for ever what it permitted.
type Grant struct {
	ID  smartbox.GrantID
	Org OrgID
	Meta
	Member   smartbox.UserID
	Target   smartbox.Target
	Role     smartbox.PermissionRole
	Schedule smartbox.ScheduleID // none = at all hours
	From     smartbox.Stamp      // not valid before; 0 = always
	Until    smartbox.Stamp      // not valid from here on; 0 = for ever
}

// Schedule says when a grant holds.
type Schedule struct {
	ID  smartbox.ScheduleID
	Org OrgID
	Meta
	Name     string
	Windows  []smartbox.Window
	Holidays smartbox.HolidayRule
}

// Booking reserves a key for a member.
type Booking struct {
	ID  smartbox.BookingID
	Org OrgID
	Meta
	Member smartbox.UserID
	Key    smartbox.KeyID
	From   smartbox.Stamp // inclusive
	Until  smartbox.Stamp // exclusive
}
