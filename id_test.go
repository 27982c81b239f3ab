package smartbox_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smartbox"
)

var idText = rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,11}`)

func TestIDKeepsItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := idText.Draw(t, "a"), idText.Draw(t, "b")
		ia, err := smartbox.ParseID[smartbox.Key](a)
		if err != nil {
			t.Fatal(err)
		}
		ib := smartbox.MustID[smartbox.Key](b)
		if ia.String() != a || !ia.Valid() {
			t.Fatalf("%q came back as %q", a, ia)
		}
		if (ia < ib) != (a < b) {
			t.Fatalf("%q and %q are ordered otherwise than their ids", a, b)
		}
	})
}

func TestIDRefuses(t *testing.T) {
	for _, s := range []string{"-a", "Anna", "a b", "ä", "1234567890123", "a_b", "\x00"} {
		if _, err := smartbox.ParseID[smartbox.User](s); !errors.Is(err, smartbox.ErrID) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestIDFromAnyNumberIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := smartbox.UserID(rapid.Uint64().Draw(t, "id"))
		s := id.String()
		if id.Valid() == strings.Contains(s, "?") && id.Valid() {
			t.Fatalf("%d is %q and said to be valid", uint64(id), s)
		}
	})
}

func TestIDInJSON(t *testing.T) {
	in := map[string]smartbox.SlotID{"slot": smartbox.MustID[smartbox.Slot]("s-7")}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"slot":"s-7"}` {
		t.Fatal(string(b), err)
	}
	var out map[string]smartbox.SlotID
	if err := json.Unmarshal(b, &out); err != nil || out["slot"] != in["slot"] {
		t.Fatal(out, err)
	}
	if err := json.Unmarshal([]byte(`{"slot":"S 7"}`), &out); !errors.Is(err, smartbox.ErrID) {
		t.Fatal(err)
	}
}

// TestValidIsWhatParsesBack compares the arithmetic of Valid with its definition.
func TestValidIsWhatParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := smartbox.UserID(rapid.Uint64().Draw(t, "id"))
		if rapid.Bool().Draw(t, "real") {
			id = smartbox.MustID[smartbox.User](idText.Draw(t, "text")) + smartbox.UserID(rapid.Uint64Max(2).Draw(t, "off"))
		}
		back, err := smartbox.ParseID[smartbox.User](id.String())
		if want := err == nil && back == id; id.Valid() != want {
			t.Fatalf("%d is %q; valid: %v, want %v", uint64(id), id, id.Valid(), want)
		}
	})
}
