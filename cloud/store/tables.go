package store

import (
	"smartbox/cloud/directory"
)

// tables are all of them, made once.
type tables struct {
	organizations *table[directory.Organization]
	profiles      *table[directory.Profile]
	members       *table[directory.Member]
	locations     *table[directory.Location]
	holidays      *table[directory.Holiday]
	boxes         *table[directory.Box]
	slots         *table[directory.Slot]
	keys          *table[directory.Key]
	groups        *table[directory.Group]
	grants        *table[directory.Grant]
	schedules     *table[directory.Schedule]
	bookings      *table[directory.Booking]
	credentials   *table[directory.Credential]
	tokens        *table[directory.Token]
	audit         *table[directory.AuditEntry]
	alarms        *table[directory.Alarm]
	commands      *table[directory.Command]
}

func newTables() *tables {
	return &tables{
		organizations: organizationTable().ready(), profiles: profileTable().ready(), members: memberTable().ready(),
		locations: locationTable().ready(), holidays: holidayTable().ready(), boxes: boxTable().ready(),
		slots: slotTable().ready(), keys: keyTable().ready(), groups: groupTable().ready(), grants: grantTable().ready(),
		schedules: scheduleTable().ready(), bookings: bookingTable().ready(), credentials: credentialTable().ready(),
		tokens: tokenTable().ready(), audit: auditTable().ready(), alarms: alarmTable().ready(), commands: commandTable().ready(),
	}
}
