package pn532

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The commands (UM0701-02, chapter 7).
const (
	cmdGetFirmwareVersion  = 0x02
	cmdSAMConfiguration    = 0x14
	cmdRFConfiguration     = 0x32
	cmdInListPassiveTarget = 0x4A
	cmdInRelease           = 0x52
)

const (
	ackWait = 30 * time.Millisecond // UM0701-02, 6.2.1.3: at most 15 ms
	tries   = 3                     // of a command without ACK, and of NACKs for a broken answer
)

// link speaks commands over a transport.
type link struct {
	t    Transport
	wait time.Duration
}

// command sends a command and returns the parameters of its answer. A command without ACK is sent again, a broken
// answer is asked for again by a NACK frame.
func (l *link) command(ctx context.Context, code byte, args ...byte) ([]byte, error) {
	frame := AppendFrame(nil, toChip, append([]byte{code}, args...))
	var err error
	for range tries {
		if err = l.t.Send(ctx, frame); err != nil {
			return nil, err
		}
		var data []byte
		if data, err = l.answer(ctx, code); err == nil || !again(err) {
			return data, err
		}
		// The chip may still be at it: an ACK frame from the host takes the command back.
		if sendErr := l.t.Send(ctx, ackFrame()); sendErr != nil {
			return nil, sendErr
		}
	}
	return nil, fmt.Errorf("command %#02x: %w", code, err)
}

// again reports whether an answer went wrong in a way that another try may mend.
func again(err error) bool {
	return errors.Is(err, ErrTimeout) || errors.Is(err, ErrShort) || errors.Is(err, ErrChecksum) || errors.Is(err, ErrFrame)
}

// answer waits for the ACK and for the answer to code. An answer that comes without its ACK is taken: the ACK was
// lost on the way.
func (l *link) answer(ctx context.Context, code byte) ([]byte, error) {
	wait, nacks := ackWait, 0
	for {
		f, err := l.t.Receive(ctx, wait)
		switch {
		case err != nil && (wait == ackWait && errors.Is(err, ErrTimeout) || nacks == tries || !again(err)):
			return nil, err
		case err != nil:
			nacks++
			if err := l.t.Send(ctx, nackFrame()); err != nil {
				return nil, err
			}
		case f.Kind == KindACK:
			wait = l.wait
		case f.Kind == KindError:
			return nil, fmt.Errorf("command %#02x: %w", code, ErrSyntax)
		case f.Kind == KindData && f.TFI == toHost && f.Data[0] == code+1:
			return append([]byte(nil), f.Data[1:]...), nil
		default: // the answer to a command that was taken back
		}
	}
}

// prepare brings the chip from any state to one in which it lists cards and answers at once when there is none.
func (l *link) prepare(ctx context.Context) error {
	if err := l.t.Wake(ctx); err != nil {
		return err
	}
	// Normal mode, no timeout, no IRQ line.
	if _, err := l.command(ctx, cmdSAMConfiguration, 0x01, 0x00, 0x00); err != nil {
		return err
	}
	v, err := l.command(ctx, cmdGetFirmwareVersion)
	if err != nil {
		return err
	}
	if len(v) != 4 || v[0] != 0x32 {
		return fmt.Errorf("%w: it is no PN532 (chip %x); check the wiring and the profile", ErrFrame, v)
	}
	// MxRtyATR and MxRtyPSL as they are; MxRtyPassiveActivation 1 instead of for ever.
	_, err = l.command(ctx, cmdRFConfiguration, 0x05, 0xFF, 0x01, 0x01)
	return err
}

// list returns the UID of a card on the reader, nil when there is none, and lets the card go, so that it answers
// the next time too: a selected card is silent until its field was off.
func (l *link) list(ctx context.Context) ([]byte, error) {
	d, err := l.command(ctx, cmdInListPassiveTarget, 0x01, 0x00)
	if err != nil {
		return nil, err
	}
	uid, err := parseTarget(d)
	if err != nil || uid == nil {
		return nil, err
	}
	if _, err := l.command(ctx, cmdInRelease, 0x00); err != nil {
		return nil, err
	}
	_, err = l.command(ctx, cmdRFConfiguration, 0x01, 0x00)
	return uid, err
}

// ErrTarget says that a card's answer is not one that a type A card gives.
var ErrTarget = errors.New("pn532: card cannot be read")

// parseTarget reads the answer of InListPassiveTarget for one type A card at 106 kbit/s: NbTg, Tg, SENS_RES (2),
// SEL_RES, length of the UID, UID, and possibly an ATS. nil when there is no card.
func parseTarget(d []byte) ([]byte, error) {
	if len(d) == 0 {
		return nil, fmt.Errorf("%w: empty answer", ErrTarget)
	}
	if d[0] == 0 {
		return nil, nil
	}
	if len(d) < 6 {
		return nil, fmt.Errorf("%w: answer of %d bytes", ErrTarget, len(d))
	}
	switch n := int(d[5]); {
	case n != 4 && n != 7 && n != 10:
		return nil, fmt.Errorf("%w: a UID of %d bytes", ErrTarget, n)
	case len(d) < 6+n:
		return nil, fmt.Errorf("%w: UID is cut off", ErrTarget)
	default:
		return d[6 : 6+n], nil
	}
}
