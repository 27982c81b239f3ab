package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

// ErrCommand says that a command cannot be sent as it stands.
var ErrCommand = errors.New("command cannot be sent")

// orderLife is how long an order holds that is not an open, unless somebody says otherwise.
const orderLife = 5 * time.Minute

// NewCommand is a command as the directory keeps it, to be given to Enqueue, which adds id and counter. life 0 is the
// most that the type may have: 30 s for open, 5 min for other orders, a day for the rest. The error wraps ErrCommand.
func NewCommand(box smartbox.BoxID, c wire.Command, reason string, now time.Time, life time.Duration) (directory.Command, error) {
	most := 24 * time.Hour
	switch {
	case c.Type == wire.CommandOpen:
		most = wire.MaxOpen
	case c.Type.Order():
		most = orderLife
	}
	if life <= 0 || life > most {
		life = most
	}
	from := now
	if c.NotBefore != 0 {
		from = c.NotBefore.Time()
	}
	c.ID, c.Counter, c.Expires = 1, 1, smartbox.StampOf(from.Add(life)) // placeholders, for Validate
	if err := c.Validate(); err != nil {
		return directory.Command{}, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	body, err := wire.Marshal(&c)
	if err != nil {
		return directory.Command{}, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	return directory.Command{
		Box: box, Type: c.Type.String(), Body: body, Reason: reason, NotBefore: c.NotBefore, Expires: c.Expires,
	}, nil
}

// wireCommand is what goes to the box: the body with the id, counter and times that the directory gave it.
func wireCommand(c *directory.Command) (*wire.Command, error) {
	m := new(wire.Command)
	if err := wire.Unmarshal(c.Body, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	m.ID, m.Counter, m.NotBefore, m.Expires = uint64(c.ID), c.Counter, c.NotBefore, c.Expires
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	if m.Type.String() != c.Type {
		return nil, fmt.Errorf("%w: it is called %q and says %q", ErrCommand, c.Type, m.Type)
	}
	return m, nil
}

// commands sends what waits for the box, in the order of its counters. One that was sent and not answered is sent again
// after Resend, or when the box says hello: it acts once on a counter, and says again what became of it.
func (f *Fleet) commands(ctx context.Context, b *box) error {
	list, err := f.o.Directory.WaitingCommands(ctx, b.id)
	if err != nil {
		return err
	}
	now := f.o.Now()
	asked := make(map[directory.CommandID]time.Time, len(list))
	defer func() { b.asked = asked }()
	for i := range list {
		if at, ok := b.asked[list[i].ID]; ok && now.Sub(at) < f.o.Resend {
			asked[list[i].ID] = at
			continue
		}
		m, err := wireCommand(&list[i])
		if err != nil {
			f.o.Log.Error().Err(err).Stringer("box", b.id).Str("command", list[i].Type).Msg("command given up")
			if err := f.o.Directory.CommandAnswered(ctx, b.id, list[i].ID, false, "malformed"); err != nil {
				return err
			}
			continue
		}
		if err := f.send(ctx, b.id, m); err != nil {
			return err
		}
		asked[list[i].ID] = now
		if list[i].State == directory.CommandWaiting {
			if err := f.o.Directory.CommandSent(ctx, b.id, list[i].ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// response notes what became of a command. That it waits for somebody at the box is no end.
func (f *Fleet) response(ctx context.Context, b *box, m *wire.Response) error {
	if !m.Outcome.Final() {
		return nil
	}
	result := m.Outcome.String()
	if m.Reason != 0 {
		result += ": " + m.Reason.String()
	}
	err := f.o.Directory.CommandAnswered(ctx, b.id, directory.CommandID(m.ID), m.Outcome == wire.Done, result)
	if errors.Is(err, directory.ErrNotFound) {
		return nil // an answer to what a restore of the database forgot
	}
	return err
}
