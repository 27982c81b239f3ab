package matrix

import (
	"math/bits"
	"time"

	"smartbox/device"
	"smartbox/device/mcp23017"
)

// matrix is the keys that are down: for each row, the columns as bits.
type matrix [mcp23017.Pins]uint16

// idle lets every row pull low and reports whether all columns are high: no key is down. The reading clears
// the chip's interrupt.
func (d *Dev) idle() (bool, error) {
	if err := d.chip.Pull(mask(d.wiring.Rows), 0); err != nil {
		return false, err
	}
	columns, err := d.columns()
	return columns == 0, err
}

// scan reads one row after the other.
func (d *Dev) scan() (m matrix, err error) {
	rows := mask(d.wiring.Rows)
	for i, row := range d.wiring.Rows {
		if err := d.chip.Pull(rows, rows&^row.Mask()); err != nil {
			return m, err
		}
		if m[i], err = d.columns(); err != nil {
			return m, err
		}
	}
	return m, nil
}

// columns are those that are low.
func (d *Dev) columns() (low uint16, err error) {
	levels, err := d.chip.Read()
	if err != nil {
		return 0, err
	}
	for i, p := range d.wiring.Columns {
		if levels&p.Mask() == 0 {
			low |= 1 << i
		}
	}
	return low, nil
}

// doubtful are the keys at the corners of a rectangle: with three of them down the fourth reads as
// down too, and nobody can tell which three.
func (m *matrix) doubtful() (d matrix) {
	for a := range m {
		for b := range a {
			if both := m[a] & m[b]; bits.OnesCount16(both) > 1 {
				d[a] |= both //nolint:gosec // a ranges over the rows
				d[b] |= both
			}
		}
	}
	return d
}

// follow takes a scan in. A key counts once it has read the same for the debounce time; a doubtful
// one stays as it was.
func (d *Dev) follow(now time.Time, m matrix, emit func(device.Event)) {
	doubt := m.doubtful()
	for row := range d.wiring.Rows {
		for column := range d.wiring.Columns {
			bit := uint16(1) << column
			if doubt[row]&bit != 0 {
				m[row] = m[row]&^bit | d.keys[row]&bit
			}
			if (m[row]^d.raw[row])&bit != 0 {
				d.since[row][column] = now
			}
			if (m[row]^d.keys[row])&bit == 0 || now.Sub(d.since[row][column]) < d.opts.Debounce {
				continue
			}
			d.keys[row] ^= bit
			if key := d.opts.Layout.Key(row, column); d.keys[row]&bit != 0 {
				d.held.Press(now, key, emit)
			} else {
				d.held.Release(now, key, emit)
			}
		}
	}
	d.raw = m
}

// forget lets all keys come up.
func (d *Dev) forget(now time.Time, emit func(device.Event)) {
	d.keys, d.raw = matrix{}, matrix{}
	d.held.Forget(now, emit)
}
