package journal

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkDeviceBytes counts what reaches the block device for an event: an ext4 in a file behind a loop
// device, whose sectors written the kernel counts. Segments, the file system's own journal and a final sync are included.
// It needs root, mkfs.ext4 and a free loop device.
func BenchmarkDeviceBytes(b *testing.B) {
	dir, device := loopMount(b)
	o := testOptions(b, nil)
	o.SegmentBytes = 0
	j := mustOpen(b, filepath.Join(dir, "journal"), o)
	unix.Sync()
	before := sectorsWritten(b, device)
	n := 0
	for b.Loop() {
		if _, err := j.Append(sample(n)); err != nil {
			b.Fatal(err)
		}
		n++
	}
	unix.Sync()
	b.ReportMetric(float64(sectorsWritten(b, device)-before)*512/float64(n), "device-bytes/event")
}

// loopMount mounts a fresh ext4 and names its block device.
func loopMount(b *testing.B) (dir, device string) {
	b.Helper()
	if os.Geteuid() != 0 {
		b.Skip("needs root to mount a loop device")
	}
	image := filepath.Join(b.TempDir(), "disk.img")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.Truncate(image, 256<<20); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.CommandContext(b.Context(), "mkfs.ext4", "-q", "-F", image).CombinedOutput(); err != nil {
		b.Skipf("mkfs.ext4: %v: %s", err, out)
	}
	out, err := exec.CommandContext(b.Context(), "losetup", "--find", "--show", image).CombinedOutput()
	if err != nil {
		b.Skipf("losetup: %v: %s", err, out)
	}
	device = strings.TrimSpace(string(out))
	dir = b.TempDir()
	mountErr := unix.Mount(device, dir, "ext4", 0, "")
	if mountErr == nil {
		b.Cleanup(func() {
			if err := unix.Unmount(dir, 0); err != nil {
				b.Errorf("unmount: %v", err)
			}
		})
	}
	// A device in use is detached when its last user goes, which is the unmount, however the run ends.
	if out, err := exec.CommandContext(b.Context(), "losetup", "--detach", device).CombinedOutput(); err != nil {
		b.Errorf("losetup: %v: %s", err, out)
	}
	if mountErr != nil {
		b.Skipf("mount: %v", mountErr)
	}
	return dir, filepath.Base(device)
}

// sectorsWritten is the seventh figure of the device's statistics; one is 512 bytes.
func sectorsWritten(b *testing.B, device string) int64 {
	b.Helper()
	stat, err := os.ReadFile(filepath.Join("/sys/block", device, "stat"))
	if err != nil {
		b.Fatal(err)
	}
	n, err := strconv.ParseInt(strings.Fields(string(stat))[6], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}
