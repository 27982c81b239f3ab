package journal

import (
	"testing"
)

// FuzzSegment gives any bytes as the last segment and as an old one: nothing panics, and what is taken
// for a record is one.
func FuzzSegment(f *testing.F) {
	_, _, files := small(f)
	for _, b := range files {
		f.Add(b, uint64(0))
		f.Add(b[:len(b)/2], uint64(30))
	}
	f.Fuzz(func(t *testing.T, b []byte, limit uint64) {
		name := segName{index: 1, first: 1}
		if limit > 1<<20 {
			limit = 0
		}
		s, err := scanSegment(b, name, limit, 7)
		if err != nil {
			return
		}
		next := uint64(1)
		for _, r := range s.records {
			if again, ok := recordAt(b[r.off:], s.head.epoch); !ok || again.seq != r.seq || r.seq < next {
				t.Fatalf("record %d at %d is none", r.seq, r.off)
			}
			next = r.seq + 1
		}
		if s.next < next || (limit > 1 && s.next < limit) {
			t.Fatalf("next is %d after record %d, limit %d", s.next, next-1, limit)
		}
		covered := uint64(len(s.records))
		for _, d := range s.damage {
			covered += d.Lost
		}
		if covered != s.next-1 {
			t.Fatalf("%d events are accounted for of %d", covered, s.next-1)
		}
	})
}

// FuzzAck gives any bytes as the file of acknowledgements.
func FuzzAck(f *testing.F) {
	f.Add(append(ackMark{epoch: 1, count: 2, acked: 3}.encode(), ackMark{epoch: 1, count: 3, acked: 9}.encode()...))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := newDisk(1)
		d.names["/j/"+ackFile] = &inode{data: b}
		m, damage := readAck(d, "/j")
		if m == (ackMark{}) && len(damage) == 0 && !isZero(b) {
			t.Fatal("nothing was read, and nothing is said about it")
		}
	})
}
