package fleet

import (
	"context"
	"errors"
	"strconv"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

// handle works off one message of a box that this replica serves. Whatever fails here is made good by the box, which
// says again what was not answered, or by the next poll.
func (f *Fleet) handle(ctx context.Context, b *box, u Uplink) {
	m := wire.NewMessage(u.Kind)
	if m == nil || u.Kind.Down() {
		return
	}
	if err := wire.Decode(u.Payload, m); err != nil {
		f.m.uplinks.WithLabelValues(u.Kind.String(), "malformed").Inc()
		f.o.Log.Warn().Err(err).Stringer("box", b.id).Stringer("kind", u.Kind).Msg("message cannot be read")
		return
	}
	err := f.dispatch(ctx, b, m, u.Retained)
	switch {
	case err == nil:
		f.m.uplinks.WithLabelValues(u.Kind.String(), "done").Inc()
	case ctx.Err() != nil:
	case errors.Is(err, directory.ErrNotFound):
		f.m.uplinks.WithLabelValues(u.Kind.String(), "unknown").Inc()
	default:
		f.m.uplinks.WithLabelValues(u.Kind.String(), "failed").Inc()
		f.o.Log.Error().Err(err).Stringer("box", b.id).Stringer("kind", u.Kind).Msg("message from a box")
	}
}

func (f *Fleet) dispatch(ctx context.Context, b *box, m wire.Message, retained bool) error {
	if f.o.Telemetry == nil && m.Kind() == wire.KindTelemetry {
		return nil
	}
	switch m := m.(type) {
	case *wire.Hello:
		return f.hello(ctx, b, m)
	case *wire.Events:
		return f.events(ctx, b, m)
	case *wire.Applied:
		return f.applied(ctx, b, m)
	case *wire.Response:
		return f.response(ctx, b, m)
	case *wire.Presence:
		return f.presence(ctx, b, m, retained)
	case *wire.Telemetry:
		f.o.Telemetry(b.id, m)
		return nil
	default:
		return nil
	}
}

// hello answers with how far the events are in the books, and with what the box lacks.
func (f *Fleet) hello(ctx context.Context, b *box, m *wire.Hello) error {
	if f.stale(ctx, b, m.Boot, m.Connection) {
		return nil
	}
	if b.protocol != m.Protocol && m.Protocol != wire.Version {
		f.o.Log.Warn().Stringer("box", b.id).Uint16("box_speaks", m.Protocol).Int("cloud_speaks", wire.Version).
			Msg("box speaks another version of the protocol; update the older end")
	}
	b.protocol = m.Protocol
	if err := f.o.Directory.BoxSeen(ctx, b.id, directory.Seen{
		Online: true, Connection: connection(m.Connection), Firmware: m.Firmware,
	}); err != nil {
		return err
	}
	b.online = true
	upto, err := f.o.Directory.EventsUpto(ctx, b.id, m.EventEpoch)
	if err != nil {
		return err
	}
	if err := f.ack(ctx, b, m.EventEpoch, upto, m.Connection); err != nil {
		return err
	}
	b.known, b.said, b.sent, b.confirmed, b.restless = m.Revision, true, sending{}, time.Time{}, true
	b.staged, b.asked = nil, nil
	if m.Staged != nil {
		b.staged = &stagedAt{m.Staged.Sum, m.Staged.Next}
	}
	return f.inForce(ctx, b, m.Revision, m.Digest, nil)
}

// inForce notes what a box has. A state that is not the one of its version is as good as none.
func (f *Fleet) inForce(ctx context.Context, b *box, r smartbox.Revision, digest smartbox.StateSum, erased []smartbox.UserID) error {
	if r == (smartbox.Revision{}) && len(erased) == 0 {
		return nil
	}
	same, err := f.o.Directory.Applied(ctx, b.id, r, digest, erased)
	if err != nil {
		return err
	}
	if !same {
		f.m.differed.Inc()
		f.o.Log.Error().Stringer("box", b.id).Uint64("version", r.Version).Msg("box holds another state than it should")
		f.unhelped(b, r)
	} else if r == b.snapped {
		b.snapped = smartbox.Revision{} // it helped; what differs later came about later
	}
	return nil
}

func (f *Fleet) applied(ctx context.Context, b *box, m *wire.Applied) error {
	b.known, b.said, b.restless = m.Revision, true, true
	switch {
	case m.Refused != smartbox.Revision{}:
		// What was refused is not sent again as it was: a delta is followed by a snapshot, and a snapshot, after a
		// while, by another.
		f.o.Log.Error().Stringer("box", b.id).Uint64("version", m.Refused.Version).Stringer("reason", m.Reason).
			Msg("box refused a state")
		f.alarm(ctx, b, directory.AlarmStateDiffers, "refused version "+strconv.FormatUint(m.Refused.Version, 10))
		b.sent = sending{}
		f.unhelped(b, m.Refused)
	case b.sent.to == m.Revision:
		b.sent = sending{}
	}
	return f.inForce(ctx, b, m.Revision, m.Digest, m.Erased)
}

// presence is a birth or a death; the broker says the death. A retained one may be old, but it is the last there was.
func (f *Fleet) presence(ctx context.Context, b *box, m *wire.Presence, retained bool) error {
	if m.Online && !retained && f.stale(ctx, b, m.Boot, m.Connection) {
		return nil
	}
	if err := f.o.Directory.BoxSeen(ctx, b.id, directory.Seen{
		Online: m.Online, Connection: connection(m.Connection),
	}); err != nil {
		return err
	}
	s, err := f.o.Directory.State(ctx, b.id) // a death of an older connection was ignored there
	if err != nil {
		return err
	}
	b.online = s.Online
	b.restless = b.restless || m.Online
	return nil
}

// stale reports whether a message is of a connection that was followed by another, and raises the alarm where two boxes
// have one identity.
func (f *Fleet) stale(ctx context.Context, b *box, boot, conn uint64) bool {
	stale, double := b.twins.seen(boot, conn)
	if double {
		f.m.doubles.Inc()
		f.alarm(ctx, b, directory.AlarmTwoBoxes, "a run of the box's program came back after another one")
	}
	return stale
}

// alarmPause is how long an alarm of one kind is not raised again for one box.
const alarmPause = 10 * time.Minute

func (f *Fleet) alarm(ctx context.Context, b *box, k directory.AlarmKind, detail string) {
	now := f.o.Now()
	if now.Before(b.alarmed[string(k)]) {
		return
	}
	if err := f.o.Directory.RaiseAlarm(ctx, b.id, k, detail); err != nil {
		f.o.Log.Error().Err(err).Stringer("box", b.id).Str("alarm", string(k)).Msg("raise an alarm")
		return
	}
	if b.alarmed == nil {
		b.alarmed = map[string]time.Time{}
	}
	b.alarmed[string(k)] = now.Add(alarmPause)
	f.o.Log.Warn().Stringer("box", b.id).Str("alarm", string(k)).Str("detail", detail).Msg("alarm")
}

func connection(n uint64) string { return strconv.FormatUint(n, 16) }
