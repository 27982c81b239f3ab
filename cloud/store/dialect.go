package store

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is where the engines differ.
type dialect struct {
	name   string
	goose  goose.Dialect
	types  *strings.Replacer // of the migrations
	dollar bool              // parameters are $1, $2, …; else ?
}

func sqliteDialect() dialect {
	return dialect{
		name: "sqlite", goose: goose.DialectSQLite3,
		types: strings.NewReplacer("{id}", "TEXT", "{int}", "INTEGER", "{bytes}", "BLOB"),
	}
}

// PostgreSQL compares text by the rules of a language unless told otherwise; ids, names and cursors have to stand in
// the same order on both engines.
func postgresDialect() dialect {
	return dialect{
		name: "postgres", goose: goose.DialectPostgres, dollar: true,
		types: strings.NewReplacer("{id}", `TEXT COLLATE "C"`, "{int}", "BIGINT", "{bytes}", "BYTEA"),
	}
}

// retry reports whether the engine asks to run a transaction again: PostgreSQL by serialization_failure (40001) and
// deadlock_detected (40P01), SQLite by BUSY and LOCKED.
func retry(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		code := lite.Code() & 0xff
		return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
	}
	return false
}

// doubled reports which unique index of a table refused a row, by the name of its last column: "email" for
// members_email. It is "id" for the primary key.
func doubled(err error, table string) (field string, ok bool) {
	if pg, is := errors.AsType[*pgconn.PgError](err); is {
		if pg.Code != "23505" {
			return "", false
		}
		name := strings.TrimPrefix(pg.ConstraintName, table+"_")
		if name == "pkey" {
			return "id", true
		}
		return name[strings.LastIndex(name, "_")+1:], true
	}
	lite, is := errors.AsType[*sqlite.Error](err)
	if !is {
		return "", false
	}
	switch lite.Code() {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return "id", true
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		// "constraint failed: UNIQUE constraint failed: slots.box, slots.number (2067)"
		text, _, _ := strings.Cut(lite.Error(), " (")
		return text[strings.LastIndex(text, ".")+1:], true
	default:
		return "", false
	}
}

// dangling reports whether a row was refused because it points at nothing, or is pointed at.
func dangling(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23503"
	}
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// rebind writes parameters as the engine wants them. No statement here has a question mark in a literal.
func (d dialect) rebind(query string) string {
	if !d.dollar {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n := 0
	for _, r := range query {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(itoa(n))
	}
	return b.String()
}
