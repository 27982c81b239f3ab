package pn532

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// OpenSerial opens a tty for the chip: 115,200 baud, 8N1, raw, no flow control, nobody else on it. Reads wait for
// bytes and end when the port is closed.
func OpenSerial(path string) (io.ReadWriteCloser, error) {
	// Non-blocking, so that the runtime polls the descriptor and Close ends a Read.
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0) //nolint:gosec // the board profile names the port
	if err != nil {
		return nil, fmt.Errorf("pn532: serial port: %w; is the UART enabled and not a console?", err)
	}
	if err := makeRaw(f); err != nil {
		return nil, fmt.Errorf("pn532: serial port %s: %w; name a tty", path, joinClose(err, f))
	}
	return f, nil
}

func joinClose(err error, f *os.File) error {
	_ = f.Close() // nothing was written yet
	return err
}

// makeRaw sets the line as cfmakeraw(3) does. It goes through SyscallConn, for Fd would make the file block.
func makeRaw(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = conn.Control(func(fd uintptr) {
		inner = setLine(int(fd)) // #nosec G115 -- a descriptor is small
	})
	if err != nil {
		return err
	}
	return inner
}

func setLine(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag &^= unix.CSIZE | unix.PARENB | unix.CSTOPB | unix.CRTSCTS | unix.CBAUD
	t.Cflag |= unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200
	t.Ispeed, t.Ospeed = unix.B115200, unix.B115200
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return fmt.Errorf("set 115200 8N1: %w", err)
	}
	if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
		return fmt.Errorf("take for oneself: %w", err)
	}
	if err := unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	return nil
}
