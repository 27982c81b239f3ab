package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
)

func TestReopenedJournalHoldsWhatWasAppended(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	o := testOptions(t, nil)
	var want []smartbox.Event
	for run := range 4 {
		o.Boot = uint64(run + 1)
		j, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		wantEvents(t, j, want)
		wantBook(t, j, want)
		for i := range 25 {
			e := sample(run*25 + i)
			if i%7 == 0 {
				e = long(e, 100*i)
			}
			seq, err := j.Append(e)
			if err != nil {
				t.Fatal(err)
			}
			if e.Seq, e.Boot = seq, o.Boot; seq != uint64(len(want)+1) {
				t.Fatalf("event %d got sequence number %d", len(want)+1, seq)
			}
			want = append(want, e)
		}
		wantEvents(t, j, want)
		wantBook(t, j, want)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Verify(dir, o.Codec)
	if err != nil || !r.OK() || r.Events != 100 || r.Last != 100 || r.Torn {
		t.Fatalf("verify: %+v, %v", r, err)
	}
	if r.Segments < 4 {
		t.Errorf("%d segments: the test does not rotate", r.Segments)
	}
}

func TestRawEventsFormTheChain(t *testing.T) {
	j := mustOpen(t, t.TempDir(), testOptions(t, nil))
	fill(t, j, 90)
	hash := Genesis(j.State().Epoch)
	for from := uint64(1); ; {
		raw, err := j.ReadRaw(from, 17)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) == 0 {
			break
		}
		for _, r := range raw {
			if hash = hash.Next(r.Payload); r.Seq != from || r.Hash != hash {
				t.Fatalf("event %d does not continue the chain", r.Seq)
			}
			from++
		}
	}
	if s := j.State(); s.Head != hash || s.Next != 91 {
		t.Errorf("state %+v does not end the chain", s)
	}
}

func TestFollowSeesWhatIsAppendedLater(t *testing.T) {
	j := mustOpen(t, t.TempDir(), testOptions(t, nil))
	fill(t, j, 3)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan uint64)
	go func() {
		defer close(got)
		for e, err := range j.Follow(ctx, 2) {
			if err != nil {
				t.Error(err)
				return
			}
			got <- e.Seq
		}
	}()
	for want := uint64(2); want <= 80; want++ {
		if want > 3 {
			if _, err := j.Append(sample(int(want))); err != nil {
				t.Fatal(err)
			}
		}
		if seq := <-got; seq != want {
			t.Fatalf("got event %d, want %d", seq, want)
		}
	}
	cancel()
	if seq, open := <-got; open {
		t.Errorf("event %d after the end of ctx", seq)
	}
}

func TestCloseEndsFollow(t *testing.T) {
	j := mustOpen(t, t.TempDir(), testOptions(t, nil))
	end := make(chan error)
	go func() {
		for _, err := range j.Follow(t.Context(), 0) {
			end <- err
		}
	}()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-end; !errors.Is(err, ErrClosed) {
		t.Errorf("follow ended with %v", err)
	}
	if _, err := j.Append(sample(1)); !errors.Is(err, ErrClosed) {
		t.Errorf("append: %v", err)
	}
	if err := j.Ack(0); !errors.Is(err, ErrClosed) {
		t.Errorf("ack: %v", err)
	}
}

func TestSecondWriterIsKeptOut(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir, testOptions(t, nil))
	if _, err := Open(dir, testOptions(t, nil)); !errors.Is(err, ErrLocked) {
		t.Errorf("second open: %v", err)
	}
}

func TestTooLargeAnEventIsRefused(t *testing.T) {
	j := mustOpen(t, t.TempDir(), testOptions(t, nil))
	if _, err := j.Append(long(sample(0), MaxPayload)); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("append: %v", err)
	}
	want := fill(t, j, 2)
	wantEvents(t, j, want)
}

func TestNewerFormatIsRefused(t *testing.T) {
	dir := t.TempDir()
	o := testOptions(t, nil)
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, j, 3)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, j.segs[0].file())
	before := newerSegment(t, name)
	if _, err := Open(dir, o); !errors.Is(err, ErrNewer) {
		t.Fatalf("open: %v", err)
	}
	if _, err := Verify(dir, o.Codec); !errors.Is(err, ErrNewer) {
		t.Errorf("verify: %v", err)
	}
	after, err := os.ReadFile(name)
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("the newer file was touched (%v)", err)
	}
}

func TestAckIsDurableMonotonicAndBounded(t *testing.T) {
	dir := t.TempDir()
	o := testOptions(t, nil)
	j := mustOpen(t, dir, o)
	fill(t, j, 10)
	for _, upTo := range []uint64{3, 7, 5, 0} {
		if err := j.Ack(upTo); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Ack(11); !errors.Is(err, ErrAhead) {
		t.Errorf("ack of an event that was never recorded: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, o)
	if s := j.State(); s.Acked != 7 {
		t.Errorf("acknowledged up to %d after reopening, want 7", s.Acked)
	}
}

func TestRetentionDeletesOnlyWhatWasAcknowledged(t *testing.T) {
	o := testOptions(t, nil)
	o.RetainSegments = 2
	j := mustOpen(t, t.TempDir(), o)
	want := fill(t, j, 300)
	if s := j.State(); s.First != 1 {
		t.Fatalf("unacknowledged events were deleted: %+v", s)
	}
	if err := j.Ack(200); err != nil {
		t.Fatal(err)
	}
	s := j.State()
	if s.First == 1 || s.First > 201 {
		t.Fatalf("first kept is %d after events up to 200 were acknowledged", s.First)
	}
	wantEvents(t, j, want[s.First-1:])
	_, errs := all(j, 1)
	if len(errs) != 1 || !errors.Is(errs[0], ErrGone) {
		t.Errorf("reading what is gone: %v", errs)
	}
	wantBook(t, j, want)
}

func TestSizeLimitHoldsPickupsAndLetsReturnsThrough(t *testing.T) {
	o := testOptions(t, nil)
	o.MaxBytes = 4 * smallSegs
	j := mustOpen(t, t.TempDir(), o)
	pickup, back := sample(0), sample(3)
	var n uint64
	for {
		_, err := j.Append(pickup)
		if errors.Is(err, ErrFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	s := j.State()
	if !s.Full || s.Broken == nil || s.Bytes > o.MaxBytes || s.Next != n+1 {
		t.Fatalf("full journal says %+v after %d events", s, n)
	}
	for range 20 {
		if _, err := j.Append(back); err != nil {
			t.Fatalf("a return is not recorded: %v", err)
		}
	}
	if err := j.Ack(n); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(pickup); err != nil {
		t.Fatalf("after the acknowledgement: %v", err)
	}
	if s := j.State(); s.Full || s.Broken != nil || s.Next != n+22 {
		t.Errorf("state afterwards %+v", s)
	}
}

func TestLostJournalBeginsAnotherHistory(t *testing.T) {
	dir := t.TempDir()
	o := testOptions(t, nil)
	j := mustOpen(t, dir, o)
	fill(t, j, 3)
	if err := j.Ack(2); err != nil {
		t.Fatal(err)
	}
	epoch := j.State().Epoch
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, j.segs[0].file())); err != nil {
		t.Fatal(err)
	}
	j = mustOpen(t, dir, o)
	if s := j.State(); s.Epoch == epoch || s.Next != 1 || s.Acked != 0 || len(s.Damage) == 0 {
		t.Errorf("state %+v, old epoch %d", s, epoch)
	}
}

func TestRecordReadsBack(t *testing.T) {
	for _, n := range []int{0, 1, sector - recordBytes, sector - recordBytes + 1, MaxPayload} {
		b := make([]byte, maxRecord)
		want := record{seq: 9, boot: 8, hash: Genesis(7), payload: make([]byte, n)}
		want.size = want.put(b, 6)
		got, ok := recordAt(b, 6)
		if !ok {
			t.Fatalf("record of %d bytes does not read back", n)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(record{})); diff != "" {
			t.Errorf("record of %d bytes (-want +got):\n%s", n, diff)
		}
		if _, ok := recordAt(b, 5); ok {
			t.Error("a record of another history is taken")
		}
	}
}
