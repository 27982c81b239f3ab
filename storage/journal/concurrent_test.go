package journal

import (
	"context"
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestReadersAndAcksBesideAppends follows, reads, exports, acknowledges and asks for the state while events are appended.
func TestReadersAndAcksBesideAppends(t *testing.T) {
	o := testOptions(t, nil)
	o.RetainSegments = -1
	dir := t.TempDir()
	j := mustOpen(t, dir, o)
	const events = 400
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 2 {
		wg.Go(func() {
			for e, err := range j.Follow(ctx, 1) {
				switch {
				case errors.Is(err, ErrGone): // the other one was ahead and acknowledged
					continue
				case err != nil:
					t.Errorf("follow: %v", err)
					return
				}
				if e.Seq%64 == 0 {
					if err := j.Ack(e.Seq / 2); err != nil {
						t.Error(err)
					}
				}
				if e.Seq == events {
					return
				}
			}
		})
	}
	wg.Go(func() {
		for range 40 {
			_, errs := all(j, j.State().First)
			for _, err := range errs {
				t.Logf("read beside a deletion: %v", err) // may be ErrGone, where it was overtaken
			}
			_ = j.Book()
		}
	})
	wg.Go(func() {
		for range 20 {
			r, err := Verify(dir, o.Codec)
			if err != nil || !r.OK() {
				t.Errorf("verify beside the writer: %+v, %v", r, err)
			}
		}
	})
	for i := range events {
		if _, err := j.Append(sample(i)); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}
