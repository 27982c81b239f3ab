package enrol_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smartbox/sync/enrol"
)

func TestCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := enrol.Code(rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "code"))
		typed := c.Text()
		if rapid.Bool().Draw(t, "lower") {
			typed = strings.ToLower(typed)
		}
		typed = strings.NewReplacer("0", rapid.SampledFrom([]string{"0", "O", "o"}).Draw(t, "zero"),
			"1", rapid.SampledFrom([]string{"1", "I", "l"}).Draw(t, "one"),
			"-", rapid.SampledFrom([]string{"-", "", " "}).Draw(t, "gap")).Replace(typed)
		if got, err := enrol.ParseCode(typed); err != nil || got != c {
			t.Fatalf("%q: %x, %v", typed, got[:], err)
		}
	})
}

func TestCodeIsHidden(t *testing.T) {
	l := enrol.Link{Cloud: "https://c", Code: enrol.NewCode()}
	secret := l.Code.Text()
	for _, s := range []string{
		fmt.Sprint(l.Code), fmt.Sprintf("%v %+v %#v %s", l, l, l, l), fmt.Sprint(&l), fmt.Sprintf("%#v", l.Code),
	} {
		if strings.Contains(s, secret) || strings.Contains(s, secret[:4]) || strings.Contains(s, string(l.Code[:])) {
			t.Errorf("shown: %s", s)
		}
	}
	_, err := enrol.ParseLink("https://c/x#" + secret)
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("in the error: %v", err)
	}
}

func TestDigestsDiffer(t *testing.T) {
	a, b := enrol.NewCode(), enrol.NewCode()
	if a == b || bytes.Equal(a.Digest(), b.Digest()) || !bytes.Equal(a.Digest(), a.Digest()) {
		t.Error("digests of codes")
	}
}

func TestParseLinkRefuses(t *testing.T) {
	code := enrol.Code{1, 2, 3}.Text()
	for _, s := range []string{
		"", "#" + code, "https://", "https://#" + code, "http://c/#" + code, "https://c/" + code, "https://c/#",
		"https://c/path#" + code, "https://c/?q#" + code, "https://u:p@c/#" + code, "https://c/#" + code + ".",
		"https://c/#" + code + ".ZZZZ", "https://c/#" + code[:18], "https://c/#" + code + "0", "https://:443/#" + code,
		"https://c/#" + strings.Replace(code, "-", "U", 1),
	} {
		if l, err := enrol.ParseLink(s); !errors.Is(err, enrol.ErrLink) && !errors.Is(err, enrol.ErrCode) {
			t.Errorf("%q: %v, %v", s, l, err)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	f.Add(enrol.Link{Cloud: "https://cloud.example:8443", Code: enrol.Code{1}, Root: enrol.Fingerprint{2}}.Text())
	f.Add("https://[::1]:8443/#0000-0000-0000-0000")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := enrol.ParseLink(s)
		if err != nil {
			return
		}
		if again, err := enrol.ParseLink(l.Text()); err != nil || again != l {
			t.Fatalf("%q: %v, %v", s, again, err)
		}
	})
}
