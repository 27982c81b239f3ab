package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/sync/wire"
)

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(seed byte) ed25519.PublicKey { return key(seed).Public().(ed25519.PublicKey) }

func signed(t testing.TB, s *smartbox.Snapshot) []byte {
	t.Helper()
	b, err := wire.SignSnapshot(key(1), s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenSnapshot(t *testing.T) {
	file := signed(t, snapshot())
	box := snapshot().Box.ID
	for name, trusted := range map[string]wire.TrustedKeys{
		"one key": {public(1)}, "the older of two": {public(1), public(2)}, "the newer of two": {public(2), public(1)},
	} {
		got, err := wire.OpenSnapshot(trusted, box, file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(snapshot(), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOpenSnapshotRefuses(t *testing.T) {
	file := signed(t, snapshot())
	payload, err := wire.Marshal(snapshot())
	if err != nil {
		t.Fatal(err)
	}
	with := func(at int, b ...byte) []byte {
		f := bytes.Clone(file)
		copy(f[at:], b)
		return f
	}
	elsewhere := snapshot()
	elsewhere.Box.ID = smartbox.MustID[smartbox.Box]("yard-2")
	stranger, err := wire.SignSnapshot(key(9), snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		file   []byte
		fault  wire.Fault
		reason smartbox.Reason
		says   string
	}{
		{"empty", nil, wire.Truncated, smartbox.SnapshotBroken, "copy it again"},
		{"head cut", file[:40], wire.Truncated, smartbox.SnapshotBroken, "copy it again"},
		{"magic cut", file[:3], wire.Truncated, smartbox.SnapshotBroken, "copy it again"},
		{"payload cut", file[:len(file)-1], wire.Truncated, smartbox.SnapshotBroken, "cut short"},
		{"payload longer", append(bytes.Clone(file), 0), wire.Flipped, smartbox.SignatureWrong, "changed after"},
		{"payload flipped", with(len(file)-3, file[len(file)-3]^1), wire.Flipped, smartbox.SignatureWrong, "changed after"},
		{"signature flipped", with(34, file[34]^0x80), wire.Flipped, smartbox.SignatureWrong, "changed after"},
		{"box of the head flipped", with(25, file[25]^1), wire.Flipped, smartbox.SignatureWrong, "changed after"},
		{"version of the head lowered", with(9, 0), wire.Flipped, smartbox.SignatureWrong, "changed after"},
		{"bare payload", payload, wire.Unsigned, smartbox.SignatureWrong, "not signed"},
		{"no key id", with(10, make([]byte, 8)...), wire.Unsigned, smartbox.SignatureWrong, "not signed"},
		{"stranger's", stranger, wire.ForeignSigner, smartbox.SignatureWrong, wire.KeyIDOf(public(9)).String()},
		{"another box's", signed(t, elsewhere), wire.ForeignBox, smartbox.SnapshotForeign, `"yard-2"`},
		{"newer", with(9, wire.Version+1), wire.Newer, smartbox.SnapshotBroken, "update the box"},
		{"line ends turned", with(4, '\n', 0x1a), wire.NoSnapshot, smartbox.SnapshotBroken, "not a snapshot file"},
		{"a text", []byte("people: []"), wire.NoSnapshot, smartbox.SnapshotBroken, "smartboxctl"},
	} {
		s, err := wire.OpenSnapshot(wire.TrustedKeys{public(1), public(2)}, snapshot().Box.ID, c.file)
		var oe *wire.OpenError
		if !errors.As(err, &oe) || s != nil {
			t.Errorf("%s: %v, %v; want an *OpenError and no snapshot", c.name, s, err)
			continue
		}
		if oe.Fault != c.fault || oe.Reason() != c.reason || !strings.Contains(oe.Error(), c.says) {
			t.Errorf("%s: fault %d, reason %d, %q; want %d, %d and %q", c.name, oe.Fault, oe.Reason(), oe, c.fault, c.reason, c.says)
		}
		if !errors.Is(err, &wire.OpenError{Fault: c.fault}) || strings.Contains(oe.Error(), "\n") {
			t.Errorf("%s: %q is not one sentence, or not asked for by its fault", c.name, oe)
		}
	}
}

// TestEveryFlipIsNoticed turns each bit of a file, one at a time.
func TestEveryFlipIsNoticed(t *testing.T) {
	file := signed(t, snapshot())
	for i := range file {
		for bit := range 8 {
			file[i] ^= 1 << bit
			if s, err := wire.OpenSnapshot(wire.TrustedKeys{public(1)}, snapshot().Box.ID, file); err == nil || s != nil {
				t.Fatalf("byte %d bit %d turned: the file still opens", i, bit)
			}
			file[i] ^= 1 << bit
		}
	}
}

func TestKeyFiles(t *testing.T) {
	priv := key(1)
	p8, err := wire.EncodePrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"PEM":           p8,
		"base64 seed":   []byte(base64.StdEncoding.EncodeToString(priv.Seed()) + "\n"),
		"base64 of all": []byte(base64.StdEncoding.EncodeToString(priv)),
	} {
		got, err := wire.ParsePrivateKey(text)
		if err != nil || !got.Equal(priv) {
			t.Errorf("%s: %v", name, err)
		}
	}
	der, err := x509.MarshalPKIXPublicKey(public(2))
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	one, two := string(wire.EncodePublicKey(public(1))), string(wire.EncodePublicKey(public(2)))
	for name, c := range map[string]struct {
		text string
		want wire.TrustedKeys
	}{
		"one line":      {one, wire.TrustedKeys{public(1)}},
		"two lines":     {"# in use\n" + one + "\n# next\n" + two, wire.TrustedKeys{public(1), public(2)}},
		"one PEM block": {string(block), wire.TrustedKeys{public(2)}},
		"two of them":   {string(block) + string(block), wire.TrustedKeys{public(2), public(2)}},
	} {
		got, err := wire.ParseTrustedKeys([]byte(c.text))
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestKeyFilesRefused(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(other)
	if err != nil {
		t.Fatal(err)
	}
	mixed := append(bytes.Clone(key(1)[:32]), key(2)[32:]...)
	for name, text := range map[string]string{
		"nothing":       "",
		"no base64":     "secret!",
		"too short":     base64.StdEncoding.EncodeToString([]byte("short")),
		"mixed halves":  base64.StdEncoding.EncodeToString(mixed),
		"RSA":           string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"a broken PEM":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}})),
		"a certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
	} {
		if k, err := wire.ParsePrivateKey([]byte(text)); !errors.Is(err, wire.ErrKey) || k != nil {
			t.Errorf("private, %s: %v; want ErrKey", name, err)
		} else if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("private, %s: the error holds the text", name)
		}
		if k, err := wire.ParseTrustedKeys([]byte(text)); !errors.Is(err, wire.ErrKey) || k != nil {
			t.Errorf("trusted, %s: %v; want ErrKey", name, err)
		}
	}
	three := strings.Repeat(string(wire.EncodePublicKey(public(1))), 3)
	if _, err := wire.ParseTrustedKeys([]byte(three)); err == nil || !strings.Contains(err.Error(), "3 keys") {
		t.Errorf("three trusted keys: %v", err)
	}
}
