package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smartbox"
	"smartbox/cloud/directory"
)

// set is a table within a transaction.
type set[T any] struct {
	q queryer
	t *table[T]
}

// Get finds one by its id.
func (s set[T]) Get(ctx context.Context, id uint64) (T, error) {
	list, err := s.read(ctx, s.t.pick+" WHERE id = ?", idValue(id))
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return first(list), s.missing(id)
}

func (s set[T]) missing(id uint64) error {
	return fmt.Errorf("%s %q: %w", s.t.kind, smartbox.ID[any](id), directory.ErrNotFound)
}

func first[T any](list []T) (one T) {
	if len(list) > 0 {
		one = list[0]
	}
	return one
}

func (s set[T]) read(ctx context.Context, query string, args ...any) ([]T, error) {
	rows, err := s.q.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var list []T
	for rows.Next() {
		var thing T
		id, meta := s.t.meta(&thing)
		into := []any{ident[uint64]{id}, &meta.Version, num[smartbox.Stamp]{&meta.Created}, num[smartbox.Stamp]{&meta.Updated}}
		for _, f := range s.t.fields(&thing) {
			into = append(into, f)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("%s: %w", s.t.kind, err)
		}
		list = append(list, thing)
	}
	return list, rows.Err()
}

func (s set[T]) values(thing *T) []any {
	var args []any
	for _, f := range s.t.fields(thing) {
		args = append(args, f)
	}
	if s.t.derive != nil {
		args = append(args, s.t.derive(thing)...)
	}
	return args
}

// Insert adds one.
func (s set[T]) Insert(ctx context.Context, thing *T) error {
	id, meta := s.t.meta(thing)
	meta.Version = 1
	args := append([]any{idValue(*id), meta.Version, int64(meta.Created), int64(meta.Updated)}, s.values(thing)...)
	if _, err := s.q.exec(ctx, s.t.insert, args...); err != nil {
		return s.explain(err)
	}
	return s.offspring(ctx, thing)
}

// Update replaces the one that has the thing's id and version.
func (s set[T]) Update(ctx context.Context, thing *T) error {
	id, meta := s.t.meta(thing)
	args := append([]any{int64(meta.Updated)}, s.values(thing)...)
	n, err := s.q.exec(ctx, s.t.update, append(args, idValue(*id), meta.Version)...)
	if err != nil {
		return s.explain(err)
	}
	if n == 0 {
		if _, err := s.Get(ctx, *id); err != nil {
			return err
		}
		return fmt.Errorf("%s %s: %w", s.t.kind, smartbox.ID[any](*id), directory.ErrStale)
	}
	meta.Version++
	return s.offspring(ctx, thing)
}

func (s set[T]) offspring(ctx context.Context, thing *T) error {
	if s.t.children == nil {
		return nil
	}
	return s.t.children(ctx, s.q, thing)
}

// Delete takes one away.
func (s set[T]) Delete(ctx context.Context, id uint64) error {
	n, err := s.q.exec(ctx, "DELETE FROM "+s.t.name+" WHERE id = ?", idValue(id))
	if err != nil {
		return s.explain(err)
	}
	if n == 0 {
		return s.missing(id)
	}
	return nil
}

// explain turns what the engine says about a row into what the directory knows.
func (s set[T]) explain(err error) error {
	if field, ok := doubled(err, s.t.name); ok {
		if word := s.t.words[field]; word != "" {
			field = word
		}
		return &directory.ConflictError{Kind: s.t.kind, Field: field}
	}
	if dangling(err) {
		return &directory.RefusedError{
			Reason: directory.RefusedInUse, Problem: "the " + s.t.kind + " refers to what is not there, or others refer to it",
			Mend: "change or delete those first",
		}
	}
	return err
}

// Find lists what meets the conditions.
func (s set[T]) Find(ctx context.Context, q directory.Query) ([]T, error) {
	where, args, err := s.where(q.Where)
	if err != nil {
		return nil, err
	}
	order := q.Order
	if order == "" {
		order = directory.FieldID
	}
	if !s.t.has(order) {
		return nil, s.unknown(order, "order")
	}
	by, than := " ASC", ">"
	if q.Down {
		by, than = " DESC", "<"
	}
	if q.After != nil {
		at, err := s.position(order, q.After)
		if err != nil {
			return nil, err
		}
		where = append(where, "("+string(order)+", id) "+than+" (?, ?)")
		args = append(args, at, idValue(q.After.ID))
	}
	query := s.t.pick + clause(where)
	if order == directory.FieldID && q.Limit == 0 && !q.Down {
		// SQLite would rather read all of an organization in order than find a few and sort them.
		list, err := s.read(ctx, query, args...)
		slices.SortFunc(list, func(a, b T) int { return cmp.Compare(s.id(&a), s.id(&b)) })
		return list, err
	}
	query += " ORDER BY " + string(order) + by + ", id" + by
	if q.Limit > 0 {
		query += " LIMIT " + strconv.Itoa(q.Limit)
	}
	return s.read(ctx, query, args...)
}

func (s set[T]) id(thing *T) uint64 {
	id, _ := s.t.meta(thing)
	return *id
}

// position is a cursor's value as the column compares it.
func (s set[T]) position(order directory.Field, p *directory.Position) (any, error) {
	for _, n := range s.t.numbers {
		if n != string(order) {
			continue
		}
		v, err := strconv.ParseInt(p.Value, 10, 64)
		if err != nil {
			return nil, &directory.InvalidError{Kind: s.t.kind, Field: "after", Problem: "is no cursor of this list", Mend: "use what the page before gave"}
		}
		return v, nil
	}
	return p.Value, nil
}

// Value is what a thing has in a field.
func (s set[T]) Value(ctx context.Context, id uint64, f directory.Field) (string, error) {
	if !s.t.has(f) {
		return "", s.unknown(f, "order")
	}
	var v sql.NullString
	err := s.q.row(ctx, "SELECT "+string(f)+" FROM "+s.t.name+" WHERE id = ?", idValue(id)).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", s.missing(id)
	}
	return v.String, err
}

// Count is the number of things that meet the conditions.
func (s set[T]) Count(ctx context.Context, conds ...directory.Cond) (n int64, err error) {
	where, args, err := s.where(conds)
	if err != nil {
		return 0, err
	}
	err = s.q.row(ctx, "SELECT count(*) FROM "+s.t.name+clause(where), args...).Scan(&n)
	return n, err
}

func clause(where []string) string {
	if len(where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(where, " AND ")
}
