package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"smartbox/device/wiegand"
)

// Flags of a line request (linux/gpio.h, enum gpio_v2_line_flag), which x/sys does not have.
const (
	flagInput       = 1 << 2
	flagEdgeFalling = 1 << 5
	flagBiasPullUp  = 1 << 8
)

const (
	// edgeBuffer is how many edges the kernel keeps for the two lines: a dozen frames.
	edgeBuffer = 512
	// eventSize is that of struct gpio_v2_line_event.
	eventSize = 48
)

// lineEdges watches two lines by one request of the GPIO character device, version 2. The kernel stamps each edge
// in its interrupt, by the monotonic clock, so that neither the order nor the distance of the edges depends on when
// this process runs.
type lineEdges struct {
	chip    string // "/dev/gpiochip0"
	offsets [2]uint32
}

var _ wiegand.Edges = (*lineEdges)(nil)

// Watch requests the lines and tells of their falling edges until ctx ends.
func (l *lineEdges) Watch(ctx context.Context, edge func(line int, at time.Duration)) error {
	f, err := l.request()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) }) // ends the read
	defer func() {
		stop()
		_ = f.Close() // nothing was written
	}()
	buf := make([]byte, 16*eventSize)
	for {
		n, err := f.Read(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%s: the lines were taken away", l.chip)
		case err != nil:
			return fmt.Errorf("%s: %w", l.chip, err)
		}
		for _, e := range decodeEdges(buf[:n], l.offsets) {
			edge(e.line, e.at)
		}
	}
}

type lineEdge struct {
	line int
	at   time.Duration
}

// decodeEdges reads what the kernel gives: whole events, in the order of their sequence numbers.
func decodeEdges(b []byte, offsets [2]uint32) []lineEdge {
	var out []lineEdge
	for ; len(b) >= eventSize; b = b[eventSize:] {
		e := lineEdge{at: time.Duration(binary.NativeEndian.Uint64(b))}
		switch binary.NativeEndian.Uint32(b[12:]) {
		case offsets[0]:
		case offsets[1]:
			e.line = 1
		default:
			continue
		}
		out = append(out, e)
	}
	return out
}

func (l *lineEdges) request() (*os.File, error) {
	chip, err := os.OpenFile(l.chip, os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &MissingError{What: "GPIO chip " + l.chip, Err: err, Mend: "let the daemon's user into the group gpio"}
	}
	defer func() { _ = chip.Close() }() // the request outlives it
	req := unix.GPIOV2LineRequest{Num_lines: 2, Event_buffer_size: edgeBuffer}
	copy(req.Offsets[:], l.offsets[:])
	copy(req.Consumer[:len(req.Consumer)-1], "smartbox wiegand")
	req.Config.Flags = flagInput | flagEdgeFalling | flagBiasPullUp
	errno := ioctl(chip, unix.GPIO_V2_GET_LINE_IOCTL, unsafe.Pointer(&req)) //nolint:gosec // the kernel's own struct
	if errors.Is(errno, unix.EINVAL) || errors.Is(errno, unix.ENOTSUP) {    // a chip without pull-ups: the board must have them
		req.Config.Flags &^= flagBiasPullUp
		errno = ioctl(chip, unix.GPIO_V2_GET_LINE_IOCTL, unsafe.Pointer(&req)) //nolint:gosec // as above
	}
	if errno != nil {
		return nil, fmt.Errorf("request lines %d and %d of %s: %w; check with gpioinfo that nobody else has them", l.offsets[0], l.offsets[1], l.chip, errno)
	}
	if err := unix.SetNonblock(int(req.Fd), true); err != nil { // so that a deadline ends a read
		return nil, errors.Join(err, unix.Close(int(req.Fd)))
	}
	return os.NewFile(uintptr(req.Fd), l.chip+" wiegand"), nil
}

// ioctl goes through SyscallConn, for Fd would make the file block.
func ioctl(f *os.File, request uintptr, arg unsafe.Pointer) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var errno unix.Errno
	err = conn.Control(func(fd uintptr) {
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(arg))
	})
	switch {
	case err != nil:
		return err
	case errno != 0:
		return errno
	default:
		return nil
	}
}
