package store

import (
	"fmt"
	"strings"

	"smartbox/cloud/directory"
)

// where writes conditions. Names of columns come from the table alone, values are parameters: nothing that a caller
// gives becomes part of a statement.
func (s set[T]) where(conds []directory.Cond) (where []string, args []any, err error) {
	for _, c := range conds {
		w, a, err := s.cond(c)
		if err != nil {
			return nil, nil, err
		}
		where, args = append(where, w), append(args, a...)
	}
	return where, args, nil
}

func (s set[T]) unknown(f directory.Field, use string) error {
	return &directory.InvalidError{Kind: s.t.kind, Field: use, Problem: fmt.Sprintf("names %q, which there is not", f), Mend: "use another field"}
}

func (s set[T]) cond(c directory.Cond) (string, []any, error) {
	column := string(c.Field)
	inside, nested := s.t.inside[c.Field]
	if !nested && !s.t.has(c.Field) {
		return "", nil, s.unknown(c.Field, "filter")
	}
	values, many := c.Value.([]any)
	if !many {
		values = []any{c.Value}
	}
	args := make([]any, len(values))
	for i, v := range values {
		var err error
		if args[i], err = param(v); err != nil {
			return "", nil, err
		}
	}
	test, args, err := compare(c, args)
	switch {
	case err != nil:
		return "", nil, err
	case test == never:
		return never, nil, nil
	case nested:
		return fmt.Sprintf(inside, test), args, nil
	default:
		return column + test, args, nil
	}
}

// never is a condition that nothing meets.
const never = "1 = 0"

// compare writes the part of a condition behind the column.
func compare(c directory.Cond, args []any) (test string, out []any, err error) {
	switch c.Op {
	case directory.OpIn:
		if len(args) == 0 {
			return never, nil, nil
		}
		return " IN (" + marks(len(args)) + ")", args, nil
	case directory.OpHas:
		return ` LIKE ? ESCAPE '\'`, []any{likePattern(strings.ToLower(fmt.Sprint(args[0])))}, nil
	case directory.OpEq:
		if args[0] == nil {
			return " IS NULL", nil, nil
		}
		return " = ?", args, nil
	case directory.OpNot:
		if args[0] == nil {
			return " IS NOT NULL", nil, nil
		}
		return " <> ?", args, nil
	case directory.OpLess:
		return " < ?", args, nil
	case directory.OpMore:
		return " > ?", args, nil
	default:
		return "", nil, fmt.Errorf("store: no comparison %d", c.Op)
	}
}
