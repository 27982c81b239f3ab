package wiegand

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smartbox"
)

// parse reads a frame written as '0' and '1', spaces aside.
func parse(s string) (b Bits) {
	for _, c := range strings.ReplaceAll(s, " ", "") {
		b.V = b.V<<1 | uint64(c-'0')
		b.N++
	}
	return b
}

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		s    Settings
		bits string
		want smartbox.Badge
		err  error
	}{
		// Parities counted by hand: 8 = 00001000, 12345 = 0011000000111001.
		"26":                  {Settings{}, "1 00001000 0011000000111001 1", "w26:8-12345", nil},
		"26 all zero":         {Settings{}, "0 00000000 0000000000000000 1", "w26:0-0", nil},
		"26 greatest":         {Settings{}, "0 11111111 1111111111111111 1", "w26:255-65535", nil},
		"26 first parity":     {Settings{}, "0 00001000 0011000000111001 1", "", ErrParity},
		"26 last parity":      {Settings{}, "1 00001000 0011000000111001 0", "", ErrParity},
		"26 inverted":         {Settings{Inverted: true}, "0 11110111 1100111111000110 0", "w26:8-12345", nil},
		"26 crossed unknown":  {Settings{}, "0 11110111 1100111111000111 1", "", ErrParity},
		"26 reverse facility": {Settings{ReverseFacility: true}, "1 00010000 0011000000111001 1", "w26:8-12345", nil},
		"34":                  {Settings{}, "1 0000000000001000 0011000000111001 1", "w34:8-12345", nil},
		// 37: data bit 18 (the 19th of the frame) counts in both parities.
		"37":           {Settings{}, "1 0000000000000001 0000000000000000000 1", "w37:1-0", nil},
		"37 shared":    {Settings{}, "1 0000000000000000 0100000000000000000 0", "w37:0-131072", nil},
		"37 last":      {Settings{}, "0 0000000000000000 0000000000000000001 0", "w37:0-1", nil},
		"37 reversed":  {Settings{Parity37: OddEven}, "1 0000000000000000 0000000000000000001 1", "w37:0-1", nil},
		"37 wrong way": {Settings{Parity37: OddEven}, "0 0000000000000000 0000000000000000001 0", "", ErrParity},
		"25":           {Settings{}, strings.Repeat("0", 25), "", ErrLength},
		"35":           {Settings{}, strings.Repeat("1", 35), "", ErrLength},
		"none":         {Settings{}, "", "", ErrLength},
		"a hundred":    {Settings{}, strings.Repeat("1", 100), "", ErrLength},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := c.s.Decode(parse(c.bits))
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err == nil && n.Badge() != c.want {
				t.Errorf("got facility %d card %d, want %s", n.Facility, n.Card, string(c.want))
			}
		})
	}
}

func drawSettings(t *rapid.T) Settings {
	return Settings{
		Parity37:        Parity37(rapid.IntRange(0, 1).Draw(t, "parity")),
		Inverted:        rapid.Bool().Draw(t, "inverted"),
		ReverseFacility: rapid.Bool().Draw(t, "reverse"),
	}
}

func TestRoundTrip(t *testing.T) {
	limits := map[smartbox.Technology][2]uint64{
		smartbox.Wiegand26: {255, 65535}, smartbox.Wiegand34: {65535, 65535}, smartbox.Wiegand37: {65535, 524287},
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		tech := rapid.SampledFrom([]smartbox.Technology{smartbox.Wiegand26, smartbox.Wiegand34, smartbox.Wiegand37}).Draw(t, "tech")
		n := Number{
			Technology: tech,
			Facility:   rapid.Uint64Range(0, limits[tech][0]).Draw(t, "facility"),
			Card:       rapid.Uint64Range(0, limits[tech][1]).Draw(t, "card"),
		}
		b, err := s.Encode(n)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Decode(b); err != nil || got != n {
			t.Fatalf("%v became %v, %v", n, got, err)
		}
		// One bit read falsely is never another badge: each bit is in one parity at least.
		b.V ^= 1 << rapid.IntRange(0, b.N-1).Draw(t, "flip")
		if got, err := s.Decode(b); !errors.Is(err, ErrParity) {
			t.Fatalf("a flipped bit made %v, %v", got, err)
		}
	})
}

func TestEncodeRefuses(t *testing.T) {
	for _, n := range []Number{
		{smartbox.Wiegand26, 256, 0}, {smartbox.Wiegand26, 0, 65536}, {smartbox.Wiegand37, 0, 1 << 19}, {smartbox.ISO14443A, 0, 0},
	} {
		if _, err := (Settings{}).Encode(n); !errors.Is(err, ErrRange) {
			t.Errorf("%s: %v", n, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint64(0x2010073), 26, uint8(0))
	f.Add(uint64(1), 34, uint8(1))
	f.Add(uint64(1)<<36, 37, uint8(7))
	f.Fuzz(func(t *testing.T, v uint64, n int, set uint8) {
		s := Settings{Parity37: Parity37(set & 1), Inverted: set&2 != 0, ReverseFacility: set&4 != 0}
		b := Bits{V: v, N: n}
		got, err := s.Decode(b)
		if err != nil {
			return
		}
		back, err := s.Encode(got)
		if err != nil || back.N != n || back.V != v&(1<<n-1) {
			t.Fatalf("%s became %s, %v", b, back, err)
		}
	})
}
