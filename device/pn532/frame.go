package pn532

import (
	"bytes"
	"errors"
	"fmt"
)

// Errors of a frame.
var (
	// ErrShort says that a frame has begun and its end is not there.
	ErrShort = errors.New("pn532: frame is cut short")
	// ErrChecksum says that a frame's length or data checksum does not fit.
	ErrChecksum = errors.New("pn532: checksum of the frame is wrong")
	// ErrSyntax is the chip's own error frame: it did not understand the command in its state.
	ErrSyntax = errors.New("pn532: chip answers with its error frame")
	// ErrFrame says that a whole frame is not what the user manual allows.
	ErrFrame = errors.New("pn532: not a frame of the chip")
)

// Kind is what a frame is.
type Kind uint8

// The kinds of frame.
const (
	KindData Kind = iota + 1
	KindACK
	KindNACK
	KindError
)

// Direction bytes (TFI) of a data frame.
const (
	toChip = 0xD4
	toHost = 0xD5
)

// maxData is the most bytes that a data frame carries after its TFI (UM0701-02, 6.2.1.2).
const maxData = 264

// Frame is a frame as it stands on the wire.
type Frame struct {
	Kind Kind
	TFI  byte   // of KindData
	Data []byte // of KindData: command or response code, then parameters; shares the input's memory
}

// AppendFrame appends a data frame, an extended one where data asks for it. It panics when data is longer
// than the 264 bytes that a frame holds.
func AppendFrame(dst []byte, tfi byte, data []byte) []byte {
	if len(data) > maxData {
		panic(fmt.Sprintf("pn532: %d bytes do not fit a frame", len(data)))
	}
	n := len(data) + 1
	dst = append(dst, 0x00, 0x00, 0xFF)
	if n <= 0xFF {
		dst = append(dst, byte(n), byte(-n))
	} else {
		dst = append(dst, 0xFF, 0xFF, byte(n>>8), byte(n), -(byte(n>>8) + byte(n)))
	}
	dst = append(dst, tfi)
	sum := tfi
	for _, b := range data {
		sum += b
	}
	return append(append(dst, data...), -sum, 0x00)
}

func ackFrame() []byte  { return []byte{0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00} }
func nackFrame() []byte { return []byte{0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00} }

// ParseFrame finds the first frame in b and says how many bytes are done with: those of the frame and the noise
// before it. Without a whole frame the error is ErrShort, and n counts the noise that can go; after ErrChecksum
// and ErrFrame n leads past the broken frame's start, so that the caller may look on from there.
func ParseFrame(b []byte) (f Frame, n int, err error) {
	start := bytes.Index(b, []byte{0x00, 0xFF})
	if start < 0 {
		keep := 0
		if len(b) > 0 && b[len(b)-1] == 0x00 {
			keep = 1
		}
		return Frame{}, len(b) - keep, ErrShort
	}
	p := b[start+2:]
	if len(p) < 2 {
		return Frame{}, start, ErrShort
	}
	head, size := 2, int(p[0])
	switch {
	case p[0] == 0x00 && p[1] == 0xFF:
		return Frame{Kind: KindACK}, start + 4, nil
	case p[0] == 0xFF && p[1] == 0x00:
		return Frame{Kind: KindNACK}, start + 4, nil
	case p[0] == 0xFF && p[1] == 0xFF:
		if len(p) < 5 {
			return Frame{}, start, ErrShort
		}
		if p[2]+p[3]+p[4] != 0 {
			return Frame{}, start + 2, ErrChecksum
		}
		head, size = 5, int(p[2])<<8|int(p[3])
	case p[0]+p[1] != 0:
		return Frame{}, start + 2, ErrChecksum // what was taken for a length may begin the next frame
	}
	if size == 0 || size > maxData+1 {
		return Frame{}, start + 2, ErrFrame
	}
	if len(p) < head+size+1 {
		return Frame{}, start, ErrShort
	}
	body, sum := p[head:head+size], p[head+size]
	for _, c := range body {
		sum += c
	}
	n = start + 2 + head + size + 1
	switch {
	case sum != 0:
		return Frame{}, start + 2, ErrChecksum
	case size == 1 && body[0] == 0x7F:
		return Frame{Kind: KindError}, n, nil
	case size < 2 || (body[0] != toHost && body[0] != toChip):
		return Frame{}, n, ErrFrame
	}
	return Frame{Kind: KindData, TFI: body[0], Data: body[1:]}, n, nil
}
