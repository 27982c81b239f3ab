package pn532_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/pn532"
)

// pseudo opens a pseudo terminal: its own end, and the name of the tty.
func pseudo(t *testing.T) (master *os.File, tty string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	conn, err := master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	var inner error
	if err := conn.Control(func(fd uintptr) {
		if inner = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); inner == nil {
			number, inner = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	}); err != nil || inner != nil {
		t.Skipf("no pseudo terminals here: %v %v", err, inner)
	}
	return master, fmt.Sprintf("/dev/pts/%d", number)
}

// TestSerialPort runs a reader over a real tty of the kernel, with the model at its other end. Its frames hold every
// byte that a line that is not raw would change.
func TestSerialPort(t *testing.T) {
	master, tty := pseudo(t)
	port, err := pn532.OpenSerial(tty)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := pn532.OpenSerial(tty); err == nil && os.Geteuid() != 0 { // root may open what TIOCEXCL keeps
		_ = second.Close()
		t.Error("a second one opens the port")
	} else if err == nil {
		_ = second.Close()
	}
	chip := chips.NewPN532()
	far := chip.Serial()
	done := make(chan struct{}, 2)
	go func() { _, _ = io.Copy(far, master); done <- struct{}{} }()
	go func() { _, _ = io.Copy(master, far); done <- struct{}{} }()
	uid := []byte{0x0D, 0x0A, 0x03, 0x04, 0x11, 0x13, 0xFF}
	chip.Put(uid)
	reader, err := pn532.New(pn532.NewUART(port), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var got []string
	if err := reader.Run(ctx, func(e device.Event) {
		switch e := e.(type) {
		case device.Tapped:
			got = append(got, string(e.Badge))
			cancel()
		case device.Health:
			got = append(got, fmt.Sprint(e.Err))
		default:
			got = append(got, fmt.Sprintf("%T", e))
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 || got[len(got)-1] != "uid:0D0A03041113FF" {
		t.Errorf("heard %q", got)
	}
	if err := errors.Join(reader.Halt(), far.Close(), master.Close()); err != nil {
		t.Error(err)
	}
	<-done
	<-done
}

func TestSerialPortRefuses(t *testing.T) {
	if _, err := pn532.OpenSerial(filepath.Join(t.TempDir(), "tty")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := pn532.OpenSerial("/dev/null"); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("no tty: %v", err)
	}
}
