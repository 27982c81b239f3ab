package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"smartbox"
	"smartbox/cloud/directory"
)

// states is a directory.States.
type states struct{ q queryer }

const (
	stateKept   = "epoch, version, digest, counter" // written by statements of their own
	stateOthers = "floor, applied_epoch, applied_version, applied_at, applied_digest, box_key, serial, fingerprint, public_key, " +
		"issued, expires, revoked, firmware, online, connection, seen_at"
	statePick = "SELECT box, org, " + stateKept + ", " + stateOthers + " FROM box_state"
)

func stateKeptFields(s *directory.BoxState) []any {
	return []any{num[uint64]{&s.Epoch}, num[uint64]{&s.Version}, sum[smartbox.StateSum]{&s.Digest}, num[uint64]{&s.Counter}}
}

func stateOtherFields(s *directory.BoxState) []any {
	return []any{
		num[uint64]{&s.Floor},
		num[uint64]{&s.AppliedEpoch},
		num[uint64]{&s.AppliedVersion},
		num[smartbox.Stamp]{&s.AppliedAt},
		sum[smartbox.StateSum]{&s.AppliedDigest},
		blob{&s.Key},
		text[string]{&s.Identity.Serial},
		text[string]{&s.Identity.Fingerprint},
		text[string]{&s.Identity.PublicKey},
		num[smartbox.Stamp]{&s.Identity.Issued},
		num[smartbox.Stamp]{&s.Identity.Expires},
		num[smartbox.Stamp]{&s.Identity.Revoked},
		text[string]{&s.Firmware},
		flag{&s.Online},
		text[string]{&s.Connection},
		num[smartbox.Stamp]{&s.SeenAt},
	}
}

func stateFields(s *directory.BoxState) []any {
	list := append([]any{ident[smartbox.BoxID]{&s.Box}, ident[directory.OrgID]{&s.Org}}, stateKeptFields(s)...)
	return append(list, stateOtherFields(s)...)
}

func (s states) one(ctx context.Context, query string, args ...any) (st directory.BoxState, err error) {
	err = s.q.row(ctx, query, args...).Scan(stateFields(&st)...)
	if errors.Is(err, sql.ErrNoRows) {
		return st, fmt.Errorf("box: %w", directory.ErrNotFound)
	}
	return st, err
}

// Get is the state of a box.
func (s states) Get(ctx context.Context, box smartbox.BoxID) (directory.BoxState, error) {
	return s.one(ctx, statePick+" WHERE box = ?", idValue(box))
}

// ByFingerprint finds the box of a certificate.
func (s states) ByFingerprint(ctx context.Context, fingerprint string) (directory.BoxState, error) {
	if fingerprint == "" {
		return directory.BoxState{}, fmt.Errorf("box: %w", directory.ErrNotFound)
	}
	return s.one(ctx, statePick+" WHERE fingerprint = ?", fingerprint)
}

// All lists every state.
func (s states) All(ctx context.Context) ([]directory.BoxState, error) {
	rows, err := s.q.query(ctx, statePick+" ORDER BY box")
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []directory.BoxState
	for rows.Next() {
		var st directory.BoxState
		if err := rows.Scan(stateFields(&st)...); err != nil {
			return nil, err
		}
		list = append(list, st)
	}
	return list, rows.Err()
}

// Insert adds the state of a new box.
func (s states) Insert(ctx context.Context, st *directory.BoxState) error {
	_, err := s.q.exec(ctx, "INSERT INTO box_state (box, org, "+stateKept+", "+stateOthers+") VALUES ("+marks(22)+")", stateFields(st)...)
	return err
}

// Update writes all but what stands in stateKept.
func (s states) Update(ctx context.Context, st *directory.BoxState) error {
	n, err := s.q.exec(ctx, `UPDATE box_state SET floor = ?, applied_epoch = ?, applied_version = ?, applied_at = ?,
		applied_digest = ?, box_key = ?, serial = ?, fingerprint = ?, public_key = ?, issued = ?, expires = ?, revoked = ?,
		firmware = ?, online = ?, connection = ?, seen_at = ? WHERE box = ?`,
		append(stateOtherFields(st), idValue(st.Box))...)
	if _, ok := doubled(err, "box_state"); ok {
		return &directory.ConflictError{Kind: "box", Field: "fingerprint"}
	}
	return s.touched(n, err)
}

func (s states) touched(n int64, err error) error {
	if err == nil && n == 0 {
		return fmt.Errorf("box: %w", directory.ErrNotFound)
	}
	return err
}

// Delete takes a box's state away, with its items, lease and claim.
func (s states) Delete(ctx context.Context, box smartbox.BoxID) error {
	for _, table := range []string{"box_items", "leases", "claims", "commands", "box_state"} {
		if _, err := s.q.exec(ctx, "DELETE FROM "+table+" WHERE box = ?", idValue(box)); err != nil {
			return err
		}
	}
	return nil
}

// Next counts the version up. The row stays locked until the transaction ends, so that no two have the same version.
func (s states) Next(ctx context.Context, box smartbox.BoxID) (directory.BoxState, error) {
	n, err := s.q.exec(ctx, "UPDATE box_state SET version = version + 1 WHERE box = ?", idValue(box))
	if err := s.touched(n, err); err != nil {
		return directory.BoxState{}, err
	}
	return s.Get(ctx, box)
}

// SetDigest writes the digest of the newest version.
func (s states) SetDigest(ctx context.Context, box smartbox.BoxID, digest smartbox.StateSum) error {
	return s.touched(s.q.exec(ctx, "UPDATE box_state SET digest = ? WHERE box = ?", digest[:], idValue(box)))
}

// NextCounter counts the command counter up.
func (s states) NextCounter(ctx context.Context, box smartbox.BoxID) (n uint64, err error) {
	err = s.touched(s.q.exec(ctx, "UPDATE box_state SET counter = counter + 1 WHERE box = ?", idValue(box)))
	if err != nil {
		return 0, err
	}
	err = s.q.row(ctx, "SELECT counter FROM box_state WHERE box = ?", idValue(box)).Scan(num[uint64]{&n})
	return n, err
}

// SetEpoch begins a new epoch.
func (s states) SetEpoch(ctx context.Context, box smartbox.BoxID, epoch uint64) error {
	return s.touched(s.q.exec(ctx, "UPDATE box_state SET epoch = ? WHERE box = ?", num[uint64]{&epoch}, idValue(box)))
}

// Behind lists boxes that have not applied the newest version.
func (s states) Behind(ctx context.Context, after smartbox.BoxID, limit int) ([]smartbox.BoxID, error) {
	return s.boxes(ctx, `SELECT box FROM box_state WHERE (applied_version <> version OR applied_epoch <> epoch) AND box > ?
		ORDER BY box LIMIT ?`, after.String(), limit)
}

func (s states) boxes(ctx context.Context, query string, args ...any) ([]smartbox.BoxID, error) {
	rows, err := s.q.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []smartbox.BoxID
	for rows.Next() {
		var box smartbox.BoxID
		if err := rows.Scan(ident[smartbox.BoxID]{&box}); err != nil {
			return nil, err
		}
		list = append(list, box)
	}
	return list, rows.Err()
}
