package store

import (
	"context"
	"strings"

	"smartbox"
	"smartbox/cloud/directory"
)

// Custody lists where keys are.
func (l log) Custody(ctx context.Context, f directory.CustodyFilter) ([]directory.Custody, error) {
	where, args := []string{"org = ?"}, []any{idValue(f.Org)}
	if f.Box != 0 {
		where, args = append(where, "box = ?"), append(args, idValue(f.Box))
	}
	if f.Key != 0 {
		where, args = append(where, "key_id = ?"), append(args, idValue(f.Key))
	}
	if f.Member != 0 {
		where, args = append(where, "place = ? AND member = ?"), append(args, int64(smartbox.WithUser), idValue(f.Member))
	}
	rows, err := l.q.query(ctx, `SELECT key_id, org, box, place, slot, member, since, due, overdue, assumed FROM custody WHERE `+
		strings.Join(where, " AND ")+" ORDER BY key_id", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []directory.Custody
	for rows.Next() {
		var c directory.Custody
		err := rows.Scan(ident[smartbox.KeyID]{&c.Key}, ident[directory.OrgID]{&c.Org}, ident[smartbox.BoxID]{&c.Box},
			num[smartbox.Place]{&c.Place}, ident[smartbox.SlotID]{&c.Slot}, ident[smartbox.UserID]{&c.User},
			num[smartbox.Stamp]{&c.Since}, num[smartbox.Stamp]{&c.Due}, flag{&c.Overdue}, flag{&c.Assumed})
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// PutCustody writes where keys are.
func (l log) PutCustody(ctx context.Context, list []directory.Custody) error {
	rows := make([][]any, len(list))
	for i, c := range list {
		rows[i] = []any{
			idValue(c.Key), idValue(c.Org), idValue(c.Box), int64(c.Place), idValue(c.Slot), idValue(c.User),
			int64(c.Since), int64(c.Due), bit(c.Overdue), bit(c.Assumed),
		}
	}
	return l.q.bulk(ctx, "INSERT INTO custody (key_id, org, box, place, slot, member, since, due, overdue, assumed) VALUES", 10,
		`ON CONFLICT (key_id) DO UPDATE SET org = excluded.org, box = excluded.box, place = excluded.place, slot = excluded.slot,
		member = excluded.member, since = excluded.since, due = excluded.due, overdue = excluded.overdue, assumed = excluded.assumed`, rows)
}

// DropCustody forgets where a key is.
func (l log) DropCustody(ctx context.Context, key smartbox.KeyID) error {
	_, err := l.q.exec(ctx, "DELETE FROM custody WHERE key_id = ?", idValue(key))
	return err
}
