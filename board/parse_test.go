package board_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/board"
)

var update = flag.Bool("update", false, "write the golden files")

func TestBuiltinProfilesAreWhole(t *testing.T) {
	want := []string{"generic-8", "rpi-16", "rpi-8", "sim-8"}
	if d := cmp.Diff(want, board.Names()); d != "" {
		t.Fatal(d)
	}
	for _, name := range want {
		p, err := board.Builtin(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Name != name || p.Title == "" {
			t.Errorf("%s: calls itself %q, %q", name, p.Name, p.Title)
		}
		if n := len(p.Slots); fmt.Sprint(n) != name[strings.LastIndexByte(name, '-')+1:] {
			t.Errorf("%s has %d slots", name, n)
		}
	}
}

func TestBuiltinUnknownNamesWhatThereIs(t *testing.T) {
	_, err := board.Builtin("rpi-9")
	var unknown *board.UnknownProfileError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "rpi-16, rpi-8") {
		t.Errorf("got %v", err)
	}
}

func TestParseReadsCompactNotation(t *testing.T) {
	p, err := board.Builtin("rpi-16")
	if err != nil {
		t.Fatal(err)
	}
	want := board.Slot{
		ID:      smartbox.MustID[smartbox.Slot]("s15"),
		Lock:    board.Pin{Expander: "locks", Bit: 14},
		Contact: board.Pin{Expander: "extra", Bit: 0},
		Hook:    board.Pin{Expander: "extra", Bit: 8},
		Light:   board.Pin{Expander: "lamps", Bit: 14},
	}
	if d := cmp.Diff(want, p.Slots[14]); d != "" {
		t.Error(d)
	}
	lines := []string{"GPIO27", "GPIO5", "GPIO22", "GPIO17", "GPIO18", "GPIO23", "GPIO24", "GPIO25"}
	if d := cmp.Diff(lines, p.Lines()); d != "" {
		t.Error(d)
	}
}

// mutations of rpi-8: what is replaced by what. Each must be refused, and the golden file says how.
var mutations = []struct{ name, from, to string }{
	{"unknown field", "title:", "titel:"},
	{"unknown field inside", "{i2c: main, address: 0x20}", "{i2c: main, speed: 0x20}"},
	{"doubled field", "reader: {type: pn532-uart, uart: reader}", "display: {type: none}\nreader: {type: none}"},
	{"doubled expander", "  doors: {", "  locks: {i2c: main, address: 0x26}\n  doors: {"},
	{"list for a map", "sounder: {pin: GPIO18}", "sounder: [GPIO18]"},
	{"text for a number", "address: 0x34", "address: lots"},
	{"too large a number", "address: 0x34", "address: 99999999999999999999"},
	{"not YAML", "sounder: {pin: GPIO18}", "sounder: {pin: GPIO18"},
	{"tab", "  main: {bus", "\tmain: {bus"},
	{"second document", "sounder: {", "---\nsounder: {"},
	{"anchor", "main: {bus: /dev/i2c-1, speed: 400kHz}", "main: &a {bus: /dev/i2c-1}"},
	{"alias", "speed: 400kHz", "speed: *a"},
	{"tag", "speed: 400kHz", "speed: !!str 400kHz"},
	{"no name", "profile: rpi-8", "profile: \"\""},
	{"bad name", "profile: rpi-8", "profile: RPi 8"},
	{"bad chip", "i2c:\n", "gpio: chip zero\ni2c:\n"},
	{"no device of a bus", "bus: /dev/i2c-1, ", ""},
	{"speed without sense", "400kHz", "fast"},
	{"speed out of range", "400kHz", "4MHz"},
	{"two names for a bus", "uart:\n", "  other: {bus: /dev/i2c-1}\nuart:\n"},
	{"no device of a port", "{port: /dev/serial0}", "{}"},
	{"unused bus", "uart:\n", "  other: {bus: /dev/i2c-3}\nuart:\n"},
	{"unused port", "expanders:\n", "  other: {port: /dev/ttyS1}\n\nexpanders:\n"},
	{"unused expander", "  doors: {", "  spare: {i2c: main, address: 0x26}\n  doors: {"},
	{"unknown bus", "{i2c: main, address: 0x20}", "{i2c: mian, address: 0x20}"},
	{"no bus", "{i2c: main, address: 0x20}", "{address: 0x20}"},
	{"no address", "{i2c: main, address: 0x20}", "{i2c: main}"},
	{"address clash", "address: 0x22", "address: 0x21"},
	{"address clash of two kinds", "address: 0x27, columns", "address: 0x20, columns"},
	{"address out of range", "address: 0x22", "address: 0x32"},
	{"keypad address", "address: 0x34", "address: 0x35"},
	{"line used twice", "tamper: {pin: GPIO23", "tamper: {pin: GPIO24"},
	{"interrupt used twice", "int: GPIO22", "int: GPIO27"},
	{"interrupt on an expander", "int: GPIO22", "int: doors.B6"},
	{"expander pin used twice", "locks.B0-B7", "locks.A7-A0"},
	{"one lock for two slots", "locks.A0-A7", "locks.A0-A6,A6"},
	{"unknown expander", "hooks.A0-A6,B0", "hocks.A0-A6,B0"},
	{"output only pin", "hooks.A0-A6,B0", "hooks.A0-A7"},
	{"too few pins", "locks: locks.A0-A7", "locks: locks.A0-A6"},
	{"pin that is none", "locks: locks.A0-A7", "locks: locks.A0-A8"},
	{"pin without an expander", "locks: locks.A0-A7", "locks: .A0-A7"},
	{"lock on a line", "locks: locks.A0-A7", "locks: G0,G1,G2,G3,G4,G5,G6,G7"},
	{"two pins for one", "pin: GPIO18", "pin: \"GPIO18,GPIO19\""},
	{"line with a blank", "pin: GPIO18", "pin: GPIO 18"},
	{"sounder tone on an expander", "pin: GPIO18", "tone: true, pin: hooks.B7"},
	{"input without its pin", "{pin: GPIO24, active: low}", "{active: low}"},
	{"no level", "{pin: GPIO24, active: low}", "{pin: GPIO24, active: off}"},
	{"no level of a sensor", "keys: low", "keys: gone"},
	{"no slots", "slots: s1-s8", "slots: \"\""},
	{"slots backwards", "slots: s1-s8", "slots: s8-s1"},
	{"slot twice", "slots: s1-s8", "slots: \"s1-s7,s3\""},
	{"slot that is no id", "slots: s1-s8", "slots: S1-S8"},
	{"too many slots", "slots: s1-s8", "slots: s1-s999"},
	{"no locks", "    locks: locks.A0-A7\n", ""},
	{"pulse without a unit", "pulse: 400ms", "pulse: 400"},
	{"pulse too long", "pulse: 400ms", "pulse: 30s"},
	{"pulse too short", "pulse: 400ms", "pulse: 1ms"},
	{"debounce too long", "debounce: 20ms", "debounce: 2s"},
	{"unknown keypad", "type: tca8418", "type: tca8419"},
	{"keypad of another type", "type: tca8418", "type: matrix"},
	{"matrix on two expanders", "  type: tca8418\n  i2c: main\n  address: 0x34\n  int: GPIO17", "  type: matrix\n  rows: hooks.B1-B4\n  columns: doors.B1-B3"},
	{"matrix on lines", "  type: tca8418\n  i2c: main\n  address: 0x34\n  int: GPIO17", "  type: matrix\n  rows: \"A,B,C,D\"\n  columns: \"E,F,G\""},
	{"layout without a key", `"*0#"`, `"*0."`},
	{"layout with a key twice", `"*0#"`, `"*00"`},
	{"layout with a letter", `"*0#"`, `"A0#"`},
	{"layout not a rectangle", `"*0#"`, `"*0#1"`},
	{"no reader type", "{type: pn532-uart, uart: reader}", "{uart: reader}"},
	{"unknown reader", "type: pn532-uart", "type: osdp"},
	{"unknown port", "uart: reader}", "uart: raeder}"},
	{"wiegand without lines", "{type: pn532-uart, uart: reader}", "{type: wiegand, bits: 26}"},
	{"wiegand length", "{type: pn532-uart, uart: reader}", "{type: wiegand, d0: GPIO5, d1: GPIO6, bits: 32}"},
	{"wiegand line twice", "{type: pn532-uart, uart: reader}", "{type: wiegand, d0: GPIO5, d1: GPIO5, bits: 26}"},
	{"wiegand reversed", "{type: pn532-uart, uart: reader}", "{type: wiegand, d0: GPIO5, d1: GPIO6, bits: 26, parity: reversed}"},
	{"bits of a PN532", "uart: reader}", "uart: reader, bits: 26}"},
	{"display too large", "columns: 20", "columns: 40"},
	{"display that nobody makes", "columns: 20", "columns: 18"},
	{"tamper on an expander", "tamper: {pin: GPIO23", "tamper: {pin: doors.B6"},
	{"display out of range", "rows: 4", "rows: 9"},
	{"unknown display", "type: hd44780", "type: crt"},
	{"several at once", "int: GPIO22", "int: doors.B6, speed: 1"},
}

func TestParseRefuses(t *testing.T) {
	good, err := board.Source("rpi-8")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, m := range mutations {
		if !strings.Contains(string(good), m.from) {
			t.Errorf("%s: %q does not stand in the profile", m.name, m.from)
		}
		_, err := board.Parse("box.yaml", []byte(strings.Replace(string(good), m.from, m.to, 1)))
		checkErrors(t, m.name, err)
		fmt.Fprintf(&got, "%s\n", m.name)
		for line := range strings.Lines(fmt.Sprint(err) + "\n") {
			fmt.Fprintf(&got, "\t%s", line)
		}
	}
	golden(t, "testdata/errors.golden", got.String())
}

func TestParseRefusesWhatIsNoProfile(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"nothing", "", "empty"},
		{"a comment", "# nothing\n", "empty"},
		{"a text", "hello", "list of fields"},
		{"a list", "- a\n- b\n", "list of fields"},
		{"binary", "profile: \x00", "UTF-8"},
		{"Latin-1", "profile: \xe9", "UTF-8"},
		{"huge", strings.Repeat("# x\n", board.MaxFile), "may have"},
		{"deep", "a: " + strings.Repeat("[", 5000), "deeper"},
	} {
		_, err := board.Parse("box.yaml", []byte(tc.in))
		checkErrors(t, tc.name, err)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q in it", tc.name, err, tc.want)
		}
	}
}

// checkErrors holds every error of Parse to the form that callers rely on.
func checkErrors(t *testing.T, name string, err error) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Errorf("%s: accepted, or one bare error: %v", name, err)
		return
	}
	for _, e := range joined.Unwrap() {
		var one *board.Error
		if !errors.As(e, &one) || one.Line < 1 || one.Column < 1 || one.What == "" || one.File != "box.yaml" {
			t.Errorf("%s: %#v", name, e)
			continue
		}
		if strings.ContainsAny(one.What, "\n") {
			t.Errorf("%s: more than one line: %q", name, one.What)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", file, d)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range board.Names() {
		b, err := board.Source(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		for _, m := range mutations {
			f.Add([]byte(strings.Replace(string(b), m.from, m.to, 1)))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := board.Parse("box.yaml", b)
		if err != nil {
			checkErrors(t, "fuzzed", err)
			return
		}
		seen := map[board.Pin]bool{}
		for _, s := range p.Slots {
			for _, pin := range []board.Pin{s.Lock, s.Contact, s.Hook, s.Bolt, s.Light} {
				if !pin.None() && seen[pin] {
					t.Fatalf("%s is used twice", pin)
				}
				seen[pin] = true
			}
			if s.Lock.None() || s.Lock.Expander == "" || s.ID == 0 {
				t.Fatalf("slot %q without a lock that fails safe", s.ID)
			}
		}
		if len(p.Slots) == 0 || p.Locks.Pulse > board.MaxPulse {
			t.Fatalf("%d slots, pulse %s", len(p.Slots), p.Locks.Pulse)
		}
	})
}
