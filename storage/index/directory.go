package index

import (
	"math/bits"
	"sort"
)

// perBucket is how many rows a bucket of a directory has on average: few enough to stand in two cache lines, many
// enough that the directory costs about a byte a row.
const perBucket = 4

// directory leads from the leading bits of a key to the few rows, ascending by key, that begin with them. Where the
// keys are spread evenly, as digests are, a row is found in two dependent reads; the worst spread costs a binary
// search. Unlike open addressing it needs no empty places and no chosen order.
type directory struct {
	table

	shift uint
}

// packDirectory writes the directory of n ascending keys.
func packDirectory(n int, key func(row int) uint64) []byte {
	width := bits.Len(uint(n / perBucket))
	starts := make([]int, 1<<width+1)
	for i := range starts[:1<<width] {
		starts[i] = sort.Search(n, func(row int) bool { return int(key(row)>>(64-width)) >= i }) //nolint:gosec // fewer than 2^24
	}
	starts[1<<width] = n
	return pack(len(starts), func(row int) uint64 { return uint64(starts[row]) }) //nolint:gosec // a length
}

// openDirectory reads a directory over n rows.
func openDirectory(b []byte, n int) (directory, error) {
	t, err := unpack(b, 1)
	if err != nil {
		return directory{}, err
	}
	width := bits.Len(uint(max(t.rows-1, 0))) - 1
	if width < 0 || t.rows != 1<<width+1 {
		return directory{}, damaged("directory of %d rows", t.rows)
	}
	last := uint64(0)
	for row := range t.rows {
		v := t.at(row, 0)
		if v < last || v > uint64(n) || (row == t.rows-1 && v != uint64(n)) { //nolint:gosec // a length
			return directory{}, damaged("directory leads out of its table")
		}
		last = v
	}
	return directory{table: t, shift: uint(64 - width)}, nil
}

// bucket are the rows from..to-1 among which a key must stand.
func (d *directory) bucket(key uint64) (from, to int) {
	b := int(key >> d.shift)                  //nolint:gosec // fewer than 2^24
	return int(d.at(b, 0)), int(d.at(b+1, 0)) //nolint:gosec // checked when opened
}

// mix spreads ids, which share their beginnings, over all 64 bits; unmix undoes it, so that the id itself need not
// be stored. The finalizer of splitmix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func unmix(x uint64) uint64 {
	x = (x ^ x>>31 ^ x>>62) * 0x319642b2d24d8ec3
	x = (x ^ x>>27 ^ x>>54) * 0x96de1b173f119089
	return x ^ x>>30 ^ x>>60
}
