package daemon

import (
	"context"
	"errors"

	"smartbox"
	"smartbox/device/session"
)

// Order has the decision loop carry an order out, or refuse it: Granted or OwnerOrder say that it is on record and begun,
// any other reason why not. The error says that the loop did not answer before ctx ended.
func (d *Daemon) Order(ctx context.Context, o session.Order) (smartbox.Reason, error) {
	r := d.runner.Load()
	if r == nil {
		return 0, errNotRunning
	}
	return r.Submit(ctx, o)
}

// Confirm takes the cloud's word that the snapshot in force is still its newest, as of now.
func (d *Daemon) Confirm() error {
	if d.cache == nil {
		return errors.New("the store is not open: mend the disk first")
	}
	return d.cache.Confirm(d.clock.Now().Stamp())
}

// Book is a copy of what the box takes to have happened, what waits for a broken disk included. The error says that the
// loop did not answer before ctx ended.
func (d *Daemon) Book(ctx context.Context) (*smartbox.Book, error) {
	r := d.runner.Load()
	if r == nil {
		return nil, errNotRunning
	}
	return r.Book(ctx)
}
