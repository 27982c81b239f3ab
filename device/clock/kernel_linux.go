package clock

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"smartbox"
)

// Kernel asks the kernel of this machine: synced while an NTP daemon disciplines the clock, that is
// while STA_UNSYNC is clear (adjtimex(2)); rtc where the clock was set from a battery clock at boot,
// that is where an rtc class device says hctosys (Documentation/ABI/testing/sysfs-class-rtc).
// root is "/" save in tests.
func Kernel(root string) Source {
	return func() smartbox.Trust {
		var t unix.Timex
		_, err := unix.Adjtimex(&t)
		return judge(t.Status, err, fromBattery(root))
	}
}

func judge(status int32, err error, battery bool) smartbox.Trust {
	switch {
	case err == nil && status&unix.STA_UNSYNC == 0:
		return smartbox.ClockSynced
	case battery:
		return smartbox.ClockRTC
	default:
		return smartbox.ClockUntrusted
	}
}

// fromBattery reports whether the kernel set its clock from a battery clock when it started.
func fromBattery(root string) bool {
	found, err := filepath.Glob(filepath.Join(root, "sys/class/rtc/rtc*/hctosys"))
	if err != nil {
		return false
	}
	for _, f := range found {
		if b, err := os.ReadFile(f); err == nil && strings.TrimSpace(string(b)) == "1" { //nolint:gosec // a path of sysfs
			return true
		}
	}
	return false
}
