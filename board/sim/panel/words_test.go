package panel

import (
	"testing"
	"time"

	"smartbox"
)

func TestEveryKindOfEventHasWords(t *testing.T) {
	seen := map[string]smartbox.EventKind{}
	for _, k := range smartbox.EventKinds() {
		s := say(&smartbox.Event{Kind: k, Count: 1, Part: smartbox.PartLocks})
		if s == "" || s == k.String() {
			t.Errorf("%s has no words", k)
		}
		if other, ok := seen[s]; ok {
			t.Errorf("%s and %s are both %q", k, other, s)
		}
		seen[s] = k
	}
}

func TestAgeIsAsCoarseAsAPersonWould(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "not known", 0: "0s", 59*time.Second + 999*time.Millisecond: "59s", 61 * time.Second: "1m0s",
		26*time.Hour + time.Minute: "26h1m0s", 50 * time.Hour: "2 days",
	} {
		if got := age(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}
