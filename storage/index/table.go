package index

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// maxRows bounds every table, so that row numbers and offsets fit an int of 32 bits.
const maxRows = 1 << 24

// maxColumns is the most columns that a table of this version has.
const maxColumns = 7

// column is one field of every row of a table: the number base + scale × stored, where stored stands little-endian
// in width bytes. A column whose rows are all equal takes no byte at all.
type column struct {
	base, scale uint64
	mask        uint64
	off, width  int
}

// table is a read-only array of rows over bytes that hold no pointer. Rows stand whole, for a decision reads
// several fields of one row, and one row is one cache line.
type table struct {
	rows, stride int
	cols         [maxColumns]column
	data         []byte // rows × stride, and 8 bytes so that the last field can be read as a word
}

// at is a field. It needs row < rows.
func (t *table) at(row, col int) uint64 {
	c := &t.cols[col]
	return c.base + c.scale*(binary.LittleEndian.Uint64(t.data[row*t.stride+c.off:])&c.mask)
}

// pack writes a table whose column c has the value cols[c](row) in each row.
func pack(rows int, cols ...func(row int) uint64) []byte {
	var t table
	for i, value := range cols {
		t.cols[i] = fit(rows, value)
		t.cols[i].off = t.stride
		if t.stride += t.cols[i].width; t.stride == 0 && rows > 2 && i == len(cols)-1 {
			t.cols[i].width, t.stride = 1, 1 // so that nobody can claim more rows than there are bytes
		}
	}
	out := make([]byte, 0, 16+24*len(cols)+rows*t.stride+16)
	out = binary.LittleEndian.AppendUint64(out, uint64(rows))      //nolint:gosec // a length
	out = binary.LittleEndian.AppendUint32(out, uint32(t.stride))  //nolint:gosec // at most 56
	out = binary.LittleEndian.AppendUint32(out, uint32(len(cols))) //nolint:gosec // at most 7
	for _, c := range t.cols[:len(cols)] {
		out = binary.LittleEndian.AppendUint64(out, c.base)
		out = binary.LittleEndian.AppendUint64(out, c.scale)
		out = binary.LittleEndian.AppendUint64(out, uint64(c.width)) //nolint:gosec // 0 to 8
	}
	var word [8]byte
	for row := range rows {
		for i, value := range cols {
			c := &t.cols[i]
			binary.LittleEndian.PutUint64(word[:], (value(row)-c.base)/c.scale)
			out = append(out, word[:c.width]...)
		}
	}
	return append(out, make([]byte, 8)...)
}

// fit finds the narrowest column for the values: base is the least of them, scale what all distances share. Ids that
// were counted up share a power of 37, for their texts are padded on the right.
func fit(rows int, value func(row int) uint64) column {
	if rows == 0 {
		return column{scale: 1}
	}
	low, high := value(0), value(0)
	for row := range rows {
		v := value(row)
		low, high = min(low, v), max(high, v)
	}
	var scale uint64
	for row := 0; row < rows && scale != 1; row++ {
		scale = gcd(scale, value(row)-low)
	}
	scale = max(scale, 1)
	return column{base: low, scale: scale, width: (bits.Len64((high-low)/scale) + 7) / 8}
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// unpack reads what pack wrote and keeps b. It refuses what does not fit together, so that at is safe on any row.
func unpack(b []byte, columns int) (table, error) {
	var t table
	if len(b) < 16+24*columns {
		return t, fmt.Errorf("%w: table of %d bytes", ErrFlat, len(b))
	}
	rows, stride := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint32(b[8:])
	if rows > maxRows || stride > 8*maxColumns || binary.LittleEndian.Uint32(b[12:]) != uint32(columns) { //nolint:gosec // at most 7
		return t, fmt.Errorf("%w: table of %d rows of %d bytes", ErrFlat, rows, stride)
	}
	t.rows, t.stride = int(rows), int(stride)
	b = b[16:]
	off := 0
	for i := range columns {
		width := binary.LittleEndian.Uint64(b[16:])
		if width > 8 {
			return t, fmt.Errorf("%w: field of %d bytes", ErrFlat, width)
		}
		t.cols[i] = column{
			base: binary.LittleEndian.Uint64(b), scale: binary.LittleEndian.Uint64(b[8:]),
			mask: 1<<(8*width) - 1, off: off, width: int(width),
		}
		off += int(width)
		b = b[24:]
	}
	if off != t.stride || len(b) < 8 || (off == 0 && t.rows > 2) || int64(t.rows)*int64(t.stride) != int64(len(b)-8) {
		return t, fmt.Errorf("%w: table of %d rows has %d bytes", ErrFlat, rows, len(b))
	}
	t.data = b
	return t, nil
}
