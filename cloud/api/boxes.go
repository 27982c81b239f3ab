package api

import (
	"smartbox"
	"smartbox/cloud/directory"
)

// BoxFields are what a caller may write of a box.
type BoxFields struct {
	ID       smartbox.BoxID      `json:"id,omitempty" doc:"Chosen when it is created, or else given; never changes."`
	Name     string              `json:"name" minLength:"1" maxLength:"100"`
	Location smartbox.LocationID `json:"location"`
	Language string              `json:"language,omitempty" maxLength:"10" doc:"Of the display when nobody is identified; else the organization's." example:"de"`
	NeedPIN  bool                `json:"need_pin" required:"false" doc:"Badge and access code for every key."`
	GoTo     string              `json:"go_to,omitempty" maxLength:"20" doc:"Where to take a key that the box cannot accept, for the display."`
	Policy   BoxPolicy           `json:"policy" required:"false"`
	Reasons  []PickupReason      `json:"reasons,omitempty" nullable:"false" maxItems:"9" doc:"Answers to the question for a reason."`
}

// BoxPolicy are choices of a box's owner; each default is the careful one.
type BoxPolicy struct {
	AllowUnrecorded      bool  `json:"allow_unrecorded" required:"false" doc:"A broken record lets pickups through with an alarm."`
	AllowUntrustedClock  bool  `json:"allow_untrusted_clock" required:"false" doc:"Grants with schedules hold although the time is not trusted."`
	PickupsOnBattery     bool  `json:"pickups_on_battery" required:"false" doc:"A low battery does not stop pickups."`
	DoorOpenLimitSeconds int64 `json:"door_open_limit_seconds,omitempty" minimum:"0" maximum:"86400" doc:"A door open longer raises the alarm; 0 = 60."`
}

// PickupReason is one answer that is typed at the panel.
type PickupReason struct {
	Number uint8  `json:"number" minimum:"1" maximum:"9"`
	Text   string `json:"text" minLength:"1" maxLength:"100"`
}

// Box is a cabinet.
type Box struct {
	BoxFields
	Head
}

// SlotFields are what a caller may write of a slot.
type SlotFields struct {
	ID      smartbox.SlotID `json:"id,omitempty" doc:"Chosen when it is created, or else given; never changes."`
	Box     smartbox.BoxID  `json:"box"`
	Number  uint16          `json:"number" minimum:"1" maximum:"9999" doc:"Printed on the door; unique in its box."`
	Retired bool            `json:"retired" required:"false" doc:"Out of service."`
}

// Slot is one lockable compartment of a box.
type Slot struct {
	SlotFields
	Head
}

func (s *server) boxes() {
	things[boxList](s, boxResource(s.dir))
	things[slotList](s, slotResource(s.dir))
	s.boxState()
}

type boxList struct {
	SearchQuery
	Location string `query:"location" maxLength:"12" doc:"At this location alone."`
}

func (l *boxList) list() (directory.List, error) {
	d := l.base()
	return d, filter[smartbox.Location](&d, directory.FieldLocation, "location", l.Location)
}

type slotList struct {
	PageQuery
	Box string `query:"box" maxLength:"12" doc:"Of this box alone."`
}

func (l *slotList) list() (directory.List, error) {
	d := l.base()
	return d, filter[smartbox.Box](&d, directory.FieldBox, "box", l.Box)
}

func boxFields(b *directory.Box) BoxFields {
	f := BoxFields{
		ID: b.ID, Name: b.Name, Location: b.Location, Language: b.Language, NeedPIN: b.NeedPIN, GoTo: b.GoTo,
		Policy: BoxPolicy{
			AllowUnrecorded: b.Policy.AllowUnrecorded, AllowUntrustedClock: b.Policy.AllowUntrustedClock,
			PickupsOnBattery: b.Policy.PickupsOnBattery, DoorOpenLimitSeconds: seconds(b.Policy.DoorOpenLimit),
		},
	}
	for _, r := range b.Reasons {
		f.Reasons = append(f.Reasons, PickupReason{r.Number, r.Text})
	}
	return f
}

func (f *BoxFields) apply(b *directory.Box) error {
	setGiven(&b.ID, f.ID)
	b.Name, b.Location, b.Language, b.NeedPIN, b.GoTo = f.Name, f.Location, f.Language, f.NeedPIN, f.GoTo
	b.Policy = smartbox.BoxPolicy{
		AllowUnrecorded: f.Policy.AllowUnrecorded, AllowUntrustedClock: f.Policy.AllowUntrustedClock,
		PickupsOnBattery: f.Policy.PickupsOnBattery, DoorOpenLimit: fromSeconds(f.Policy.DoorOpenLimitSeconds),
	}
	b.Reasons = nil
	for _, r := range f.Reasons {
		b.Reasons = append(b.Reasons, smartbox.PickupReason{Number: r.Number, Text: r.Text})
	}
	return nil
}

func boxResource(d *directory.Service) resource[directory.Box, smartbox.BoxID, BoxFields, Box] {
	return resource[directory.Box, smartbox.BoxID, BoxFields, Box]{
		one: "box", many: "boxes", tag: "Boxes", read: BoxesRead, write: BoxesWrite, things: d.Boxes,
		meta:   func(b *directory.Box) *directory.Meta { return &b.Meta },
		id:     func(b *directory.Box) *smartbox.BoxID { return &b.ID },
		fields: boxFields,
		apply:  (*BoxFields).apply,
		view:   func(b *directory.Box) Box { return Box{boxFields(b), headOf(b.Meta)} },
	}
}

func slotResource(d *directory.Service) resource[directory.Slot, smartbox.SlotID, SlotFields, Slot] {
	fields := func(l *directory.Slot) SlotFields {
		return SlotFields{ID: l.ID, Box: l.Box, Number: l.Number, Retired: l.Retired}
	}
	return resource[directory.Slot, smartbox.SlotID, SlotFields, Slot]{
		one: "slot", many: "slots", tag: "Boxes", read: BoxesRead, write: BoxesWrite, things: d.Slots,
		meta:   func(l *directory.Slot) *directory.Meta { return &l.Meta },
		id:     func(l *directory.Slot) *smartbox.SlotID { return &l.ID },
		fields: fields,
		apply: func(f *SlotFields, l *directory.Slot) error {
			setGiven(&l.ID, f.ID)
			l.Box, l.Number, l.Retired = f.Box, f.Number, f.Retired
			return nil
		},
		view: func(l *directory.Slot) Slot { return Slot{fields(l), headOf(l.Meta)} },
	}
}
