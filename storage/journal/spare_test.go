package journal

import (
	"errors"
	"syscall"
	"testing"
)

// gated is a file system on which making a spare waits for leave.
type gated struct {
	*disk

	leave chan error
}

func (g *gated) Create(op, name string, size int64) error {
	if op == "spare.create" && g.leave != nil {
		if err := <-g.leave; err != nil {
			return err
		}
	}
	return g.disk.Create(op, name, size)
}

// rotated is a journal whose spare was just used, and whose next one waits for leave.
func rotated(t *testing.T) (*Journal, *gated) {
	t.Helper()
	g := &gated{disk: newDisk(1)}
	j := mustOpen(t, "/j", testOptions(t, g))
	g.leave = make(chan error, 1)
	for i := 0; j.State().Segments == 1; i++ {
		if _, err := j.Append(sample(i)); err != nil {
			t.Fatal(err)
		}
	}
	return j, g
}

// TestAppendDoesNotWaitForTheSpare appends while the next segment's zeros are on their way to the device.
func TestAppendDoesNotWaitForTheSpare(t *testing.T) {
	j, g := rotated(t)
	for i := range 8 {
		if _, err := j.Append(sample(i)); err != nil {
			t.Fatal(err)
		}
	}
	if j.making == nil || j.spare != 0 {
		t.Error("the spare is there, though nobody let it be made")
	}
	g.leave <- nil
	for i := range 60 { // two segments on, each of which needs one
		letMore(g)
		if _, err := j.Append(sample(i)); err != nil {
			t.Fatal(err)
		}
	}
	if s := j.State(); s.Segments < 3 || s.Next < 90 || len(s.Damage) > 0 {
		t.Errorf("%+v", s)
	}
}

// letMore gives leave for one spare more, where none is given yet.
func letMore(g *gated) {
	select {
	case g.leave <- nil:
	default:
	}
}

// TestFailedSpareIsTriedAgain fails the spare that is made beside the appends: the next append makes it, or says why not.
func TestFailedSpareIsTriedAgain(t *testing.T) {
	j, g := rotated(t)
	g.leave <- syscall.ENOSPC
	j.mu.Lock()
	j.await()
	j.mu.Unlock()
	g.leave <- syscall.ENOSPC
	e := sample(0) // a pickup, which needs the reserve to be whole
	if _, err := j.Append(e); !errors.Is(err, ErrFull) || !j.State().Full {
		t.Errorf("append without a reserve: %v", err)
	}
	g.leave <- nil
	if _, err := j.Append(e); err != nil || j.State().Full {
		t.Errorf("append with room again: %v", err)
	}
}

// TestCloseAwaitsTheSpare closes while the spare is made; the next start finds it.
func TestCloseAwaitsTheSpare(t *testing.T) {
	j, g := rotated(t)
	closed := make(chan error)
	go func() { closed <- j.Close() }()
	g.leave <- nil
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if _, err := g.Size("", "/j/"+spareFile); err != nil {
		t.Error(err)
	}
}
