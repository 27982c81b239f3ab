package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smartbox"
)

// args makes arguments for a message's verbs, each as long as given.
func args(format, name string, number int) (out []any) {
	for i := 0; i+1 < len(format); i++ {
		switch format[i : i+2] {
		case "%s":
			out = append(out, name)
		case "%d":
			out = append(out, number)
		}
	}
	return out
}

func TestEveryMessageFitsTheDisplay(t *testing.T) {
	long := strings.Repeat("Größe ", 20)
	for id := range messages {
		format := english[id]
		if format == "" {
			t.Errorf("message %d has no English text", id)
			continue
		}
		for _, lang := range []string{"", "en", "xx"} {
			lines := Words(lang).Text(id, args(format, long, 64)...)
			check(t, fmt.Sprintf("message %d", id), lines)
		}
		for _, l := range Words("en").Text(id, args(format, "Van 3", 64)...) {
			if strings.HasSuffix(l, "…") {
				t.Errorf("message %d is cut with a short name: %q", id, l)
			}
			if strings.Contains(l, "%!") {
				t.Errorf("message %d: %q", id, l)
			}
		}
	}
}

func TestEveryReasonFitsTheDisplay(t *testing.T) {
	for r := smartbox.Granted; r <= smartbox.SlotEmpty; r++ {
		lines := Words("en").Reason(r)
		check(t, r.String(), lines)
		if len(lines) > 2 || strings.Contains(strings.Join(lines, ""), "…") {
			t.Errorf("%s does not fit two lines: %q", r, lines)
		}
	}
}

// What to do about it has a line of its own: nobody reads "Maintenance Returns, only".
func TestAReasonBreaksWhereItsSentenceEnds(t *testing.T) {
	for r, want := range map[smartbox.Reason][]string{
		smartbox.UnderMaintenance: {"Maintenance", "Returns only"},
		smartbox.BatteryTooLow:    {"Low battery", "Returns only"},
		smartbox.SlotBusy:         {"Slot in use", "Please wait"},
		smartbox.KeyBlocked:       {"Key blocked", "Ask administrator"},
		smartbox.NotReady:         {"Starting", "Please wait"},
		smartbox.BadgeNotActive:   {"New badge: enter", "your code"},
	} {
		if got := Words("en").Reason(r); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", r, got, want)
		}
	}
}

func TestALongWordIsCutWithAMark(t *testing.T) {
	got := Words("en").Text(MsgReturn, "Schlüssel für den Hof")
	if got[0] != "return Schlüssel fü…" {
		t.Errorf("%q", got)
	}
}

func check(t *testing.T, what string, lines []string) {
	t.Helper()
	if len(lines) == 0 || len(lines) > Rows {
		t.Errorf("%s has %d lines", what, len(lines))
	}
	for _, l := range lines {
		if n := len([]rune(l)); n > Columns {
			t.Errorf("%s: %q has %d columns", what, l, n)
		}
	}
}
