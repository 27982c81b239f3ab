package fleet

import (
	"context"

	"smartbox"
)

const pollPage = 500

// poll is the net under Changed: it finds boxes that are behind whoever changed them, and however the hint was lost.
func (f *Fleet) poll(ctx context.Context) {
	var after smartbox.BoxID
	for {
		list, err := f.o.Directory.BoxesBehind(ctx, after, pollPage)
		if err != nil {
			if ctx.Err() == nil {
				f.o.Log.Error().Err(err).Msg("look for boxes that are behind")
			}
			return
		}
		for _, id := range list {
			f.Changed(id)
			after = id
		}
		if len(list) < pollPage {
			break
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	online := 0
	now := f.o.Now()
	for _, b := range f.boxes {
		if !b.held || !b.up {
			continue
		}
		online++
		// A box that is with a worker is left to it: its desk is not to be looked at.
		if f.o.Replicas || !b.busy && now.Sub(b.confirmed) >= f.o.Confirm {
			b.wake = true
			f.schedule(b)
		}
	}
	f.m.online.Set(float64(online))
}
