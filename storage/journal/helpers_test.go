package journal

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
)

const (
	testBoot  = 0xB007
	smallSegs = minSegmentBytes // sector + 32 sectors for records
)

func testOptions(t testing.TB, fsys FS) Options {
	return Options{Codec: newCodec(t), Boot: testBoot, SegmentBytes: smallSegs, FS: fsys}
}

func mustOpen(t testing.TB, dir string, o Options) *Journal {
	t.Helper()
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return j
}

// fill appends n samples and gives them as they must read back.
func fill(t testing.TB, j *Journal, n int) []smartbox.Event {
	t.Helper()
	var out []smartbox.Event
	for i := range n {
		e := sample(i)
		seq, err := j.Append(e)
		if err != nil {
			t.Fatalf("append %d: %v", i, err)
		}
		e.Seq, e.Boot = seq, j.o.Boot
		out = append(out, e)
	}
	return out
}

// all reads everything from from on, errors beside events.
func all(j *Journal, from uint64) (events []smartbox.Event, errs []error) {
	for e, err := range j.Read(from) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		events = append(events, e)
	}
	return events, errs
}

func wantEvents(t testing.TB, j *Journal, want []smartbox.Event) {
	t.Helper()
	got, errs := all(j, 0)
	if len(errs) > 0 {
		t.Fatalf("read: %v", errs)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("events read (-want +got):\n%s", diff)
	}
}

// fold is the book that the events make.
func fold(events []smartbox.Event) *smartbox.Book {
	b := smartbox.NewBook()
	for _, e := range events {
		b.Apply(e)
	}
	return b
}

func wantBook(t testing.TB, j *Journal, events []smartbox.Event) {
	t.Helper()
	if diff := cmp.Diff(fold(events), j.Book()); diff != "" {
		t.Fatalf("book (-want +got):\n%s", diff)
	}
}

// newerSegment gives a segment's header a later version and a right checksum, and gives the file.
func newerSegment(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	h, err := decodeHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint16(b[8:], version+1)
	clear(b[88:92])
	binary.BigEndian.PutUint32(b[88:], crc32.Checksum(b[:h.size], castagnoli))
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}
