package host

import (
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"smartbox/board"
)

// missing skips where there is hardware that the test wants to be absent.
func missing(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		t.Skipf("%s is there", path)
	}
}

func TestOpenNamesTheBusThatIsMissing(t *testing.T) {
	missing(t, "/dev/i2c-1")
	p, err := board.Builtin("generic-8")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(p, Options{})
	var m *MissingError
	if !errors.As(err, &m) || m.What != "I2C bus /dev/i2c-1" || !strings.Contains(m.Mend, "group i2c") {
		t.Errorf("got %v", err)
	}
}

func TestOpenNamesTheChipThatIsMissing(t *testing.T) {
	missing(t, "/dev/gpiochip0")
	p, err := board.Builtin("rpi-8")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(p, Options{})
	var m *MissingError
	if !errors.As(err, &m) || !strings.HasPrefix(m.What, "GPIO chip /dev/gpiochip0") || !strings.Contains(err.Error(), "rpi-8") {
		t.Errorf("got %v", err)
	}
}

func TestAChipThatIsMissingIsToldWithThoseThatAreThere(t *testing.T) {
	for _, tc := range []struct {
		chip         string
		lines, there []string
		want         string
	}{
		{
			"",
			[]string{"GPIO17", "GPIO27"},
			nil,
			"GPIO chip /dev/gpiochip0, or any other for the line GPIO17 and 1 more, is not there: take the profile of this machine's " +
				"board; this machine shows none at all: let the daemon's user into the group gpio, if `gpiodetect` finds one as root",
		},
		{
			"pinctrl-rp1",
			[]string{"GPIO17"},
			[]string{"gpiochip0 (pinctrl-bcm2711)"},
			"GPIO chip pinctrl-rp1 for the line GPIO17 is not there: correct gpio: in the profile; this machine has " +
				"gpiochip0 (pinctrl-bcm2711)",
		},
	} {
		if got := noChip(tc.chip, tc.lines, tc.there).Error(); got != tc.want {
			t.Errorf("%s\nwant\n%s", got, tc.want)
		}
	}
}

func TestSerialNamesThePort(t *testing.T) {
	_, err := (&hardware{}).Serial(board.Port{Path: "/dev/no-such-tty"})
	var m *MissingError
	if !errors.As(err, &m) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/dev/no-such-tty") {
		t.Errorf("got %v", err)
	}
}

func TestBusRefusesWhatIsNoBus(t *testing.T) {
	for _, path := range []string{"/dev/i2c", "spi0", "/dev/i2c-1x", "-1", "99999"} {
		_, err := (&hardware{}).Bus(board.Bus{Path: path})
		var m *MissingError
		if !errors.As(err, &m) || !strings.Contains(m.Mend, "/dev/i2c-1") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestDecodeEdgesKeepsOrderAndTime(t *testing.T) {
	if n := unsafe.Sizeof(unix.GPIOV2LineEvent{}); n != eventSize {
		t.Fatalf("the kernel's event has %d bytes", n)
	}
	event := func(at time.Duration, offset uint32) []byte {
		b := make([]byte, eventSize)
		binary.NativeEndian.PutUint64(b, uint64(at))
		binary.NativeEndian.PutUint32(b[8:], unix.GPIO_V2_LINE_EVENT_FALLING_EDGE)
		binary.NativeEndian.PutUint32(b[12:], offset)
		return b
	}
	var b []byte
	b = append(b, event(5*time.Second, 17)...)
	b = append(b, event(5*time.Second+2*time.Millisecond, 4)...)
	b = append(b, event(5*time.Second+3*time.Millisecond, 9)...) // not ours
	b = append(b, event(5*time.Second+4*time.Millisecond, 17)...)
	b = append(b, 1, 2, 3) // half an event
	got := decodeEdges(b, [2]uint32{4, 17})
	want := []lineEdge{
		{1, 5 * time.Second},
		{0, 5*time.Second + 2*time.Millisecond},
		{1, 5*time.Second + 4*time.Millisecond},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(lineEdge{})); d != "" {
		t.Error(d)
	}
}

func TestLineEdgesNameTheChip(t *testing.T) {
	l := &lineEdges{chip: "/dev/no-such-chip"}
	if err := l.Watch(t.Context(), func(int, time.Duration) {}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	l.chip = "/dev/null" // opens, and knows no such request
	if err := l.Watch(t.Context(), func(int, time.Duration) {}); !errors.Is(err, unix.ENOTTY) || !strings.Contains(err.Error(), "/dev/null") {
		t.Errorf("got %v", err)
	}
}
