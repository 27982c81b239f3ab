package journal

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
)

// small makes a journal of a few segments in memory and gives its files.
func small(t testing.TB) (o Options, want []smartbox.Event, files map[string][]byte) {
	t.Helper()
	d := newDisk(1)
	o = testOptions(t, d)
	j, err := Open("/j", o)
	if err != nil {
		t.Fatal(err)
	}
	want = fill(t, j, 36)
	e := long(sample(36), 700)
	e.Seq, e.Boot = 37, testBoot
	if _, err := j.Append(e); err != nil {
		t.Fatal(err)
	}
	want = append(want, e)
	if err := j.Ack(3); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for name, n := range d.names {
		files[name] = n.data
	}
	return o, want, files
}

func diskOf(files map[string][]byte) *disk {
	d := newDisk(1)
	for name, b := range files {
		d.names[name] = &inode{data: slices.Clone(b), durable: slices.Clone(b)}
	}
	d.durable = maps.Clone(d.names)
	return d
}

// judge opens a damaged journal and wants it to say nothing wrong, to report what is lost, to take the
// next event under a number that none had, and to hold what it then has over another start.
func judge(o Options, want []smartbox.Event, files map[string][]byte) error {
	d := diskOf(files)
	o.FS = d
	report, err := verify(d, "/j", o.Codec)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	j, err := Open("/j", o)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if len(j.State().Damage) == 0 || !slices.ContainsFunc(j.State().Damage, func(c *CorruptError) bool { return c.Lost > 0 }) {
		if diff := cmp.Diff(fold(want), j.Book()); diff != "" {
			return fmt.Errorf("book is silently wrong (-want +got):\n%s", diff)
		}
	}
	for range 2 {
		got, errs := all(j, 1)
		lost := map[uint64]bool{}
		for _, err := range errs {
			var c *CorruptError
			if !errors.As(err, &c) {
				return fmt.Errorf("read: %w", err)
			}
			for n := c.Seq; n < c.Seq+min(c.Lost, 1000); n++ {
				lost[n] = true
			}
		}
		for _, e := range got {
			if e.Seq <= uint64(len(want)) && e != want[e.Seq-1] {
				return fmt.Errorf("event %d is silently wrong", e.Seq)
			}
			lost[e.Seq] = true
		}
		for _, e := range want {
			if !lost[e.Seq] {
				return fmt.Errorf("event %d is silently missing", e.Seq)
			}
		}
		if len(errs) > 0 && (report.OK() || len(j.State().Damage) == 0) {
			return fmt.Errorf("damage is not reported: %v", errs)
		}
		e := sample(50)
		seq, err := j.Append(e)
		if err != nil || seq <= uint64(len(want)) {
			return fmt.Errorf("append: event %d, %w", seq, err)
		}
		if err := j.Close(); err != nil {
			return err
		}
		o.FS = d.restart()
		if j, err = Open("/j", o); err != nil {
			return fmt.Errorf("open again: %w", err)
		}
		if last, _ := all(j, seq); len(last) != 1 || last[0].Seq != seq {
			return fmt.Errorf("the event after the damage is gone: %v", last)
		}
	}
	return j.Close()
}

// TestEveryBitFlip flips bits of every file that holds something, one at a time; with SMARTBOX_CRASH_POINTS at
// 10000 or more, every single one.
func TestEveryBitFlip(t *testing.T) {
	o, want, files := small(t)
	flips, stride := 0, 41
	if crashPoints(t) >= 10_000 {
		stride = 1
	}
	for name, b := range files {
		if filepath.Base(name) == lockFile || filepath.Base(name) == spareFile {
			continue
		}
		end := len(bytes.TrimRight(b, "\x00"))
		for bit := range 8 * min(len(b), end+2*sector) {
			if bit%stride != 0 {
				continue
			}
			b[bit/8] ^= 1 << (bit % 8)
			if err := judge(o, want, files); err != nil {
				t.Fatalf("%s, bit %d: %v", name, bit, err)
			}
			b[bit/8] ^= 1 << (bit % 8)
			flips++
		}
	}
	t.Logf("%d single-bit flips, 0 silent wrong events", flips)
}

// TestTruncationAtEveryByte cuts every file at many lengths; with SMARTBOX_CRASH_POINTS at 10000 or more, at every one.
func TestTruncationAtEveryByte(t *testing.T) {
	o, want, files := small(t)
	for name, b := range files {
		step := 19
		if crashPoints(t) >= 10_000 {
			step = 1
		}
		for n := 0; n < len(b); n += step {
			files[name] = b[:n]
			if err := judge(o, want, files); err != nil {
				t.Fatalf("%s cut to %d bytes: %v", name, n, err)
			}
		}
		files[name] = b
	}
}

// TestAnyFileMissing takes each file away.
func TestAnyFileMissing(t *testing.T) {
	o, want, files := small(t)
	for name, b := range files {
		if _, isSegment := parseSegName(filepath.Base(name)); isSegment {
			continue // the newest gone is not seen here, but by the cloud: the chain it has goes further
		}
		delete(files, name)
		if err := judge(o, want, files); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		files[name] = b
	}
}

// TestDamageInTheMiddleKeepsTheRest breaks one record of an old segment and one of the last.
func TestDamageInTheMiddleKeepsTheRest(t *testing.T) {
	o, want, files := small(t)
	for name, b := range files {
		if seg, ok := parseSegName(filepath.Base(name)); ok {
			h, err := decodeHeader(b)
			if err != nil {
				t.Fatal(err)
			}
			b[h.size+100] ^= 0x10 // the first record
			_ = seg
		}
	}
	d := diskOf(files)
	o.FS = d
	j := mustOpen(t, "/j", o)
	got, errs := all(j, 0)
	if len(got) != len(want)-2 || len(errs) != 2 {
		t.Fatalf("%d events and %d errors, want %d and 2: %v", len(got), len(errs), len(want)-2, errs)
	}
	var c *CorruptError
	if !errors.As(errs[0], &c) || c.Seq != 1 || c.Lost != 1 {
		t.Errorf("first error: %v", errs[0])
	}
	bad := 0
	for name := range d.names {
		if filepath.Ext(name) == ".bad" {
			bad++
		}
	}
	if bad != 2 {
		t.Errorf("%d segments set aside, want 2", bad)
	}
}

// TestDamageIsKnownWithoutWaiting asks for the damage beside an append that hangs, and again after a restart: what lies
// in a segment that was set aside earlier is not forgotten.
func TestDamageIsKnownWithoutWaiting(t *testing.T) {
	o, _, files := small(t)
	for name, b := range files {
		if seg, ok := parseSegName(filepath.Base(name)); ok && seg.first == 1 {
			h, err := decodeHeader(b)
			if err != nil {
				t.Fatal(err)
			}
			b[h.size+100] ^= 0x10
		}
	}
	o.FS = diskOf(files)
	j := mustOpen(t, "/j", o)
	all(j, 0)
	for _, when := range []string{"after it was read", "after a restart"} {
		j.mu.Lock() // as an append that hangs does
		got := j.Damage()
		j.mu.Unlock()
		if len(got) != 1 || got[0].Seq != 1 || got[0].Lost != 1 || filepath.Ext(got[0].Segment) != ".bad" {
			t.Errorf("%s: %v", when, got)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = mustOpen(t, "/j", o)
	}
}
