package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"

	"smartbox/cloud/directory"
)

// errBadConn tells database/sql to throw a connection away.
var errBadConn = driver.ErrBadConn

// queryer runs statements in a transaction.
type queryer struct {
	tx       *sql.Tx
	d        dialect
	readOnly bool
}

func (q queryer) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if q.readOnly {
		return 0, ErrReadOnly
	}
	r, err := q.tx.ExecContext(ctx, q.d.rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (q queryer) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return q.tx.QueryContext(ctx, q.d.rebind(query), args...)
}

func (q queryer) row(ctx context.Context, query string, args ...any) *sql.Row {
	return q.tx.QueryRowContext(ctx, q.d.rebind(query), args...)
}

// chunk is how many rows one statement writes: PostgreSQL takes 65,535 parameters, SQLite 32,766.
const chunk = 200

// bulk runs "prefix (?, …), (?, …) suffix" over rows of n values.
func (q queryer) bulk(ctx context.Context, prefix string, n int, suffix string, rows [][]any) error {
	for len(rows) > 0 {
		part := rows[:min(chunk, len(rows))]
		rows = rows[len(part):]
		args := make([]any, 0, n*len(part))
		for _, r := range part {
			args = append(args, r...)
		}
		one := "(" + marks(n) + ")"
		query := prefix + " " + strings.TrimSuffix(strings.Repeat(one+", ", len(part)), ", ") + " " + suffix
		if _, err := q.exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// tx is a directory.Tx.
type tx struct {
	q queryer
	t *tables
}

func (t tx) Organizations() directory.Set[directory.Organization] {
	return set[directory.Organization]{t.q, t.t.organizations}
}

func (t tx) Profiles() directory.Set[directory.Profile] {
	return set[directory.Profile]{t.q, t.t.profiles}
}

func (t tx) Members() directory.Set[directory.Member] { return set[directory.Member]{t.q, t.t.members} }

func (t tx) Locations() directory.Set[directory.Location] {
	return set[directory.Location]{t.q, t.t.locations}
}

func (t tx) Holidays() directory.Set[directory.Holiday] {
	return set[directory.Holiday]{t.q, t.t.holidays}
}
func (t tx) Boxes() directory.Set[directory.Box]    { return set[directory.Box]{t.q, t.t.boxes} }
func (t tx) Slots() directory.Set[directory.Slot]   { return set[directory.Slot]{t.q, t.t.slots} }
func (t tx) Keys() directory.Set[directory.Key]     { return set[directory.Key]{t.q, t.t.keys} }
func (t tx) Groups() directory.Set[directory.Group] { return set[directory.Group]{t.q, t.t.groups} }
func (t tx) Grants() directory.Set[directory.Grant] { return set[directory.Grant]{t.q, t.t.grants} }
func (t tx) Schedules() directory.Set[directory.Schedule] {
	return set[directory.Schedule]{t.q, t.t.schedules}
}

func (t tx) Bookings() directory.Set[directory.Booking] {
	return set[directory.Booking]{t.q, t.t.bookings}
}

func (t tx) Credentials() directory.Set[directory.Credential] {
	return set[directory.Credential]{t.q, t.t.credentials}
}
func (t tx) Tokens() directory.Set[directory.Token] { return set[directory.Token]{t.q, t.t.tokens} }
func (t tx) Audit() directory.Set[directory.AuditEntry] {
	return set[directory.AuditEntry]{t.q, t.t.audit}
}
func (t tx) Alarms() directory.Set[directory.Alarm] { return set[directory.Alarm]{t.q, t.t.alarms} }
func (t tx) Commands() directory.Set[directory.Command] {
	return set[directory.Command]{t.q, t.t.commands}
}
func (t tx) State() directory.States { return states{t.q} }
func (t tx) Log() directory.Log      { return log{t.q} }
func (t tx) Desk() directory.Desk    { return desk{t.q} }
