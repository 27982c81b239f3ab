package pn532

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// UART is the chip's high-speed UART (HSU): 115,200 baud, 8N1. One goroutine reads the port and ends when it is
// closed. Like every Transport it is for one goroutine at a time.
type UART struct {
	name string
	open func() (io.ReadWriteCloser, error) // nil: the port that was given is all there is

	port io.ReadWriteCloser
	in   *pump
	buf  []byte
}

var _ Transport = (*UART)(nil)

// NewUART carries frames over an open port, whose Read waits for bytes and ends when it is closed. The port is
// the UART's to close.
func NewUART(port io.ReadWriteCloser) *UART {
	return &UART{name: "pn532@uart", port: port, in: startPump(port)}
}

// DialUART carries frames over a port that open opens, again after each failure of the port itself, such as
// an adapter that was unplugged.
func DialUART(name string, open func() (io.ReadWriteCloser, error)) *UART {
	return &UART{name: name, open: open}
}

// String names the line.
func (u *UART) String() string { return u.name }

// pump brings what a port receives into a channel.
type pump struct {
	c    chan []byte
	quit chan struct{}
	err  error // why it ended; valid when c is closed
}

func startPump(port io.Reader) *pump {
	p := &pump{c: make(chan []byte, 16), quit: make(chan struct{})}
	go func() {
		defer close(p.c)
		for {
			b := make([]byte, 512)
			n, err := port.Read(b)
			if n > 0 {
				select {
				case p.c <- b[:n]:
				case <-p.quit:
					return
				}
			}
			if err != nil {
				p.err = err
				return
			}
		}
	}()
	return p
}

// Wake opens the port where it is not open, sends the long preamble that ends the chip's sleep (UM0701-02, 7.2.11)
// and gives its oscillator 2 ms.
func (u *UART) Wake(ctx context.Context) error {
	if u.port == nil {
		if u.open == nil {
			return fmt.Errorf("%s: port is closed", u.name)
		}
		port, err := u.open()
		if err != nil {
			return fmt.Errorf("%s: %w", u.name, err)
		}
		u.port, u.in = port, startPump(port)
	}
	wake := make([]byte, 16)
	wake[0], wake[1] = 0x55, 0x55
	if err := u.Send(ctx, wake); err != nil {
		return err
	}
	if err := sleep(ctx, 2*time.Millisecond); err != nil {
		return err
	}
	u.buf = nil
	for {
		select {
		case _, ok := <-u.in.c:
			if !ok {
				return u.lost(u.in.err)
			}
		default:
			return nil
		}
	}
}

// lost lets go of a port that failed, where another can be opened.
func (u *UART) lost(err error) error {
	if u.open != nil {
		_ = u.Close() // it failed already
	}
	return fmt.Errorf("%s: port: %w", u.name, err)
}

// Send writes to the port.
func (u *UART) Send(_ context.Context, frame []byte) error {
	if u.port == nil {
		return fmt.Errorf("%s: port is closed", u.name)
	}
	if _, err := u.port.Write(frame); err != nil {
		return u.lost(err)
	}
	return nil
}

// Receive scans the bytes that come in for a frame; noise before it is skipped.
func (u *UART) Receive(ctx context.Context, wait time.Duration) (Frame, error) {
	if u.port == nil {
		return Frame{}, fmt.Errorf("%s: port is closed", u.name)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	for {
		f, n, err := ParseFrame(u.buf)
		u.buf = u.buf[n:]
		if !errors.Is(err, ErrShort) {
			return f, err
		}
		select {
		case <-ctx.Done():
			return Frame{}, ctx.Err()
		case b, ok := <-u.in.c:
			if !ok {
				return Frame{}, u.lost(u.in.err)
			}
			u.buf = append(u.buf, b...)
		case <-t.C:
			short := len(u.buf) > 1
			u.buf = nil
			if short {
				return Frame{}, ErrShort
			}
			return Frame{}, ErrTimeout
		}
	}
}

// Close closes the port and waits for its goroutine. A UART of DialUART opens it again at the next Wake.
func (u *UART) Close() error {
	if u.port == nil {
		return nil
	}
	close(u.in.quit)
	err := u.port.Close()
	for range u.in.c {
		continue
	}
	u.port, u.in = nil, nil
	return err
}
