package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"smartbox"
	"smartbox/cloud/directory"
)

// desk is a directory.Desk.
type desk struct{ q queryer }

// Next counts a counter up.
func (d desk) Next(ctx context.Context, org directory.OrgID, counter string, n uint64) (last uint64, err error) {
	_, err = d.q.exec(ctx, `INSERT INTO counters (org, name, last) VALUES (?, ?, ?)
		ON CONFLICT (org, name) DO UPDATE SET last = counters.last + excluded.last`, idValue(org), counter, num[uint64]{&n})
	if err != nil {
		return 0, err
	}
	err = d.q.row(ctx, "SELECT last FROM counters WHERE org = ? AND name = ?", idValue(org), counter).Scan(num[uint64]{&last})
	return last, err
}

// Used notes when a member last used the system.
func (d desk) Used(ctx context.Context, member smartbox.UserID, at smartbox.Stamp) error {
	_, err := d.q.exec(ctx, "UPDATE members SET last_used = ? WHERE id = ?", int64(at), idValue(member))
	return err
}

// Remember inserts a record or gives the one that is there.
func (d desk) Remember(ctx context.Context, r directory.IdempotencyRecord, now smartbox.Stamp) (directory.IdempotencyRecord, bool, error) {
	org := idValue(r.Org)
	if _, err := d.q.exec(ctx, "DELETE FROM requests WHERE org = ? AND request_key = ? AND expires <= ?", org, r.Key, int64(now)); err != nil {
		return r, false, err
	}
	n, err := d.q.exec(ctx, `INSERT INTO requests (org, request_key, fingerprint, status, header, body, expires)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org, request_key) DO NOTHING`,
		org, r.Key, r.Fingerprint, r.Status, r.Header, r.Body, int64(r.Expires))
	if err != nil || n == 1 {
		return r, false, err
	}
	was := directory.IdempotencyRecord{Org: r.Org, Key: r.Key}
	err = d.q.row(ctx, "SELECT fingerprint, status, header, body, expires FROM requests WHERE org = ? AND request_key = ?", org, r.Key).
		Scan(&was.Fingerprint, num[int]{&was.Status}, blob{&was.Header}, blob{&was.Body}, num[smartbox.Stamp]{&was.Expires})
	return was, true, err
}

// Answer completes a record.
func (d desk) Answer(ctx context.Context, r directory.IdempotencyRecord) error {
	n, err := d.q.exec(ctx, "UPDATE requests SET status = ?, header = ?, body = ? WHERE org = ? AND request_key = ?",
		r.Status, r.Header, r.Body, idValue(r.Org), r.Key)
	if err == nil && n == 0 {
		return fmt.Errorf("request: %w", directory.ErrNotFound)
	}
	return err
}

// Forget deletes a record, or all that expired.
func (d desk) Forget(ctx context.Context, org directory.OrgID, key string, now smartbox.Stamp) error {
	if key == "" {
		_, err := d.q.exec(ctx, "DELETE FROM requests WHERE expires <= ?", int64(now))
		return err
	}
	_, err := d.q.exec(ctx, "DELETE FROM requests WHERE org = ? AND request_key = ?", idValue(org), key)
	return err
}

// Hold renews leases and takes more until the holder has want. Boxes beyond want are given up, so that a new replica
// finds some.
func (d desk) Hold(ctx context.Context, holder string, want int, now, until smartbox.Stamp) ([]smartbox.BoxID, error) {
	mine, err := states(d).boxes(ctx, "SELECT box FROM leases WHERE holder = ? AND expires > ? ORDER BY box", holder, int64(now))
	if err != nil {
		return nil, err
	}
	if len(mine) > want {
		for _, box := range mine[want:] {
			if _, err := d.q.exec(ctx, "DELETE FROM leases WHERE box = ? AND holder = ?", idValue(box), holder); err != nil {
				return nil, err
			}
		}
		mine = mine[:want]
	}
	if _, err := d.q.exec(ctx, "UPDATE leases SET expires = ? WHERE holder = ? AND expires > ?", int64(until), holder, int64(now)); err != nil {
		return nil, err
	}
	if len(mine) == want {
		return mine, nil
	}
	free, err := states(d).boxes(ctx, `SELECT s.box FROM box_state s LEFT JOIN leases l ON l.box = s.box AND l.expires > ?
		WHERE l.box IS NULL ORDER BY s.box LIMIT ?`, int64(now), want-len(mine))
	if err != nil {
		return nil, err
	}
	rows := make([][]any, len(free))
	for i, box := range free {
		rows[i] = []any{idValue(box), holder, int64(until)}
	}
	err = d.q.bulk(ctx, "INSERT INTO leases (box, holder, expires) VALUES", 3,
		"ON CONFLICT (box) DO UPDATE SET holder = excluded.holder, expires = excluded.expires", rows)
	return append(mine, free...), err
}

// Release gives leases up.
func (d desk) Release(ctx context.Context, holder string) error {
	_, err := d.q.exec(ctx, "DELETE FROM leases WHERE holder = ?", holder)
	return err
}

// Leases lists those that hold.
func (d desk) Leases(ctx context.Context, now smartbox.Stamp) ([]directory.Lease, error) {
	rows, err := d.q.query(ctx, "SELECT box, holder, expires FROM leases WHERE expires > ? ORDER BY box", int64(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []directory.Lease
	for rows.Next() {
		var l directory.Lease
		if err := rows.Scan(ident[smartbox.BoxID]{&l.Box}, &l.Holder, num[smartbox.Stamp]{&l.Expires}); err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// PutClaim replaces a box's claim.
func (d desk) PutClaim(ctx context.Context, c directory.Claim) error {
	_, err := d.q.exec(ctx, `INSERT INTO claims (box, org, digest, expires, used) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (box) DO UPDATE SET digest = excluded.digest, expires = excluded.expires, used = excluded.used`,
		idValue(c.Box), idValue(c.Org), c.Digest, int64(c.Expires), int64(c.Used))
	if _, ok := doubled(err, "claims"); ok {
		return &directory.ConflictError{Kind: "claim code", Field: "digest"}
	}
	return err
}

// TakeClaim uses a claim up.
func (d desk) TakeClaim(ctx context.Context, digest []byte, now smartbox.Stamp) (c directory.Claim, err error) {
	n, err := d.q.exec(ctx, "UPDATE claims SET used = ? WHERE digest = ? AND used = 0 AND expires > ?", int64(now), digest, int64(now))
	if err != nil {
		return c, err
	}
	if n == 0 {
		return c, fmt.Errorf("claim code: %w", directory.ErrNotFound)
	}
	err = d.q.row(ctx, "SELECT box, org, digest, expires, used FROM claims WHERE digest = ?", digest).
		Scan(ident[smartbox.BoxID]{&c.Box}, ident[directory.OrgID]{&c.Org}, blob{&c.Digest}, num[smartbox.Stamp]{&c.Expires}, num[smartbox.Stamp]{&c.Used})
	if errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("claim code: %w", directory.ErrNotFound)
	}
	return c, err
}
