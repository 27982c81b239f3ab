package journal

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"smartbox"
)

// labels are the operations of a journal that can fail while it runs.
var labels = []string{
	"append.write", "segment.open", "segment.write", "segment.rename", "segment.dirsync",
	"spare.create", "spare.rename", "spare.remove", "verify.read", "segment.read", "segment.size",
	"hint.write", "ack.create", "ack.open", "ack.write", "ack.rename", "ack.dirsync", "retain.remove", "retain.dirsync",
}

// openLabels are those that only Open uses.
var openLabels = []string{
	"open.mkdir", "open.lock", "list", "ack.read", "segment.read", "open.sync", "open.cut", "segment.open",
	"ack.open", "spare.read", "open.tidy", "hint.read", "segment.write", "segment.rename", "segment.dirsync", "ack.write", "spare.create",
}

// TestEveryFaultEverywhere breaks each operation in each way, at its first and later calls, for once and
// for a while, and wants every event on record once and in order, now and after a power cut.
func TestEveryFaultEverywhere(t *testing.T) {
	writes := []fault{{write: 0, cache: 0}, {write: 1, cache: 1}, {write: -1, cache: -1}, {write: 0, cache: -1}, {write: -1, cache: 0}}
	hit := map[string]bool{}
	for _, label := range labels {
		for _, err := range []error{syscall.EIO, syscall.ENOSPC, syscall.EROFS} {
			for after := range 3 {
				for _, count := range []int{1, 2, 5} {
					for _, f := range writes {
						f.err, f.after, f.count = err, after, count
						name := fmt.Sprintf("%s/%v/after %d/%d times/%+v", label, err, after, count, f)
						d := newDisk(1)
						if runFaulty(t, d, label, f) {
							hit[label] = true
						}
						if t.Failed() {
							t.Fatalf("with %s", name)
						}
						if label != "append.write" && label != "segment.write" && label != "ack.write" {
							break // the rest have no half-done outcomes
						}
					}
				}
			}
		}
	}
	for _, label := range labels {
		if !hit[label] {
			t.Errorf("%s never failed: the scenario does not reach it", label)
		}
	}
}

func runFaulty(t *testing.T, d *disk, label string, f fault) (hit bool) {
	t.Helper()
	o := testOptions(t, d)
	o.RetainSegments = -1
	j, err := Open("/j", o)
	if err != nil {
		t.Fatal(err)
	}
	d.fail(label, &f)
	var want []smartbox.Event
	for i := range 75 {
		e := sample(i)
		if i%5 == 0 {
			e = long(e, 1500)
		}
		want = append(want, appendStubborn(t, j, e))
		if i == 2 && (label == "verify.read" || label == "spare.remove") { // reached only after another fault
			d.fail(map[string]string{"verify.read": "append.write", "spare.remove": "segment.write"}[label], &fault{err: syscall.EIO, count: 1})
		}
		if i%20 == 19 {
			if err := j.Ack(uint64(i - 5)); err != nil && !typed(err) {
				t.Errorf("ack: %v", err)
			}
			checkReadable(t, j, want)
		}
	}
	hit = f.after == 0 && (!d.failing(label) || f.count < 5)
	d.mend(label)
	if err := j.Ack(40); err != nil {
		t.Errorf("ack afterwards: %v", err)
	}
	checkReadable(t, j, want)
	wantBook(t, j, want)
	next := d.restart()
	o.FS = next
	j2 := mustOpen(t, "/j", o)
	if s := j2.State(); s.Acked < 40 || len(s.Damage) > 0 || s.Next != 76 {
		t.Errorf("after the power cut: %+v", s)
	}
	checkReadable(t, j2, want)
	wantBook(t, j2, want)
	return hit
}

// appendStubborn appends as a caller does that obeys the errors' text.
func appendStubborn(t *testing.T, j *Journal, e smartbox.Event) smartbox.Event {
	t.Helper()
	for range 8 {
		seq, err := j.Append(e)
		if err == nil {
			if j.State().Broken != nil {
				t.Error("broken, though the append worked")
			}
			e.Seq, e.Boot = seq, testBoot
			return e
		}
		if !typed(err) || j.State().Broken == nil {
			t.Fatalf("append: %v (state: %v)", err, j.State().Broken)
		}
	}
	t.Fatal("append fails for ever")
	return e
}

func typed(err error) bool {
	return errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly) || errors.Is(err, ErrUncertain)
}

// checkReadable wants every event that is kept to be right; reading may fail while the fault lasts, but never lie.
func checkReadable(t *testing.T, j *Journal, want []smartbox.Event) {
	t.Helper()
	got, errs := all(j, 0)
	if len(errs) == 0 {
		if first := j.State().First; !slices.Equal(got, want[first-1:]) {
			t.Errorf("read %d events from %d on, want %d", len(got), first, len(want))
		}
		return
	}
	for _, e := range got {
		if e != want[e.Seq-1] {
			t.Errorf("event %d reads wrong", e.Seq)
		}
	}
}

// TestOpenSurvivesEveryFault breaks each operation of Open. It may fail with a clear error, and works once the
// fault is gone; no event is lost either way.
func TestOpenSurvivesEveryFault(t *testing.T) {
	for _, label := range openLabels {
		for _, err := range []error{syscall.EIO, syscall.ENOSPC, syscall.EROFS} {
			for after := range 2 {
				for _, torn := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/%v/%d/%v", label, err, after, torn), func(t *testing.T) {
						openFaulty(t, label, fault{err: err, after: after}, torn)
					})
				}
			}
		}
	}
}

func openFaulty(t *testing.T, label string, f fault, torn bool) {
	t.Helper()
	d := newDisk(3)
	o := testOptions(t, d)
	j, err := Open("/j", o)
	if err != nil {
		t.Fatal(err)
	}
	want := fill(t, j, 40)
	if torn {
		d.fail("append.write", &fault{err: errPowerCut, write: 1, cache: 1})
		d.fail("verify.read", &fault{err: errPowerCut})
		d.fail("segment.open", &fault{err: errPowerCut})
		d.fail("spare.create", &fault{err: errPowerCut})
		if _, err := j.Append(long(sample(40), 1200)); !errors.Is(err, ErrUncertain) {
			t.Fatalf("append: %v", err)
		}
	}
	d = d.restart()
	o.FS, o.Boot = d, testBoot+1
	d.fail(label, &f)
	j, err = Open("/j", o)
	if err != nil {
		if f.err != syscall.EIO && !typed(err) && label != "segment.read" && label != "list" { //nolint:errorlint // the very value
			t.Errorf("open fails with %v", err)
		}
		d.heal()
		if j, err = Open("/j", o); err != nil {
			t.Fatalf("open after the fault is gone: %v", err)
		}
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	d.heal()
	if label != "segment.read" && label != "ack.read" {
		wantEvents(t, j, want)
	}
	seq, err := j.Append(sample(41))
	if err != nil || (seq != 41 && label != "segment.read") {
		t.Errorf("append after the fault: event %d, %v", seq, err)
	}
}

// TestAppendIsOneFlush counts flushes: one an event, and three more for each new segment.
func TestAppendIsOneFlush(t *testing.T) {
	d := newDisk(1)
	j := mustOpen(t, "/j", testOptions(t, d))
	clear(d.flushes)
	fill(t, j, 30)
	if len(d.flushes) != 1 || d.flushes["append.write"] != 30 {
		t.Errorf("30 appends within a segment flushed %v", d.flushes)
	}
}

// TestRetriedAppendIsRecordedOnce fails an append that became durable nevertheless, opens the journal
// again in the same run, and appends the same event again.
func TestRetriedAppendIsRecordedOnce(t *testing.T) {
	for _, reached := range []int{0, -1} {
		d := newDisk(1)
		o := testOptions(t, d)
		j, err := Open("/j", o)
		if err != nil {
			t.Fatal(err)
		}
		want := fill(t, j, 4)
		d.fail("append.write", &fault{err: syscall.EIO, write: reached, cache: reached})
		d.fail("segment.write", &fault{err: syscall.EIO})
		e := sample(4)
		if _, err := j.Append(e); !errors.Is(err, ErrUncertain) {
			t.Fatalf("append: %v", err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		d.heal()
		j = mustOpen(t, "/j", o)
		for range 2 { // however often
			seq, err := j.Append(e)
			if err != nil || seq != 5 {
				t.Fatalf("appended again: event %d, %v", seq, err)
			}
			if reached == 0 {
				break // it was never in doubt, so that a second append would be a second event
			}
		}
		e.Seq, e.Boot = 5, testBoot
		wantEvents(t, j, append(want, e))
		wantBook(t, j, append(want, e))
	}
}

// TestDiskThatForgetsIsMadeGoodFromMemory loses acknowledged records from the platter when a later flush fails.
func TestDiskThatForgetsIsMadeGoodFromMemory(t *testing.T) {
	d := newDisk(1)
	o := testOptions(t, d)
	j, err := Open("/j", o)
	if err != nil {
		t.Fatal(err)
	}
	want := fill(t, j, 10)
	n := d.names["/j/"+j.segs[0].file()]
	clear(n.durable[2*sector : 6*sector])
	d.fail("append.write", &fault{err: syscall.EIO, count: 1})
	for i := 10; i < 60; i++ {
		want = append(want, appendStubborn(t, j, sample(i)))
	}
	wantEvents(t, j, want)
	o.FS = d.restart()
	j = mustOpen(t, "/j", o)
	wantEvents(t, j, want)
	wantBook(t, j, want)
	if r, err := verify(o.FS, "/j", o.Codec); err != nil || !r.OK() {
		t.Errorf("verify: %+v, %v", r, err)
	}
}

func TestReadOnlyDirectorySaysSo(t *testing.T) {
	d := newDisk(1)
	d.fail("open.lock", &fault{err: syscall.EROFS})
	if _, err := Open("/j", testOptions(t, d)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("open: %v", err)
	}
}
