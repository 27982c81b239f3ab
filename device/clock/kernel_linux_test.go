package clock

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"smartbox"
)

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  int32
		err     error
		battery bool
		want    smartbox.Trust
	}{
		{"disciplined", unix.STA_PLL, nil, false, smartbox.ClockSynced},
		{"disciplined, with a battery", unix.STA_PLL, nil, true, smartbox.ClockSynced},
		{"not synced", unix.STA_PLL | unix.STA_UNSYNC, nil, false, smartbox.ClockUntrusted},
		{"not synced, with a battery", unix.STA_UNSYNC, nil, true, smartbox.ClockRTC},
		{"forbidden to ask", 0, unix.EPERM, false, smartbox.ClockUntrusted},
		{"forbidden to ask, with a battery", 0, unix.EPERM, true, smartbox.ClockRTC},
	} {
		if got := judge(c.status, c.err, c.battery); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestFromBattery(t *testing.T) {
	root := t.TempDir()
	if fromBattery(root) {
		t.Error("a machine without a battery clock has one")
	}
	for _, c := range []struct {
		name, word string
		want       bool
	}{{"rtc0", "0\n", false}, {"rtc1", "1\n", true}} {
		dir := filepath.Join(root, "sys/class/rtc", c.name)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "hctosys"), []byte(c.word), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := fromBattery(root); got != c.want {
			t.Errorf("with %s: %v, want %v", c.name, got, c.want)
		}
	}
}
