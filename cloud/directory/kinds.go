package directory

func locationKind() *kind[Location] {
	return &kind[Location]{name: kindLocation, set: Tx.Locations, head: locationHead, see: SeeKeys, manage: ManageBoxes, order: FieldName}
}

func holidayKind() *kind[Holiday] {
	return &kind[Holiday]{name: kindHoliday, set: Tx.Holidays, head: holidayHead, see: SeeKeys, manage: ManageSchedules, order: FieldID}
}

func boxKind() *kind[Box] {
	return &kind[Box]{name: kindBox, set: Tx.Boxes, head: boxHead, see: SeeKeys, manage: ManageBoxes, order: FieldName}
}

func slotKind() *kind[Slot] {
	return &kind[Slot]{name: kindSlot, set: Tx.Slots, head: slotHead, see: SeeKeys, manage: ManageBoxes, order: FieldID}
}

func keyKind() *kind[Key] {
	return &kind[Key]{name: kindKey, set: Tx.Keys, head: keyHead, see: SeeKeys, manage: ManageKeys, order: FieldName}
}

func groupKind() *kind[Group] {
	return &kind[Group]{name: kindGroup, set: Tx.Groups, head: groupHead, see: SeeKeys, manage: ManageKeys, order: FieldName}
}

func scheduleKind() *kind[Schedule] {
	return &kind[Schedule]{name: kindSchedule, set: Tx.Schedules, head: scheduleHead, see: SeeKeys, manage: ManageSchedules, order: FieldName}
}

func grantKind() *kind[Grant] {
	return &kind[Grant]{name: kindGrant, set: Tx.Grants, head: grantHead, see: SeeMembers, manage: ManageGrants, noUpdate: true}
}

func bookingKind() *kind[Booking] {
	return &kind[Booking]{name: kindBooking, set: Tx.Bookings, head: bookingHead, see: SeeKeys, manage: ManageBookings}
}

func auditKind() *kind[AuditEntry] {
	return &kind[AuditEntry]{name: kindAudit, set: Tx.Audit, head: auditHead, see: SeeAll, order: FieldAt}
}

func alarmKind() *kind[Alarm] {
	return &kind[Alarm]{name: kindAlarm, set: Tx.Alarms, head: alarmHead, see: SeeAll, order: FieldAt}
}

func commandKind() *kind[Command] {
	return &kind[Command]{name: kindCommand, set: Tx.Commands, head: commandHead, see: SeeAll, order: FieldCounter}
}

func credentialKind() *kind[Credential] {
	return &kind[Credential]{name: kindCredential, set: Tx.Credentials, head: credentialHead, see: SeeMembers}
}

func tokenKind() *kind[Token] {
	return &kind[Token]{name: kindToken, set: Tx.Tokens, head: tokenHead, see: ManageTokens, manage: ManageTokens, order: FieldName, noCreate: true}
}

func memberKind() *kind[Member] {
	return &kind[Member]{name: kindMember, set: Tx.Members, head: memberHead, see: SeeMembers, manage: ManageMembers, order: FieldName, noCreate: true}
}
