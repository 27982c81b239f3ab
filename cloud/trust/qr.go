package trust

import (
	"errors"
	"fmt"
	"strings"

	"rsc.io/qr"

	"smartbox/sync/enrol"
)

// ErrQR says that a link does not fit a QR code.
var ErrQR = errors.New("QR code")

const quiet = 4 // modules of white around the code, ISO/IEC 18004 section 5.3.8

// QR is a link as a QR code, with a quarter of it redundant.
type QR struct {
	code *qr.Code
}

// NewQR makes the QR code of a link. Its pictures hold the claim code: show them once and do not store them.
func NewQR(l enrol.Link) (QR, error) {
	c, err := qr.Encode(l.Text(), qr.M)
	if err != nil {
		return QR{}, fmt.Errorf("%w: the link is too long", ErrQR)
	}
	return QR{c}, nil
}

// PNG is a picture of 8 pixels a module.
func (q QR) PNG() []byte { return q.code.PNG() }

// SVG is a picture without a size of its own.
func (q QR) SVG() []byte {
	var b strings.Builder
	side := q.code.Size + 2*quiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img" `+
		`aria-label="QR code for enrolling the box"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, side, side, side, side)
	for y := range q.code.Size {
		for x := 0; x < q.code.Size; x++ {
			if !q.code.Black(x, y) {
				continue
			}
			from := x
			for x+1 < q.code.Size && q.code.Black(x+1, y) {
				x++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from+1, x-from+1)
		}
	}
	b.WriteString(`"/></svg>`)
	return []byte(b.String())
}

// Terminal is a picture of half blocks, two modules a character, for a dark or a light terminal: it sets its colours.
func (q QR) Terminal() string {
	const light, reset = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
	var b strings.Builder
	for y := -quiet; y < q.code.Size+quiet; y += 2 {
		b.WriteString(light)
		for x := -quiet; x < q.code.Size+quiet; x++ {
			switch up, down := q.black(x, y), q.black(x, y+1); {
			case up && down:
				b.WriteRune('█')
			case up:
				b.WriteRune('▀')
			case down:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteString(reset + "\n")
	}
	return b.String()
}

func (q QR) black(x, y int) bool {
	return x >= 0 && y >= 0 && x < q.code.Size && y < q.code.Size && q.code.Black(x, y)
}
