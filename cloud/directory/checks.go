package directory

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"smartbox"
)

func invalid(kind, field, problem, mend string) error {
	return &InvalidError{Kind: kind, Field: field, Problem: problem, Mend: mend}
}

// checkName refuses names that a display or a box could not take.
func checkName(kind, field, name string, required bool) error {
	switch {
	case name == "" && required:
		return invalid(kind, field, "is missing", "give one")
	case len(name) > smartbox.MaxName:
		return invalid(kind, field, fmt.Sprintf("is longer than %d bytes", smartbox.MaxName), "shorten it")
	case !utf8.ValidString(name):
		return invalid(kind, field, "is no UTF-8", "write it in UTF-8")
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f {
			return invalid(kind, field, "holds a control character", "leave out tabs and line ends")
		}
	}
	return nil
}

// checkSpan refuses a validity that ends before it begins.
func checkSpan(kind string, from, until smartbox.Stamp) error {
	if from < 0 || until < 0 {
		return invalid(kind, "from", "is before 1970", "use 0 for always")
	}
	if until != 0 && until <= from {
		return invalid(kind, "until", "is not after from", "let it end later, or leave it out")
	}
	return nil
}

// refer checks that an id names a thing of the actor's organization; none passes where it is optional.
func refer[T any](ctx context.Context, c *change, k *kind[T], in, field string, id uint64, required bool) error {
	if id == 0 && !required {
		return nil
	}
	_, err := get(ctx, c.tx, c.actor, k, id)
	if errors.Is(err, ErrNotFound) {
		return invalid(in, field, "names no "+k.name+" of this organization", "use the id of one that is there")
	}
	return err
}

// unused refuses a deletion while others refer to the thing.
func unused[T any](ctx context.Context, set Set[T], problem, mend string, where ...Cond) error {
	n, err := set.Count(ctx, where...)
	if err != nil || n == 0 {
		return err
	}
	return &RefusedError{Reason: RefusedInUse, Problem: fmt.Sprintf("%d %s", n, problem), Mend: mend}
}
