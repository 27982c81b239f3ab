package snapfile

import (
	"errors"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"smartbox/internal/strictyaml"
)

// MaxSize is the greatest size of a people file in bytes.
const MaxSize = 2 << 20

// ParseYAML reads a YAML people file; name is for errors. A field that is unknown or doubled, and any slip of syntax,
// is an *Error with line and column.
func ParseYAML(name string, b []byte) (*File, error) {
	if len(b) > MaxSize {
		return nil, &Error{File: name, Text: "the file is larger than 2 MB; move its users to CSV files of less"}
	}
	f := &File{}
	if err := strictyaml.Decode(b, f); err != nil {
		return nil, yamlError(name, b, err)
	}
	f.Name = name
	f.stamp()
	return f, nil
}

// stamp notes in each thing which file it stood in, for errors after files are merged.
func (f *File) stamp() {
	if f.Location != nil {
		f.Location.file = f.Name
	}
	for i := range f.Locations {
		f.Locations[i].file = f.Name
	}
	for i := range f.Groups {
		f.Groups[i].file = f.Name
	}
	for i := range f.Keys {
		f.Keys[i].file = f.Name
	}
	for i := range f.Schedules {
		f.Schedules[i].file = f.Name
	}
	for i := range f.Users {
		f.Users[i].file = f.Name
	}
	for i := range f.Bookings {
		f.Bookings[i].file = f.Name
	}
}

// manyDigits could be an access code or a badge number.
var manyDigits = regexp.MustCompile(`[0-9A-Fa-f:-]*[0-9]{3,}[0-9A-Fa-f:-]*`)

// yamlError keeps message and place of a decoder's error and leaves out the lines of source that it quotes, for there
// may be access codes in them.
func yamlError(name string, b []byte, err error) error {
	if own, ok := errors.AsType[*Error](err); ok {
		own.File = name
		return own
	}
	var ye yaml.Error
	if !errors.As(err, &ye) {
		return &Error{File: name, Text: err.Error()}
	}
	e := &Error{File: name, Text: manyDigits.ReplaceAllString(ye.GetMessage(), "…")}
	if tk := ye.GetToken(); tk != nil && tk.Position != nil {
		e.Line, e.Column = tk.Position.Line, tk.Position.Column
	}
	if _, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		if known := strictyaml.Known(b, e.Line, e.Column, File{}); len(known) > 0 {
			e.Text += "; here may stand " + strings.Join(known, ", ")
		}
	}
	return e
}

// Over lays f over base, for files that differ in little: a thing of f takes the place of the one in base that has the
// same id or name, others are added, and the box's single fields are f's where f gives them.
func (f *File) Over(base *File) *File {
	out := *f
	out.Box = overBox(f.Box, base.Box)
	if out.Location == nil && len(out.Locations) == 0 {
		out.Location, out.Locations = base.Location, base.Locations
	}
	if len(out.Slots.Texts) == 0 {
		out.Slots = base.Slots
	}
	if out.Retired == nil {
		out.Retired = base.Retired
	}
	if out.Reasons == nil {
		out.Reasons = base.Reasons
	}
	if !out.Issued.Given() {
		out.Issued = base.Issued
	}
	if !out.Revision.Given() {
		out.Revision = base.Revision
	}
	out.Groups = over(f.Groups, base.Groups, func(g Group) string { return handle(g.ID, g.Name) })
	out.Keys = over(f.Keys, base.Keys, func(k Key) string { return handle(k.ID, k.Name) })
	out.Schedules = over(f.Schedules, base.Schedules, func(s Schedule) string { return handle(s.ID, s.Name) })
	out.Users = over(f.Users, base.Users, func(u User) string { return handle(u.ID, u.Name) })
	out.Bookings = append(append([]Booking(nil), base.Bookings...), f.Bookings...)
	return &out
}

// Ref is the id that the user will have.
func (u User) Ref() string { return handle(u.ID, u.Name) }

// Ref is the id that the key will have.
func (k Key) Ref() string { return handle(k.ID, k.Name) }

// handle is the id that a thing will have.
func handle(id, name Text) string {
	if id.Given() {
		return id.Value
	}
	return Slug(name.Value)
}

func over[T any](top, base []T, handle func(T) string) []T {
	taken := make(map[string]bool, len(top))
	for _, t := range top {
		taken[handle(t)] = true
	}
	var out []T
	for _, b := range base {
		if !taken[handle(b)] {
			out = append(out, b)
		}
	}
	return append(out, top...)
}

func overBox(top, base Box) Box {
	pick := func(t, b Text) Text {
		if t.Given() {
			return t
		}
		return b
	}
	return Box{
		ID: pick(top.ID, base.ID), Name: pick(top.Name, base.Name), Location: pick(top.Location, base.Location),
		Language: pick(top.Language, base.Language), NeedPIN: pick(top.NeedPIN, base.NeedPIN), GoTo: pick(top.GoTo, base.GoTo),
		AllowUnrecorded:     pick(top.AllowUnrecorded, base.AllowUnrecorded),
		AllowUntrustedClock: pick(top.AllowUntrustedClock, base.AllowUntrustedClock),
		PickupsOnBattery:    pick(top.PickupsOnBattery, base.PickupsOnBattery),
		DoorOpenLimit:       pick(top.DoorOpenLimit, base.DoorOpenLimit),
	}
}
