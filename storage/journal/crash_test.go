package journal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smartbox"
)

// crashPoints is how many power cuts a run simulates; SMARTBOX_CRASH_POINTS raises it.
func crashPoints(t testing.TB) int {
	t.Helper()
	text := os.Getenv("SMARTBOX_CRASH_POINTS")
	if text == "" {
		return 600
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("SMARTBOX_CRASH_POINTS: %v", err)
	}
	return n
}

// box is a box that loses its power now and then: what it knows for certain, over all its lives.
type box struct {
	recorded []smartbox.Event // every append that returned without an error, or was found on record
	doubtful *smartbox.Event  // the append that the power cut into
	acked    uint64
}

// live runs the journal until the power fails, and reports whether it did.
func (b *box) live(t testing.TB, d *disk, rng *rand.Rand, o Options) error {
	j, err := Open("/j", o)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }() // the disk may be dead
	if d.dead {
		return errPowerCut
	}
	if err := b.check(j); err != nil {
		t.Fatal(err)
	}
	for range 150 {
		if rng.IntN(12) == 0 && len(b.recorded) > 0 {
			upTo := uint64(rng.IntN(len(b.recorded)) + 1)
			b.acked = max(b.acked, upTo) // the cloud has it, whether we keep that or not
			if err := j.Ack(upTo); err != nil {
				return err
			}
		}
		e := sample(len(b.recorded))
		if rng.IntN(4) == 0 {
			e = long(e, rng.IntN(3500))
		}
		seq, err := j.Append(e)
		e.Seq, e.Boot = uint64(len(b.recorded)+1), o.Boot
		if err != nil {
			b.doubtful = &e
			return err
		}
		if seq != e.Seq {
			t.Fatalf("event %d got sequence number %d", e.Seq, seq)
		}
		b.recorded = append(b.recorded, e)
	}
	return nil
}

// check holds what a journal says after a start against what is certain.
func (b *box) check(j *Journal) error {
	s := j.State()
	if len(s.Damage) > 0 {
		return fmt.Errorf("a power cut was taken for damage: %w", s.Damage[0])
	}
	got, errs := all(j, 0)
	if len(errs) > 0 {
		return fmt.Errorf("read: %w", errs[0])
	}
	if b.doubtful != nil && s.Next == b.doubtful.Seq+1 {
		b.recorded = append(b.recorded, *b.doubtful) // it did become durable: no phantom, but the unknown outcome
	}
	b.doubtful = nil
	if s.Next != uint64(len(b.recorded)+1) {
		return fmt.Errorf("next event is %d, but %d are certain", s.Next, len(b.recorded))
	}
	if s.First > b.acked+1 || s.Acked > max(b.acked, s.First-1) {
		return fmt.Errorf("kept from %d, acknowledged %d, but the cloud has %d", s.First, s.Acked, b.acked)
	}
	if diff := cmp.Diff(b.recorded[s.First-1:], got, cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("events (-certain +read):\n%s", diff)
	}
	if diff := cmp.Diff(fold(b.recorded), j.Book()); diff != "" {
		return fmt.Errorf("book (-certain +kept):\n%s", diff)
	}
	return nil
}

// TestPowerCuts cuts the power within writes, flushes and directory changes, drops what was not flushed,
// and holds every start against what was acknowledged to the caller.
func TestPowerCuts(t *testing.T) {
	points, cuts, events := crashPoints(t), 0, 0
	codec := newCodec(t)
	for seed := uint64(0); cuts < points; seed++ {
		rng := rand.New(rand.NewPCG(seed, 2))
		d, b := newDisk(seed), &box{}
		for life := range 12 {
			o := Options{Codec: codec, Boot: uint64(life + 1), SegmentBytes: smallSegs, RetainSegments: 2, FS: d}
			d.cutAt = 1 + rng.IntN(120)
			if err := b.live(t, d, rng, o); err == nil {
				break
			}
			if !d.dead {
				t.Fatalf("seed %d, life %d: the journal failed without a power cut", seed, life)
			}
			cuts++
			d = d.restart()
			if t.Failed() {
				t.Fatalf("seed %d, life %d", seed, life)
			}
		}
		events += len(b.recorded)
	}
	t.Logf("%d power cuts, %d events recorded, 0 lost, 0 phantoms, 0 failed starts", cuts, events)
}
