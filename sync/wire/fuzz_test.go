package wire_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"smartbox"
	"smartbox/sync/wire"
)

// seeds are the golden vectors, whatever a target reads: each is also a near miss for the others.
func seeds(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "wire", "*.hex"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no golden vectors: %v", err)
	}
	for _, path := range files {
		b := readHex(f, path)
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
}

// settles checks that what was decoded once has one form: encoded, decoded and encoded again it stays the same.
func settles[T any](t *testing.T, v *T) {
	t.Helper()
	first, err := wire.Marshal(v)
	if err != nil {
		t.Fatalf("%+v was decoded and cannot be encoded: %v", v, err)
	}
	again := new(T)
	if err := wire.Unmarshal(first, again); err != nil {
		t.Fatalf("%x was encoded and cannot be decoded: %v", first, err)
	}
	second, err := wire.Marshal(again)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("%x became %x (%v)", first, second, err)
	}
}

func FuzzEvent(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := (wire.Codec{}).DecodeEvent(b); err == nil {
			settles(t, &e)
		}
	})
}

func FuzzBook(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := (wire.Codec{}).DecodeBook(b); err == nil {
			settles(t, k)
		}
	})
}

func FuzzSnapshot(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if s := new(smartbox.Snapshot); wire.Unmarshal(b, s) == nil {
			settles(t, s)
		}
	})
}

func FuzzDelta(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if d := new(smartbox.Delta); wire.Unmarshal(b, d) == nil {
			settles(t, d)
		}
	})
}

// FuzzOpenSnapshot: nothing opens but what was signed, and the golden file was.
func FuzzOpenSnapshot(f *testing.F) {
	seeds(f)
	good := signed(f, snapshot())
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := wire.OpenSnapshot(wire.TrustedKeys{public(1)}, snapshot().Box.ID, b)
		if (err == nil) != bytes.Equal(b, good) {
			t.Fatalf("%x: %v", b, err)
		}
	})
}

func FuzzParseTrustedKeys(f *testing.F) {
	f.Add("# in use\n" + string(wire.EncodePublicKey(public(1))))
	f.Add("-----BEGIN PUBLIC KEY-----\n")
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := wire.ParseTrustedKeys([]byte(text))
		if (err == nil) != (len(keys) == 1 || len(keys) == 2) {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		if len(text) > 8 && err != nil && strings.Contains(err.Error(), text) {
			t.Fatalf("the error holds the file: %v", err)
		}
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	p8, err := wire.EncodePrivateKey(key(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p8)
	f.Add([]byte("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := wire.ParsePrivateKey(b); err == nil && len(k) != 64 {
			t.Fatalf("a key of %d bytes", len(k))
		}
	})
}
