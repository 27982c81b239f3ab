package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"smartbox"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/storage/cache"
	"smartbox/sync/wire"
)

// postSnapshot takes a signed snapshot file in and puts it in force. What is refused changes nothing, and is on
// record as an event.
func (d *Daemon) postSnapshot(r *http.Request) (any, error) {
	file, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxSnapshot))
	if err != nil {
		return nil, &adminapi.Error{
			Status: http.StatusRequestEntityTooLarge, Code: adminapi.CodeTooLarge,
			Message: "the snapshot could not be read to its end: " + err.Error(),
		}
	}
	s, err := d.Apply(file)
	if err != nil {
		return nil, &adminapi.Error{Status: http.StatusUnprocessableEntity, Code: adminapi.CodeSnapshot, Message: oneLine(err.Error())}
	}
	d.log.Info().Str("actor", actorOf(r)).Uint64("version", s.Revision.Version).Msg("snapshot in force")
	return adminapi.Applied{
		Epoch: s.Revision.Epoch, Version: s.Revision.Version,
		Users: len(s.Users), Keys: len(s.Keys), Slots: len(s.Slots),
	}, nil
}

// Apply checks a signed snapshot file and puts it in force once it is durable. An error names the cause and the
// mend; nothing has changed then.
func (d *Daemon) Apply(file []byte) (*smartbox.Snapshot, error) {
	s, reason, err := d.apply(file)
	d.meter.Snapshot(err == nil)
	if err != nil {
		d.log.Warn().Str("reason", reason.String()).Msg("snapshot refused")
		if r := d.runner.Load(); r != nil {
			ctx, cancel := context.WithTimeout(d.closing, loopLimit)
			defer cancel()
			err = errors.Join(err, r.Refused(ctx, smartbox.Revision{}, reason))
		}
		return nil, err
	}
	return s, nil
}

func (d *Daemon) apply(file []byte) (*smartbox.Snapshot, smartbox.Reason, error) {
	if d.cache == nil {
		return nil, smartbox.RecordFailed, errors.New("the store is not open: mend the disk first")
	}
	s, err := wire.OpenSnapshot(d.trusted, d.box, file)
	if err != nil {
		reason := smartbox.SnapshotBroken
		if open, ok := errors.AsType[*wire.OpenError](err); ok {
			reason = open.Reason()
		}
		return nil, reason, err
	}
	switch err := d.cache.Replace(s); {
	case err == nil:
		return s, smartbox.Granted, nil
	case errors.Is(err, cache.ErrForeign):
		return nil, smartbox.SnapshotForeign, err
	case errors.Is(err, cache.ErrOlder):
		return nil, smartbox.SnapshotOld, fmt.Errorf("%w: build it with a higher version", err)
	default:
		return nil, smartbox.SnapshotBroken, err
	}
}
