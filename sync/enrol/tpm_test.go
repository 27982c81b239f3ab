package enrol_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"smartbox/sync/enrol"
)

// swtpm is a TPM 2.0 in software (https://github.com/stefanberger/swtpm), the same libtpms that virtual machines have.
type swtpm struct {
	conn net.Conn
}

// Send is the method of transport.TPM.
func (s *swtpm) Send(cmd []byte) ([]byte, error) {
	if _, err := s.conn.Write(cmd); err != nil {
		return nil, err
	}
	b := make([]byte, 4096) // the most that a TPM answers
	n, err := s.conn.Read(b)
	return b[:n], err
}

func (s *swtpm) Close() error { return s.conn.Close() }

// startTPM runs a TPM whose memory is dir, until the returned function ends it.
func startTPM(t *testing.T, dir string) (*swtpm, func()) {
	t.Helper()
	path, err := exec.LookPath("swtpm")
	if err != nil {
		if os.Getenv("SMARTBOX_SKIPS") == "forbidden" {
			t.Fatal("swtpm is not installed: run `make deps`")
		}
		t.Skip("skipped: swtpm is not installed (make deps installs it)")
	}
	sock := filepath.Join(dir, "tpm.sock")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "socket", "--tpm2", "--tpmstate", "dir="+dir, "--server",
		"type=unixio,path="+sock, "--flags", "not-need-init,startup-clear")
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	end := func() { cancel(); _ = cmd.Wait() }
	var conn net.Conn
	for until := time.Now().Add(20 * time.Second); ; {
		if conn, err = (&net.Dialer{}).DialContext(ctx, "unix", sock); err == nil {
			break
		}
		if time.Now().After(until) {
			end()
			t.Fatal(err)
		}
		pause, stop := context.WithTimeout(ctx, 20*time.Millisecond)
		<-pause.Done()
		stop()
	}
	return &swtpm{conn}, end
}

var _ transport.TPMCloser = (*swtpm)(nil)

func TestTPMKeys(t *testing.T) {
	state := t.TempDir()
	blob := filepath.Join(t.TempDir(), "device.tpm")
	var end func()
	exercise(t, func() enrol.KeyStore { // the second opening is after a restart of the TPM
		if end != nil {
			end()
		}
		var tpm *swtpm
		tpm, end = startTPM(t, state)
		return enrol.NewTPMKeys(tpm, blob)
	})
	end()
	if b, err := os.ReadFile(blob); err != nil || len(b) < 100 {
		t.Fatalf("the wrapped key: %d bytes, %v", len(b), err)
	}

	other, end := startTPM(t, t.TempDir())
	defer end()
	keys := enrol.NewTPMKeys(other, blob)
	defer keys.Close() //nolint:errcheck // a test
	if _, err := keys.Key(); !errors.Is(err, enrol.ErrKeyStore) {
		t.Errorf("the key of another TPM: %v", err)
	}
	for _, b := range [][]byte{nil, {0}, {0xff, 0xff, 1}, {0, 1, 0, 0}} {
		if err := os.WriteFile(blob, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Key(); !errors.Is(err, enrol.ErrKeyStore) {
			t.Errorf("%x: %v", b, err)
		}
	}
}

// TestTPMIsLeftEmpty uses a key more often than a TPM has room for loaded ones.
func TestTPMIsLeftEmpty(t *testing.T) {
	tpm, end := startTPM(t, t.TempDir())
	defer end()
	keys := enrol.NewTPMKeys(tpm, filepath.Join(t.TempDir(), "device.tpm"))
	defer keys.Close() //nolint:errcheck // a test
	key, err := keys.Key()
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if _, err := key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := key.Sign(rand.Reader, make([]byte, 48), crypto.SHA384); !errors.Is(err, enrol.ErrKeyStore) {
		t.Errorf("SHA-384: %v", err)
	}
	loaded, err := tpm2.GetCapability{
		Capability: tpm2.TPMCapHandles, Property: uint32(tpm2.TPMHTTransient) << 24, PropertyCount: 8,
	}.Execute(tpm)
	if err != nil {
		t.Fatal(err)
	}
	handles, err := loaded.CapabilityData.Data.Handles()
	if err != nil || len(handles.Handle) != 0 {
		t.Errorf("left in the TPM: %v, %v", handles, err)
	}
}
