package store

import (
	"context"
	"slices"
	"strings"

	"smartbox/cloud/directory"
)

// table is how one kind of thing is stored.
type table[T any] struct {
	kind    string // as errors say it
	name    string
	columns []string // behind id, version, created and updated, in the order of fields
	fields  func(*T) []field
	meta    func(*T) (id *uint64, meta *directory.Meta)

	// number says which columns an order by compares as numbers.
	numbers []string
	// inside writes conditions that are no column of the table.
	inside map[directory.Field]string
	// words translates a unique index's last column to the API's word where they differ.
	words map[string]string
	// children are written with the thing, in tables of their own.
	children func(ctx context.Context, q queryer, thing *T) error
	// derive fills in what is stored only to be searched.
	derive  func(*T) []any
	derived []string

	insert, update, pick string // statements, made once
}

// ready makes the statements.
func (t *table[T]) ready() *table[T] {
	all := append(slices.Clone(t.columns), t.derived...)
	t.insert = "INSERT INTO " + t.name + " (id, version, created, updated, " + strings.Join(all, ", ") + ") VALUES (" + marks(4+len(all)) + ")"
	t.update = "UPDATE " + t.name + " SET version = version + 1, updated = ?, " + strings.Join(all, " = ?, ") + " = ? WHERE id = ? AND version = ?"
	t.pick = "SELECT id, version, created, updated, " + strings.Join(t.columns, ", ") + " FROM " + t.name
	return t
}

func (t *table[T]) has(f directory.Field) bool {
	name := string(f)
	return name == "id" || slices.Contains(t.columns, name) || slices.Contains(t.derived, name)
}

// marks are n parameters.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
