package store

import (
	"cmp"
	"context"
	"slices"

	"smartbox"
	"smartbox/cloud/directory"
)

// Items lists a box's items that meet the filter.
func (s states) Items(ctx context.Context, box smartbox.BoxID, f directory.ItemFilter) ([]directory.BoxItem, error) {
	if f.Owners == nil {
		return s.items(ctx, box, f, nil)
	}
	var list []directory.BoxItem
	for part := range slices.Chunk(f.Owners, chunk) {
		some, err := s.items(ctx, box, f, part)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	slices.SortFunc(list, func(a, b directory.BoxItem) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Item, b.Item))
	})
	return list, nil
}

func (s states) items(ctx context.Context, box smartbox.BoxID, f directory.ItemFilter, owners []string) ([]directory.BoxItem, error) {
	query := "SELECT kind, item, owner, version, body, erase FROM box_items WHERE box = ?"
	args := []any{idValue(box)}
	if f.Above > 0 {
		query += " AND version > ?"
		args = append(args, num[uint64]{&f.Above})
	}
	if len(f.Kinds) > 0 {
		query += " AND kind IN (" + marks(len(f.Kinds)) + ")"
		for _, k := range f.Kinds {
			args = append(args, int64(k))
		}
	}
	if owners != nil {
		query += " AND owner IN (" + marks(len(owners)) + ")"
		for _, o := range owners {
			args = append(args, o)
		}
	}
	if f.Live {
		query += " AND body IS NOT NULL"
	}
	if owners == nil { // else SQLite would rather read all of a box in order than find the few that are owned
		query += " ORDER BY kind, item"
	}
	rows, err := s.q.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []directory.BoxItem
	for rows.Next() {
		it := directory.BoxItem{Box: box}
		err := rows.Scan(num[smartbox.ItemKind]{&it.Kind}, &it.Item, &it.Owner, num[uint64]{&it.Version}, blob{&it.Body}, flag{&it.Erase})
		if err != nil {
			return nil, err
		}
		list = append(list, it)
	}
	return list, rows.Err()
}

// Holding lists the boxes that have an item.
func (s states) Holding(ctx context.Context, kind smartbox.ItemKind, item string) ([]smartbox.BoxID, error) {
	return s.boxes(ctx, "SELECT box FROM box_items WHERE item = ? AND kind = ? AND body IS NOT NULL ORDER BY box", item, int64(kind))
}

// PutItems inserts or replaces items.
func (s states) PutItems(ctx context.Context, items []directory.BoxItem) error {
	rows := make([][]any, len(items))
	for i := range items {
		it := &items[i]
		rows[i] = []any{idValue(it.Box), int64(it.Kind), it.Item, it.Owner, num[uint64]{&it.Version}, blob{&it.Body}, bit(it.Erase)}
	}
	return s.q.bulk(ctx, "INSERT INTO box_items (box, kind, item, owner, version, body, erase) VALUES", 7,
		"ON CONFLICT (box, kind, item) DO UPDATE SET owner = excluded.owner, version = excluded.version, body = excluded.body, erase = excluded.erase", rows)
}

// Bury deletes tombstones that the box has passed.
func (s states) Bury(ctx context.Context, box smartbox.BoxID, upto uint64) error {
	_, err := s.q.exec(ctx, "DELETE FROM box_items WHERE box = ? AND version <= ? AND body IS NULL AND erase = 0",
		idValue(box), num[uint64]{&upto})
	return err
}

// Know notes that boxes know people.
func (s states) Know(ctx context.Context, known []directory.Erasure) error {
	rows := make([][]any, len(known))
	for i, e := range known {
		rows[i] = []any{idValue(e.Box), idValue(e.Member), int64(e.Known), int64(0), int64(0)}
	}
	return s.q.bulk(ctx, "INSERT INTO box_people (box, member, known, asked, receipt) VALUES", 5, "ON CONFLICT (box, member) DO NOTHING", rows)
}

// Erasures lists who knows a member, or whom a box has still to forget.
func (s states) Erasures(ctx context.Context, member smartbox.UserID, box smartbox.BoxID) ([]directory.Erasure, error) {
	query, arg := "member = ?", idValue(member)
	if member == 0 {
		query, arg = "box = ? AND asked > 0 AND receipt = 0", idValue(box)
	}
	rows, err := s.q.query(ctx, "SELECT box, member, known, asked, receipt FROM box_people WHERE "+query+" ORDER BY box, member", arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []directory.Erasure
	for rows.Next() {
		var e directory.Erasure
		err := rows.Scan(ident[smartbox.BoxID]{&e.Box}, ident[smartbox.UserID]{&e.Member},
			num[smartbox.Stamp]{&e.Known}, num[smartbox.Stamp]{&e.Asked}, num[smartbox.Stamp]{&e.Receipt})
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// AskErasure asks every box that knows the member.
func (s states) AskErasure(ctx context.Context, member smartbox.UserID, at smartbox.Stamp) error {
	_, err := s.q.exec(ctx, "UPDATE box_people SET asked = ? WHERE member = ? AND asked = 0", int64(at), idValue(member))
	return err
}

// Forgotten notes a receipt, and lets the tombstone go.
func (s states) Forgotten(ctx context.Context, member smartbox.UserID, box smartbox.BoxID, at smartbox.Stamp) error {
	_, err := s.q.exec(ctx, "UPDATE box_people SET receipt = ? WHERE member = ? AND box = ? AND asked > 0 AND receipt = 0",
		int64(at), idValue(member), idValue(box))
	if err != nil {
		return err
	}
	_, err = s.q.exec(ctx, "UPDATE box_items SET erase = 0 WHERE box = ? AND kind = ? AND item = ? AND erase = 1",
		idValue(box), int64(smartbox.ItemUser), member.String())
	return err
}
