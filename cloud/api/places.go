package api

import (
	"smartbox"
	"smartbox/cloud/directory"
)

// LocationFields are what a caller may write of a location.
type LocationFields struct {
	ID   smartbox.LocationID `json:"id,omitempty" doc:"Chosen when it is created, or else given; never changes."`
	Name string              `json:"name" minLength:"1" maxLength:"100"`
	Zone string              `json:"zone" minLength:"1" maxLength:"60" doc:"IANA time zone." example:"Europe/Berlin"`
}

// Location is a place with a time zone.
type Location struct {
	LocationFields
	Head
}

// HolidayFields are what a caller may write of a holiday.
type HolidayFields struct {
	ID       directory.HolidayID `json:"id,omitempty" doc:"Chosen when it is created, or else given; never changes."`
	Location smartbox.LocationID `json:"location,omitempty" doc:"Where; everywhere if it is not there."`
	Date     string              `json:"date" format:"date" example:"2026-12-24"`
	Name     string              `json:"name" minLength:"1" maxLength:"100"`
}

// Holiday is one whole day at a location, or everywhere.
type Holiday struct {
	HolidayFields
	Head
}

func (s *server) places() {
	things[namedList](s, locations(s.dir))
	things[holidayList](s, holidays(s.dir))
}

func locations(d *directory.Service) resource[directory.Location, smartbox.LocationID, LocationFields, Location] {
	fields := func(l *directory.Location) LocationFields {
		return LocationFields{ID: l.ID, Name: l.Name, Zone: l.Zone}
	}
	return resource[directory.Location, smartbox.LocationID, LocationFields, Location]{
		one: "location", many: "locations", tag: "Places", read: BoxesRead, write: BoxesWrite, things: d.Locations,
		meta:   func(l *directory.Location) *directory.Meta { return &l.Meta },
		id:     func(l *directory.Location) *smartbox.LocationID { return &l.ID },
		fields: fields,
		apply: func(f *LocationFields, l *directory.Location) error {
			setGiven(&l.ID, f.ID)
			l.Name, l.Zone = f.Name, f.Zone
			return nil
		},
		view: func(l *directory.Location) Location { return Location{fields(l), headOf(l.Meta)} },
	}
}

// setGiven sets a field where there is something to set.
func setGiven[T comparable](field *T, value T) {
	var zero T
	if value != zero {
		*field = value
	}
}

type holidayList struct {
	PageQuery
	Location string `query:"location" maxLength:"12" doc:"At this location alone."`
}

func (l *holidayList) list() (directory.List, error) {
	d := l.base()
	return d, filter[smartbox.Location](&d, directory.FieldLocation, "location", l.Location)
}

func holidays(d *directory.Service) resource[directory.Holiday, directory.HolidayID, HolidayFields, Holiday] {
	fields := func(h *directory.Holiday) HolidayFields {
		return HolidayFields{ID: h.ID, Location: h.Location, Date: day(h.Date), Name: h.Name}
	}
	return resource[directory.Holiday, directory.HolidayID, HolidayFields, Holiday]{
		one: "holiday", many: "holidays", tag: "Places", read: KeysRead, write: KeysWrite, things: d.Holidays,
		text:   "Schedules say what holds on a holiday of the key's location.",
		meta:   func(h *directory.Holiday) *directory.Meta { return &h.Meta },
		id:     func(h *directory.Holiday) *directory.HolidayID { return &h.ID },
		fields: fields,
		apply: func(f *HolidayFields, h *directory.Holiday) error {
			date, ok := parseDay(f.Date)
			if !ok {
				return invalid("date", "is no day", "write it as 2026-12-24")
			}
			setGiven(&h.ID, f.ID)
			h.Location, h.Date, h.Name = f.Location, date, f.Name
			return nil
		},
		view: func(h *directory.Holiday) Holiday { return Holiday{fields(h), headOf(h.Meta)} },
	}
}
