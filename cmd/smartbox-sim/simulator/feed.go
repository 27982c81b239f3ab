package simulator

import (
	"context"
	"errors"
	"sync"

	"smartbox"
	"smartbox/board/sim/panel"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/device/session"
	"smartbox/storage/journal"
)

// kept is how many updates are there for a page that opens later.
const kept = 500

// feed tells the page what the box records and decides.
type feed struct {
	people []panel.Person
	keys   []panel.KeyTag
	view   func() smartbox.View

	mu     sync.Mutex
	recent []panel.Update
	subs   map[chan panel.Update]bool
}

var _ panel.Feed = (*feed)(nil)

// decided is told of every effect by the decision loop. It does not block.
func (f *feed) decided(e session.Effect, at smartbox.Moment) {
	if x, ok := e.(session.Explained); ok {
		f.put(panel.Update{Decision: &panel.Decided{At: at.Wall, Question: x.Question, Decision: x.Decision}})
	}
}

// put hands an update to every page; one that does not keep up misses it.
func (f *feed) put(u panel.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recent = append(f.recent, u)
	if extra := len(f.recent) - kept; extra > 0 {
		f.recent = append(f.recent[:0], f.recent[extra:]...)
	}
	for c := range f.subs {
		select {
		case c <- u:
		default:
		}
	}
}

// Recent are the last updates, at most n, the oldest first.
func (f *feed) Recent(n int) []panel.Update {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]panel.Update(nil), f.recent[max(0, len(f.recent)-n):]...)
}

// Subscribe gives the updates from now on until ctx ends.
func (f *feed) Subscribe(ctx context.Context) <-chan panel.Update {
	c := make(chan panel.Update, 64)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subs == nil {
		f.subs = map[chan panel.Update]bool{}
	}
	f.subs[c] = true
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subs, c)
		close(c)
	})
	return c
}

// People are those of the demonstration.
func (f *feed) People() []panel.Person { return f.people }

// Keys are the keys of the demonstration.
func (f *feed) Keys() []panel.KeyTag { return f.keys }

// UserName is who has the id now.
func (f *feed) UserName(id smartbox.UserID) string {
	if v := f.view(); v != nil {
		u, _ := v.User(id)
		return u.Name
	}
	return ""
}

// KeyName is what has the id now.
func (f *feed) KeyName(id smartbox.KeyID) string {
	if v := f.view(); v != nil {
		k, _ := v.Key(id)
		return k.Name
	}
	return ""
}

// SlotNumber is the number on the slot's door.
func (f *feed) SlotNumber(id smartbox.SlotID) uint16 {
	if v := f.view(); v != nil {
		s, _ := v.Slot(id)
		return s.Number
	}
	return 0
}

// record tells the page of the events until ctx ends, the last ones of the runs before first.
func (f *feed) record(ctx context.Context, d *daemon.Daemon) error {
	from := uint64(1)
	if last := d.Last(); last > kept/2 {
		from = last - kept/2
	}
	for e, err := range d.Events(ctx, from) {
		var lost *journal.CorruptError
		switch {
		case errors.As(err, &lost), errors.Is(err, journal.ErrGone):
			continue // the page shows what is left; the box goes on
		case err != nil:
			return err
		}
		f.put(panel.Update{Event: &e})
	}
	return nil
}
