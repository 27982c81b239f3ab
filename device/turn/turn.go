// Package turn is the lock of a driver that is held across bus transfers.
//
// A transfer may wait for its bus and is tried again after a pause, so a caller may have to wait for a second or
// more. A sync.Mutex would keep it waiting beyond the end of its context, and under test it would stop the fake time
// of a synctest bubble for good: a goroutine that waits for a mutex does not count as idle there, one that waits
// for a channel does.
package turn

import "context"

// Turn is such a lock. The zero value is of no use; make one with New.
type Turn chan struct{}

// New is a lock that nobody holds.
func New() Turn { return make(Turn, 1) }

// Take takes the lock, or returns what ended ctx. A lock that is free is taken also where ctx has ended, so that
// the last call of a shutdown still does its work.
func (t Turn) Take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Wait takes the lock, however long that lasts. It is for work that no context may cut, such as switching off.
func (t Turn) Wait() { t <- struct{}{} }

// Give lets the lock go.
func (t Turn) Give() { <-t }
