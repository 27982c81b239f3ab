package smartbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"smartbox"
)

func TestDigestIsHMAC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := smartbox.BoxKey(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		text := rapid.StringN(0, 100, 150).Draw(t, "text")
		h := hmac.New(sha256.New, key[:])
		h.Write([]byte(text))
		if got := key.Digest(text); string(got[:]) != string(h.Sum(nil)[:16]) {
			t.Fatalf("%x", got)
		}
	})
}

func TestDigestDoesNotAllocate(t *testing.T) {
	key, text := smartbox.BoxKey{1}, "uid:04A224B2C35D80"
	if n := testing.AllocsPerRun(100, func() { key.Digest(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCodes(t *testing.T) {
	for _, s := range []string{"", "123", "123456789", "12a4", "１２３４", "12 4", "-123"} {
		if _, err := smartbox.ParseCode(s); !errors.Is(err, smartbox.ErrCode) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for code, duress := range map[smartbox.Code]smartbox.Code{"0000": "0001", "4719": "4710", "00471128": "00471129"} {
		if got := code.Duress(); string(got) != string(duress) || string(got.Calm()) != string(code) {
			t.Errorf("duress of %s is not one up", code)
		}
	}
}

func TestBadgesHaveOneForm(t *testing.T) {
	for in, want := range map[string]smartbox.Badge{
		"uid:04A224B2C35D80":        "uid:04A224B2C35D80",
		" UID:04:a2:24:b2:c3:5d:80": "uid:04A224B2C35D80",
		"uid:de ad be ef":           "uid:DEADBEEF",
		"w26:008-01234":             "w26:8-1234",
		"w34:65535-65535":           "w34:65535-65535",
		"w37:1-524287":              "w37:1-524287",
		"ibutton:0184d5f2010000c3":  "ibutton:0184D5F2010000C3",
	} {
		got, err := smartbox.ParseBadge(in)
		if err != nil || got != want {
			t.Errorf("%q is %q, %v", in, string(got), err)
		}
		if again, err := smartbox.ParseBadge(got.Canonical()); err != nil || again != got {
			t.Errorf("%q is not its own form", string(got))
		}
	}
	for _, in := range []string{"", "uid", "uid:", "uid:04A2", "uid:xx", "w26:256-1", "w26:1-65536", "w26:1", "w37:1-524288", "rfid:1", "ibutton:04A2"} {
		if _, err := smartbox.ParseBadge(in); !errors.Is(err, smartbox.ErrBadge) {
			t.Errorf("%q was taken: %v", in, err)
		}
	}
}

func FuzzParseBadge(f *testing.F) {
	for _, s := range []string{"uid:04A224B2C35D80", "w26:8-12345", "ibutton:0184D5F2010000C3", "w37:1-524288"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := smartbox.ParseBadge(s)
		if err != nil {
			return
		}
		if again, err := smartbox.ParseBadge(b.Canonical()); err != nil || again != b {
			t.Fatalf("%q gives %q, which is not its own form", s, string(b))
		}
	})
}
