package keypad_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox/device"
	"smartbox/device/keypad"
)

func TestLayoutCheck(t *testing.T) {
	for name, l := range map[string]keypad.Layout{"telephone": keypad.Telephone(), "square": keypad.Square()} {
		if err := l.Check(4, 4); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, l := range map[string]keypad.Layout{
		"none":          nil,
		"five rows":     {"1", "2", "3", "4", "5"},
		"five columns":  {"12345"},
		"ragged":        {"123", "45"},
		"an empty row":  {""},
		"a letter":      {"12A"},
		"a key twice":   {"121"},
		"no key at all": {"  "},
	} {
		if err := l.Check(4, 4); !errors.Is(err, keypad.ErrLayout) {
			t.Errorf("%s: error %v, want ErrLayout", name, err)
		}
	}
}

func TestLayoutFind(t *testing.T) {
	l := keypad.Square()
	for r := range 4 {
		for c := range 4 {
			k := l.Key(r, c)
			if (k == 0) != (c == 3) {
				t.Errorf("row %d, column %d: %q", r, c, k)
			}
			if k == 0 {
				continue
			}
			if gr, gc, ok := l.Find(k); !ok || gr != r || gc != c {
				t.Errorf("%c is found at %d, %d, %t; want %d, %d", k, gr, gc, ok, r, c)
			}
		}
	}
	for _, at := range [][2]int{{-1, 0}, {0, -1}, {4, 0}, {0, 4}} {
		if k := l.Key(at[0], at[1]); k != 0 {
			t.Errorf("outside the layout there is %q", k)
		}
	}
	if _, _, ok := l.Find(' '); ok {
		t.Error("a place without a key was found")
	}
	if _, _, ok := l.Find('A'); ok {
		t.Error("A was found")
	}
}

func TestHeld(t *testing.T) {
	var got []device.Event
	emit := func(e device.Event) { got = append(got, e) }
	h := keypad.Held{Name: "pad", Limit: 30 * time.Second}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	h.Press(now, '1', emit)
	h.Press(now, '1', emit)
	h.Press(now, 0, emit) // a place without a key
	h.Release(now, '2', emit)
	h.Check(now.Add(30*time.Second), emit)
	want := []device.Event{device.Pressed{Key: '1'}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !h.Any() || !h.Busy() {
		t.Error("a key is down and nobody says so")
	}

	got = nil
	h.Check(now.Add(31*time.Second), emit)
	h.Check(now.Add(time.Hour), emit)
	if len(got) != 1 || !errors.Is(got[0].(device.Health).Err, keypad.ErrStuck) || h.Busy() || !h.Any() {
		t.Errorf("reported %+v, want one key that is stuck", got)
	}
	got = nil
	h.Forget(now.Add(time.Hour), emit)
	if len(got) != 1 || got[0].(device.Health).Err != nil || got[0].(device.Health).After != time.Hour || h.Any() {
		t.Errorf("reported %+v, want it free", got)
	}
}
