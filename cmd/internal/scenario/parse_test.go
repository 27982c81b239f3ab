package scenario_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"smartbox/cmd/internal/scenario"
)

const base = `box: {name: Yard}
location: {name: Depot, zone: Europe/Berlin}
slots: 8
keys: [{name: Van 3, slot: 3, fob: "uid:04A10000"}]
users: [{name: Anna, code: 4711, grants: key:Van 3}]
`

func include(name string) ([]byte, error) {
	if name == "base" {
		return []byte(base), nil
	}
	return nil, fs.ErrNotExist
}

const first = "rules: 3\nIt shows nothing.\n-- script --\nclock 2026-03-02 09:00 Europe/Berlin synced\n"

const bare = "-- script --\nclock 2026-03-02 09:00 Europe/Berlin synced\n"

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"nothing", "f:1: no script"},
		{"-- script --\n", "f:1: the script is empty"},
		{"-- script --\n> type 1#\n", "f:2: a script begins with"},
		{"-- script --\nclock 2026-03-02 09:00 Europe/Atlantis synced\n", `no time zone "Europe/Atlantis"`},
		{"-- script --\nclock today 09:00 Europe/Berlin synced\n", "is no time"},
		{"-- script --\nclock 2026-03-02 09:00 Europe/Berlin sure\n", "unknown clock trust"},
		{"-- script --\nclock 2026-03-02 09:00 Europe/Berlin synced\n-- script --\n", "f:3: section"},
		{first + "type 1#\n", "f:5: a line begins with"},
		{first + "> typ 1#\n", "f:5: \"typ 1#\" is nothing that can happen"},
		{first + "> type 12a\n", "is nothing that can happen"},
		{first + ">\n", "nothing happens here"},
		{first + "=\n", "nothing is expected here"},
		{first + "> door 9 open\n", `there is no slot "9"`},
		{first + "> door 3 ajar\n", "is nothing that can happen"},
		{first + "> tap anna\n", `"anna" is no badge`},
		{first + "> tap uid:zz\n", "badge"},
		{first + "> battery low 101\n", "no percentage"},
		{first + "> fault brain\n", `no part "brain"`},
		{first + "> fault locks 5-9\n", "no slot or range"},
		{first + "> apply nowhere\n", `no section "nowhere"`},
		{first + "> clock 2026-03-02 soon synced\n", "is no time"},
		{first + "> key 3 there moon\n", `no key "moon"`},
		{first + "+2\n", "no length of time"},
		{first + "= display \"open\n", "a quote is not closed"},
		{first + "= record pickup\n", "unknown event"},
		{first + "= record pickup-taken user=ben\n", `no user "ben"`},
		{first + "= record pickup-taken color=red\n", "no field"},
		{first + "= record pickup-taken user\n", "no field=value"},
		{first + "= record pickup-taken count=many\n", "is no number"},
		{first + "= record pickup-taken due=soon\n", "is no time"},
		{first + "= refused moody\n", "moody"},
		{first + "= light 3 green\n", `no light "green"`},
		{first + "= sound boom\n", `no sound "boom"`},
		{first + "= custody van-3 up\n", "custody is"},
		{first + "= custody van-3 slot 3 soon\n", "says nothing about custody"},
		{first + "= answered maybe\n", "maybe"},
		{first + "= peace\n", "nothing that can be expected"},
		{first + "! peace\n", `"!" takes`},
		{first + "ignore peace\n", "unknown event"},
		{"-- cabinet.yaml --\nslots: 99\n" + bare, "1 to 64 slots"},
		{"-- cabinet.yaml --\nslot: 9\n" + bare, "f:2: cabinet.yaml: unknown field"},
		{"-- cabinet.yaml --\nkey-id: [9]\n" + bare, "no slot 9"},
		{"-- people.yaml --\ninclude: base\nusers: [{name: Anna, code: 4x}]\n" + bare, "f:3:28: the access code of anna"},
		{"-- people.yaml --\ninclude: base\nuser: []\n" + bare, "f:3:1: unknown field"},
		{"-- people.yaml --\ninclude: moon\n" + bare, `include "moon"`},
		{"-- people.yaml --\ninclude: people.yaml\n" + bare, "includes itself"},
	} {
		f, err := scenario.Parse("f", []byte(c.text), include)
		if err == nil || f != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q\n gives %v\n want  %s", strings.TrimPrefix(c.text, first), err, c.want)
		}
	}
}

// TestRunTells shows that what is wrong in a run is found, each with its line: a test that cannot fail shows nothing.
func TestRunTells(t *testing.T) {
	const pickup = "> type 4711#\n= record pickup-authorised user=anna\n= unlock 3\n"
	for _, c := range []struct {
		text string
		line int
		want string
	}{
		{"> type 4711#\n", 5, "not expected on record: pickup-authorised"},
		{"> type 4711#\n= record pickup-authorised\n", 5, "slot 3 was unlocked"},
		{"> type 4711#\n= record pickup-taken\n", 6, "next on record is: pickup-authorised"},
		{"> type 4711#\n= record pickup-authorised user=none\n", 6, "user=none does not hold"},
		{"> type 4711#\n= record pickup-authorised\n= unlock 4\n", 7, "slot s3 was unlocked"},
		{"> type 4711#\n= record pickup-authorised\n! unlock\n", 7, "were unlocked"},
		{pickup + "= unlock 3\n", 8, "no lock moved"},
		{pickup + "= record pickup-taken\n", 8, "nothing more is on record"},
		{pickup + "= display \"Hello\"\n", 8, "the display says"},
		{pickup + "! display \"Door 3\"\n", 8, "but it did"},
		{pickup + "= held anna van-3\n", 8, "anna holds []"},
		{pickup + "= custody van-3 nowhere\n", 8, "van-3 is slot s3"},
		{pickup + "= light 3 off\n", 8, "the light of slot 3 is on"},
		{pickup + "= sound alarm\n", 8, `sound "alarm" was not made`},
		{pickup + "= answered granted\n", 8, "no order was answered"},
		{pickup + "= why \"the moon\"\n", 8, "it is explained by"},
		{"> start synced\n", 5, "power already"},
		{"> cut\n> type 1\n", 6, "no power"},
		{"> door 3 open\n", 5, "door-forced slot=3"},
	} {
		f, err := scenario.Parse("f", []byte(first+c.text), include)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		v := scenario.RunMachine(f)
		found := false
		for _, fail := range v.Failures {
			found = found || (fail.Line == c.line && strings.Contains(fail.Text, c.want))
		}
		if !found || v.OK() || !strings.HasPrefix(v.String(), "FAIL f") {
			t.Errorf("%q\n gives %s\n want line %d: %s", c.text, v, c.line, c.want)
		}
	}
}

// FuzzParse: any text is an error or a file that can be played to its end.
func FuzzParse(f *testing.F) {
	for _, path := range sessions(f) {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := scenario.Parse("f", b, include)
		if err != nil {
			var e *scenario.Error
			if file != nil || (!errors.As(err, &e) && !strings.Contains(err.Error(), "f")) {
				t.Fatalf("%q has no place", err)
			}
			return
		}
		if v := scenario.RunMachine(file); v.Name != "f" {
			t.Fatal(v)
		}
	})
}
