package snapfile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"smartbox"
)

// Options are what a build needs besides the files.
type Options struct {
	Key   *smartbox.BoxKey  // codes and badges are digested under it
	Zones smartbox.ZoneFunc // such as time.LoadLocation
	Now   time.Time         // stands for `issued` where the files do not say
	// Revision stands for `revision` where the files do not say.
	Revision smartbox.Revision
}

// Build makes one snapshot out of a box's file and any number of others, which bring more of everything but the box.
// It is normalized and valid. The warnings are sentences about what is allowed and unwise; the error is an Errors with
// all that is wrong.
func Build(o Options, files ...*File) (s *smartbox.Snapshot, warnings []string, err error) {
	b := &builder{opts: o, snap: &smartbox.Snapshot{}, ids: map[string]map[string]Text{}, slugs: map[string]map[string]string{}}
	all := merge(b, files)
	b.file = all.Name
	b.all(all)
	if len(b.errs) > 0 {
		return nil, b.warnings, b.errs
	}
	b.snap.Normalize()
	if err := b.snap.Validate(o.Zones); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			b.errs = append(b.errs, &Error{File: all.Name, Text: line})
		}
		return nil, b.warnings, b.errs
	}
	return b.snap, b.warnings, nil
}

type builder struct {
	opts     Options
	snap     *smartbox.Snapshot
	file     string
	zone     *time.Location // of the box
	place    smartbox.LocationID
	errs     Errors
	warnings []string
	ids      map[string]map[string]Text   // kind → id → the name or id it was made from
	slugs    map[string]map[string]string // kind → uncut slug of a name → id
	creds    []cred
}

// merge puts the lists of all files together. The first file that names a box is the box's.
func merge(b *builder, files []*File) *File {
	all := &File{}
	for _, f := range files {
		if f.Include.Given() {
			b.file = f.Name
			b.fail(f.Include, "include is not followed here; give both files")
		}
		if f.Box != (Box{}) || all.Name == "" {
			if all.Box != (Box{}) {
				b.errs = append(b.errs, &Error{File: f.Name, Text: "a second file with a box; give one box's file and others with people only"})
			}
			head := *f
			head.Users, head.Keys, head.Groups = all.Users, all.Keys, all.Groups
			head.Schedules, head.Bookings, head.Locations = all.Schedules, all.Bookings, all.Locations
			*all = head
		}
		all.Locations = append(all.Locations, f.Locations...)
		all.Groups = append(all.Groups, f.Groups...)
		all.Keys = append(all.Keys, f.Keys...)
		all.Schedules = append(all.Schedules, f.Schedules...)
		all.Users = append(all.Users, f.Users...)
		all.Bookings = append(all.Bookings, f.Bookings...)
	}
	return all
}

// all builds in the order of references: what is pointed at comes before what points.
func (b *builder) all(f *File) {
	b.locations(f)
	b.box(f)
	b.slots(f)
	b.groups(f)
	b.schedules(f)
	names := b.userNames(f) // before the keys, which may be held by one
	b.keys(f)
	b.users(f, names)
	b.bookings(f)
	b.credentials()
	b.snap.Revision = b.revision(f.Revision)
	b.snap.IssuedAt = b.stamp(f.Issued)
	if b.snap.IssuedAt == 0 {
		b.snap.IssuedAt = smartbox.StampOf(b.opts.Now)
	}
}

// fail notes an error at t. The text must not hold a code or a badge.
func (b *builder) fail(t Text, format string, args ...any) {
	const most = 50 // more than anybody mends in one go
	if len(b.errs) < most {
		b.errs = append(b.errs, &Error{File: b.file, Line: t.Line, Column: t.Column, Text: fmt.Sprintf(format, args...)})
	}
}

// assign gives a thing its id: the one that is written, else one made from its name. Two things with one id are an error.
func assign[T any](b *builder, kind string, id, name Text) smartbox.ID[T] {
	from := id
	text := id.Value
	if !id.Given() {
		from, text = name, Slug(name.Value)
	}
	if text == "" {
		b.fail(from, "a %s needs a name with a letter or a digit, or an id", kind)
		return 0
	}
	parsed, err := smartbox.ParseID[T](text)
	if err != nil {
		b.fail(from, "%s: %v", kind, err)
		return 0
	}
	if b.ids[kind] == nil {
		b.ids[kind], b.slugs[kind] = map[string]Text{}, map[string]string{}
	}
	if first, taken := b.ids[kind][text]; taken {
		b.fail(from, "%s %q has the id %q, which %q in line %d has; write an `id:` of its own (at most %d of a-z, 0-9, -) to one of them",
			kind, from.Value, text, first.Value, first.Line, smartbox.MaxID)
		return 0
	}
	b.ids[kind][text] = from
	if full := slug(name.Value); full != "" {
		b.slugs[kind][full] = text
	}
	return parsed
}

// find follows a reference by id or by name. An empty one is 0.
func find[T any](b *builder, kind string, ref Text) smartbox.ID[T] {
	if !ref.Given() {
		return 0
	}
	for _, text := range []string{ref.Value, b.slugs[kind][slug(ref.Value)], Slug(ref.Value)} {
		if _, ok := b.ids[kind][text]; ok {
			id, _ := smartbox.ParseID[T](text) // assigned ids parse
			return id
		}
	}
	b.fail(ref, "there is no %s %q; write its name or id as it stands in the list of %ss", kind, ref.Value, kind)
	return 0
}

func (b *builder) yes(t Text, otherwise bool) bool {
	switch strings.ToLower(t.Value) {
	case "":
		return otherwise
	case "true", "yes", "on":
		return true
	case "false", "no", "off":
		return false
	default:
		b.fail(t, "%q is neither yes nor no", t.Value)
		return otherwise
	}
}

func (b *builder) number(t Text, lowest, highest int) int {
	if !t.Given() {
		return 0
	}
	n, err := strconv.Atoi(t.Value)
	if err != nil || n < lowest || n > highest {
		b.fail(t, "a number from %d to %d is wanted here", lowest, highest)
		return 0
	}
	return n
}

func (b *builder) duration(t Text) time.Duration {
	if !t.Given() {
		return 0
	}
	d, err := ParseDuration(t.Value)
	if err != nil {
		b.fail(t, "%q is no length of time; %v", t.Value, err)
	}
	return d
}

func (b *builder) stamp(t Text) smartbox.Stamp {
	if !t.Given() {
		return 0
	}
	at, err := ParseTime(t.Value, b.zone)
	if err != nil {
		b.fail(t, "%q is no time; %v", t.Value, err)
	}
	return smartbox.StampOf(at)
}

// revision reads "version" or "epoch.version".
func (b *builder) revision(t Text) smartbox.Revision {
	if !t.Given() {
		return b.opts.Revision
	}
	epoch, version, two := strings.Cut(t.Value, ".")
	if !two {
		epoch, version = "1", t.Value
	}
	e, err1 := strconv.ParseUint(epoch, 10, 64)
	v, err2 := strconv.ParseUint(version, 10, 64)
	if err1 != nil || err2 != nil {
		b.fail(t, `a revision is a number such as 7, or epoch and version such as "1.7"`)
	}
	return smartbox.Revision{Epoch: e, Version: v}
}

// word reads a word of an enumeration of the domain.
func word[E any, P interface {
	*E
	UnmarshalText([]byte) error
}](b *builder, t Text, otherwise E,
) E {
	if !t.Given() {
		return otherwise
	}
	var e E
	if err := P(&e).UnmarshalText([]byte(t.Value)); err != nil {
		b.fail(t, "%v", err)
		return otherwise
	}
	return e
}
