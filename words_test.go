package smartbox_test

import (
	"encoding"
	"fmt"
	"strings"
	"testing"

	"smartbox"
)

// fits tells whether a sentence can stand on two lines of 20 without breaking a word.
func fits(s string) bool {
	line, lines := 0, 1
	for w := range strings.FieldsSeq(s) {
		switch {
		case len(w) > 20:
			return false
		case line == 0:
			line = len(w)
		case line+1+len(w) <= 20:
			line += 1 + len(w)
		default:
			line = len(w)
			lines++
		}
	}
	return lines <= 2
}

func TestEveryReasonHasItsWords(t *testing.T) {
	seen := map[string]smartbox.Reason{}
	for r := smartbox.Granted; r <= smartbox.SlotEmpty; r++ {
		if r.Display() == "" || !fits(r.Display()) {
			t.Errorf("%v: %q does not fit two lines of 20", r, r.Display())
		}
		if !strings.HasSuffix(r.Explain(), ".") {
			t.Errorf("%v: %q is no sentence", r, r.Explain())
		}
		if other, twice := seen[r.String()]; twice || r.String() == "" {
			t.Errorf("%d and %d are both %q", r, other, r)
		}
		seen[r.String()] = r
		var back smartbox.Reason
		if err := back.UnmarshalText([]byte(r.String())); err != nil || back != r {
			t.Errorf("%v came back as %v: %v", r, back, err)
		}
	}
	if s := smartbox.Reason(255).String(); s != "reason(255)" {
		t.Error(s)
	}
}

func TestEveryEventKindHasItsWord(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range smartbox.EventKinds() {
		w := k.String()
		if w == "" || seen[w] || strings.Contains(w, "(") {
			t.Errorf("%d is %q", k, w)
		}
		seen[w] = true
		var back smartbox.EventKind
		if err := back.UnmarshalText([]byte(w)); err != nil || back != k {
			t.Errorf("%s came back as %v: %v", w, back, err)
		}
	}
}

func TestWordsThatNobodyKnowsAreRefused(t *testing.T) {
	for _, to := range []encoding.TextUnmarshaler{
		new(smartbox.Trust), new(smartbox.Role), new(smartbox.Status), new(smartbox.Ask), new(smartbox.PermissionRole),
		new(smartbox.HolidayRule), new(smartbox.EventKind), new(smartbox.Reason), new(smartbox.UserID),
	} {
		if err := to.UnmarshalText([]byte("No Such")); err == nil {
			t.Errorf("%T took it", to)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	code, err := smartbox.ParseCode("471183")
	if err != nil {
		t.Fatal(err)
	}
	badge := smartbox.UIDBadge([]byte{0x04, 0xA2, 0x24, 0xB2})
	key := smartbox.BoxKey{1, 2, 3}
	for _, v := range []any{code, badge, key, struct{ C smartbox.Code }{code}, &badge} {
		for _, f := range []string{"%v", "%s", "%+v", "%#v"} {
			got := fmt.Sprintf(f, v)
			for _, secret := range []string{"471183", "04A2", "1, 2, 3", "0x1, 0x2"} {
				if strings.Contains(got, secret) {
					t.Errorf("%s of %T shows %q", f, v, got)
				}
			}
		}
	}
}
