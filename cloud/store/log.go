package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

// log is a directory.Log.
type log struct{ q queryer }

// Chain is how far a journal was taken in.
func (l log) Chain(ctx context.Context, box smartbox.BoxID, epoch uint64) (directory.Chain, bool, error) {
	c := directory.Chain{Box: box, Epoch: epoch, Hash: smartbox.ChainStart(epoch)}
	err := l.q.row(ctx, "SELECT upto, hash FROM event_chains WHERE box = ? AND epoch = ?", idValue(box), num[uint64]{&epoch}).
		Scan(num[uint64]{&c.Upto}, sum[smartbox.ChainHash]{&c.Hash})
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Chains are all journals of a box.
func (l log) Chains(ctx context.Context, box smartbox.BoxID) ([]directory.Chain, error) {
	rows, err := l.q.query(ctx, "SELECT epoch, upto, hash FROM event_chains WHERE box = ? ORDER BY began", idValue(box))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []directory.Chain
	for rows.Next() {
		c := directory.Chain{Box: box}
		if err := rows.Scan(num[uint64]{&c.Epoch}, num[uint64]{&c.Upto}, sum[smartbox.ChainHash]{&c.Hash}); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// PutChain notes how far a journal was taken in.
func (l log) PutChain(ctx context.Context, c directory.Chain) error {
	_, err := l.q.exec(ctx, `INSERT INTO event_chains (box, epoch, began, upto, hash)
		VALUES (?, ?, (SELECT count(*) FROM event_chains WHERE box = ?), ?, ?)
		ON CONFLICT (box, epoch) DO UPDATE SET upto = excluded.upto, hash = excluded.hash`,
		idValue(c.Box), num[uint64]{&c.Epoch}, idValue(c.Box), num[uint64]{&c.Upto}, c.Hash[:])
	return err
}

// Append inserts events and gives them their ids.
func (l log) Append(ctx context.Context, org directory.OrgID, events []directory.StoredEvent) error {
	if len(events) == 0 {
		return nil
	}
	last, err := desk(l).Next(ctx, org, "events", uint64(len(events)))
	if err != nil {
		return err
	}
	rows := make([][]any, len(events))
	for i := range events {
		e := &events[i]
		e.Org, e.ID = org, int64(last)-int64(len(events)-1-i) //nolint:gosec // it counts events
		ev := &e.Event
		rows[i] = []any{
			idValue(org), e.ID, idValue(e.Box),
			num[uint64]{&e.Epoch},
			num[uint64]{&ev.Seq},
			int64(ev.At), int64(ev.Kind), int64(ev.Reason),
			idValue(ev.User), idValue(ev.Other), idValue(ev.Third), idValue(ev.Key), idValue(ev.Slot), int64(e.Received), e.Hash[:], e.Payload,
		}
	}
	err = l.q.bulk(ctx, `INSERT INTO events (org, id, box, epoch, seq, at, kind, reason, member, other, third, key_id, slot,
		received, hash, payload) VALUES`, 16, "", rows)
	if field, ok := doubled(err, "events"); ok {
		return &directory.ConflictError{Kind: "event", Field: field}
	}
	return err
}

// Event finds one.
func (l log) Event(ctx context.Context, org directory.OrgID, id int64) (directory.StoredEvent, error) {
	list, err := l.events(ctx, " WHERE org = ? AND id = ?", idValue(org), id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("event %d: %w", id, directory.ErrNotFound)
	}
	return first(list), err
}

// Events lists events that meet the filter.
func (l log) Events(ctx context.Context, f directory.EventFilter) ([]directory.StoredEvent, error) {
	where, args := []string{"org = ?"}, []any{idValue(f.Org)}
	add := func(cond string, arg ...any) { where, args = append(where, cond), append(args, arg...) }
	if f.After > 0 {
		add("id > ?", f.After)
	}
	if f.Before > 0 {
		add("id < ?", f.Before)
	}
	if f.Box != 0 {
		add("box = ?", idValue(f.Box))
	}
	if f.Key != 0 {
		add("key_id = ?", idValue(f.Key))
	}
	if f.Member != 0 {
		m := idValue(f.Member)
		add("(member = ? OR other = ? OR third = ?)", m, m, m)
	}
	if f.From != 0 {
		add("at >= ?", int64(f.From))
	}
	if f.Till != 0 {
		add("at < ?", int64(f.Till))
	}
	if f.Keys != nil {
		if len(f.Keys) == 0 {
			return nil, nil
		}
		add("key_id IN ("+marks(len(f.Keys))+")", values(f.Keys)...)
	}
	if len(f.Kinds) > 0 {
		list := make([]any, len(f.Kinds))
		for i, k := range f.Kinds {
			list[i] = int64(k)
		}
		add("kind IN ("+marks(len(list))+")", list...)
	}
	order := " ORDER BY id"
	if f.Newest || f.Before > 0 {
		order += " DESC"
	}
	return l.events(ctx, " WHERE "+strings.Join(where, " AND ")+order+" LIMIT ?", append(args, f.Limit)...)
}

func values[T ~uint64](ids []T) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = idValue(id)
	}
	return list
}

func (l log) events(ctx context.Context, rest string, args ...any) ([]directory.StoredEvent, error) {
	rows, err := l.q.query(ctx, "SELECT org, id, box, epoch, received, hash, payload FROM events"+rest, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []directory.StoredEvent
	for rows.Next() {
		var e directory.StoredEvent
		err := rows.Scan(ident[directory.OrgID]{&e.Org}, &e.ID, ident[smartbox.BoxID]{&e.Box}, num[uint64]{&e.Epoch},
			num[smartbox.Stamp]{&e.Received}, sum[smartbox.ChainHash]{&e.Hash}, blob{&e.Payload})
		if err != nil {
			return nil, err
		}
		if e.Event, err = (wire.Codec{}).DecodeEvent(e.Payload); err != nil {
			return nil, fmt.Errorf("event %d: %w", e.ID, err)
		}
		list = append(list, e)
	}
	return list, rows.Err()
}
