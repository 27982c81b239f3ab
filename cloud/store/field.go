package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"

	"smartbox"
)

// field is a place in a thing that a column is read into and written from.
type field interface {
	Scan(src any) error
	Value() (driver.Value, error)
}

func itoa(n int) string { return strconv.Itoa(n) }

// ident is an id; none is NULL.
type ident[T ~uint64] struct{ p *T }

func (f ident[T]) Scan(src any) error {
	s, err := asText(src)
	if err != nil {
		return err
	}
	id, err := smartbox.ParseID[any](s)
	*f.p = T(id)
	return err
}

func (f ident[T]) Value() (driver.Value, error) { return idValue(uint64(*f.p)), nil }

// idValue is an id as a parameter; none is NULL.
func idValue[T ~uint64](id T) any {
	if id == 0 {
		return nil
	}
	return smartbox.ID[any](id).String()
}

// text is a text, "" where it is NULL.
type text[T ~string] struct{ p *T }

func (f text[T]) Scan(src any) error {
	s, err := asText(src)
	*f.p = T(s)
	return err
}

func (f text[T]) Value() (driver.Value, error) { return string(*f.p), nil }

func asText(src any) (string, error) {
	switch v := src.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	default:
		return "", fmt.Errorf("store: a text is stored as %T", src)
	}
}

// num is a whole number.
type num[T ~int | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64] struct{ p *T }

func (f num[T]) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("store: a number is stored as %T", src)
	}
	*f.p = T(n)
	if int64(*f.p) != n {
		return fmt.Errorf("store: %d does not fit where it is stored", n)
	}
	return nil
}

func (f num[T]) Value() (driver.Value, error) { return int64(*f.p), nil }

// flag is a yes or no, as 1 and 0.
type flag struct{ p *bool }

func (f flag) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("store: a flag is stored as %T", src)
	}
	*f.p = n != 0
	return nil
}

func (f flag) Value() (driver.Value, error) { return bit(*f.p), nil }

func bit(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// blob is bytes, nil where NULL.
type blob struct{ p *[]byte }

func (f blob) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*f.p = nil
	case []byte:
		*f.p = append([]byte{}, v...)
	default:
		return fmt.Errorf("store: bytes are stored as %T", src)
	}
	return nil
}

func (f blob) Value() (driver.Value, error) {
	if *f.p == nil {
		return nil, nil
	}
	return *f.p, nil
}

// sum is a hash or a digest of 32 bytes.
type sum[T ~[32]byte] struct{ p *T }

func (f sum[T]) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != 32 {
		return fmt.Errorf("store: a digest is stored as %T of %d bytes", src, len(b))
	}
	*f.p = T(b)
	return nil
}

func (f sum[T]) Value() (driver.Value, error) {
	b := [32]byte(*f.p)
	return b[:], nil
}

// inJSON is a small list or structure, kept in one column because nothing looks into it.
type inJSON[T any] struct{ p *T }

func (f inJSON[T]) Scan(src any) error {
	s, err := asText(src)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(s), f.p); err != nil {
		return fmt.Errorf("store: a %T does not decode: %w", *f.p, err)
	}
	return nil
}

func (f inJSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(f.p)
	if err != nil {
		return nil, fmt.Errorf("store: a %T does not encode: %w", *f.p, err)
	}
	return string(b), nil
}

// target is what a grant covers, as smartbox.Target.String writes it.
type target struct{ p *smartbox.Target }

func (f target) Value() (driver.Value, error) { return f.p.String(), nil }

func (f target) Scan(src any) error {
	s, err := asText(src)
	if err != nil {
		return err
	}
	*f.p, err = parseTarget(s)
	return err
}
