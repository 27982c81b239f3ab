package store

import (
	"fmt"
	"reflect"
	"strings"

	"smartbox"
)

// param is a condition's value as a parameter: ids by their text, other things by what they are underneath.
func param(v any) (any, error) {
	switch t := v.(type) {
	case nil:
		return nil, nil
	case smartbox.Target:
		return t.String(), nil
	case []byte:
		return t, nil
	}
	r := reflect.ValueOf(v)
	switch r.Kind() { //nolint:exhaustive // the rest is refused
	case reflect.Bool:
		return bit(r.Bool()), nil
	case reflect.String:
		return r.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(r.Uint()), nil //nolint:gosec // 32 bits
	case reflect.Uint64: // of those, only ids are compared
		return idValue(r.Uint()), nil
	default:
		return nil, fmt.Errorf("store: a condition cannot compare with a %T", v)
	}
}

// parseTarget reads what smartbox.Target.String wrote.
func parseTarget(s string) (smartbox.Target, error) {
	kind, ref, _ := strings.Cut(s, ":")
	for k := smartbox.TargetKey; k <= smartbox.TargetAll; k++ {
		if k.String() != kind {
			continue
		}
		id, err := smartbox.ParseID[any](ref)
		if err != nil {
			return smartbox.Target{}, err
		}
		return smartbox.Target{Kind: k, Ref: uint64(id)}, nil
	}
	return smartbox.Target{}, fmt.Errorf("store: a grant's target is of the kind %q", kind)
}

// likePattern makes a text a pattern of LIKE that it is contained; '\' escapes.
func likePattern(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}
