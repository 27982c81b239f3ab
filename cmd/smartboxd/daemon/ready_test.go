package daemon_test

import (
	"context"
	"testing"

	"smartbox"
	"smartbox/board"
	"smartbox/device"
)

// lateSource listens once it is let.
type lateSource struct{ asked, let, listening chan struct{} }

func (s lateSource) Listening() <-chan struct{} {
	close(s.asked)
	return s.listening
}

func (s lateSource) Run(ctx context.Context, _ func(device.Event)) error {
	select {
	case <-s.let:
		close(s.listening)
	case <-ctx.Done():
	}
	<-ctx.Done()
	return nil
}

// A box is ready once its keypad listens: what is typed before is lost.
func TestReadyOnceItListens(t *testing.T) {
	h := newHouse(t)
	late := lateSource{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	h.deps.Open = func(*board.Profile) (*device.Set, error) {
		set := h.cab.Set()
		set.Sources = append(set.Sources, late)
		return set, nil
	}
	checked := make(chan struct{})
	go func() {
		defer close(checked)
		<-late.asked // the loop is at work, and every other source listens
		select {
		case <-h.d.Ready():
			t.Error("ready before a source listens")
		default:
		}
		close(late.let)
	}()
	h.start()
	<-checked
	h.furnish()
	h.do(h.cab.Press("0000#"))
	h.wait(smartbox.AccessUnknown)
}
