package pn532

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseFrame(t *testing.T) {
	get := []byte{0x00, 0x00, 0xFF, 0x02, 0xFE, 0xD4, 0x02, 0x2A, 0x00} // UM0701-02: GetFirmwareVersion
	if got := AppendFrame(nil, toChip, []byte{cmdGetFirmwareVersion}); !bytes.Equal(got, get) {
		t.Errorf("GetFirmwareVersion is % x, want % x", got, get)
	}
	ext := []byte{0x00, 0x00, 0xFF, 0xFF, 0xFF, 0x00, 0x02, 0xFE, 0xD5, 0x15, 0x16, 0x00}
	for name, c := range map[string]struct {
		in   []byte
		want Frame
		n    int
		err  error
	}{
		"data":              {get, Frame{KindData, toChip, []byte{0x02}}, 8, nil},
		"extended":          {ext, Frame{KindData, toHost, []byte{0x15}}, 11, nil},
		"ack":               {ackFrame(), Frame{Kind: KindACK}, 5, nil},
		"nack":              {nackFrame(), Frame{Kind: KindNACK}, 5, nil},
		"error frame":       {[]byte{0, 0, 0xFF, 1, 0xFF, 0x7F, 0x81, 0}, Frame{Kind: KindError}, 7, nil},
		"noise before":      {append([]byte{0x12, 0xFF, 0x55}, ackFrame()...), Frame{Kind: KindACK}, 8, nil},
		"only noise":        {[]byte{0x12, 0x55}, Frame{}, 2, ErrShort},
		"perhaps a start":   {[]byte{0x12, 0x00}, Frame{}, 1, ErrShort},
		"half":              {get[:5], Frame{}, 1, ErrShort},
		"length checksum":   {[]byte{0, 0, 0xFF, 0x02, 0xFD, 0xD4, 2, 0x2A, 0}, Frame{}, 3, ErrChecksum},
		"data checksum":     {[]byte{0, 0, 0xFF, 0x02, 0xFE, 0xD4, 2, 0x2B, 0}, Frame{}, 3, ErrChecksum},
		"extended checksum": {[]byte{0, 0, 0xFF, 0xFF, 0xFF, 0, 2, 0xFD, 0xD5}, Frame{}, 3, ErrChecksum},
		"extended too long": {[]byte{0, 0, 0xFF, 0xFF, 0xFF, 0x10, 0, 0xF0, 0xD5}, Frame{}, 3, ErrFrame},
		"foreign direction": {[]byte{0, 0, 0xFF, 0x02, 0xFE, 0xAA, 2, 0x54, 0}, Frame{}, 8, ErrFrame},
	} {
		t.Run(name, func(t *testing.T) {
			f, n, err := ParseFrame(c.in)
			if diff := cmp.Diff(c.want, f); diff != "" || n != c.n || !errors.Is(err, c.err) {
				t.Errorf("n %d want %d, err %v want %v, frame:\n%s", n, c.n, err, c.err, diff)
			}
		})
	}
}

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 1, maxData).Draw(t, "data")
		noise := rapid.SliceOfN(rapid.ByteRange(1, 0xFE), 0, 8).Draw(t, "noise")
		b := AppendFrame(noise, toHost, data)
		f, n, err := ParseFrame(b)
		if err != nil || f.Kind != KindData || !bytes.Equal(f.Data, data) || n != len(b)-1 {
			t.Fatalf("% x: %v, %d of %d, err %v", b, f, n, len(b), err)
		}
	})
}

func TestOneFlippedBitIsNeverAnotherFrame(t *testing.T) {
	good := AppendFrame(nil, toHost, []byte{0x4B, 0x01, 0x01, 0x00, 0x04, 0x08, 0x04, 0xDE, 0xAD, 0xBE, 0xEF})
	for bit := 3 * 8; bit < (len(good)-1)*8; bit++ {
		b := bytes.Clone(good)
		b[bit/8] ^= 1 << (bit % 8)
		if f, _, err := ParseFrame(b); err == nil && f.Kind == KindData {
			t.Errorf("bit %d flipped reads as % x", bit, f.Data)
		}
	}
}

func TestParseTarget(t *testing.T) {
	for name, c := range map[string]struct {
		in, want []byte
		err      error
	}{
		"none":      {[]byte{0}, nil, nil},
		"four":      {[]byte{1, 1, 0, 4, 8, 4, 1, 2, 3, 4}, []byte{1, 2, 3, 4}, nil},
		"with ATS":  {[]byte{1, 1, 0, 4, 0x20, 4, 1, 2, 3, 4, 5, 0x75, 0x77}, []byte{1, 2, 3, 4}, nil},
		"empty":     {nil, nil, ErrTarget},
		"cut":       {[]byte{1, 1, 0, 4, 8, 7, 1, 2, 3}, nil, ErrTarget},
		"five":      {[]byte{1, 1, 0, 4, 8, 5, 1, 2, 3, 4, 5}, nil, ErrTarget},
		"head only": {[]byte{1, 1, 0}, nil, ErrTarget},
	} {
		got, err := parseTarget(c.in)
		if !bytes.Equal(got, c.want) || !errors.Is(err, c.err) {
			t.Errorf("%s: % x, %v", name, got, err)
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(AppendFrame(nil, toHost, []byte{0x4B, 0x00}))
	f.Add(AppendFrame([]byte{0xFF, 0x00}, toHost, make([]byte, maxData)))
	f.Add(ackFrame())
	f.Add([]byte{0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02})
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, n, err := ParseFrame(b)
		switch {
		case n < 0 || n > len(b):
			t.Fatalf("%d of %d bytes are done with", n, len(b))
		case err != nil && !errors.Is(err, ErrShort) && n == 0:
			t.Fatalf("no way on after %v", err)
		case err == nil && fr.Kind == KindData:
			again, _, err := ParseFrame(AppendFrame(nil, fr.TFI, fr.Data))
			if err != nil || !bytes.Equal(again.Data, fr.Data) {
				t.Fatalf("% x does not survive: %v", fr.Data, err)
			}
			_, _ = parseTarget(fr.Data)
		}
	})
}
