package directory

import (
	"errors"
	"fmt"
)

// What callers tell apart. Errors name things by id, never by name, code or badge.
var (
	// ErrNotFound says that a thing is not there, or not in the actor's organization.
	ErrNotFound = errors.New("not found")
	// ErrStale says that the thing was changed since the caller read it; read it again.
	ErrStale = errors.New("changed in the meantime; read it again and repeat the change")
	// ErrForbidden says that the actor lacks the capability; see ForbiddenError.
	ErrForbidden = errors.New("not allowed")
	// ErrConflict says that something else has what must be unique; see ConflictError.
	ErrConflict = errors.New("taken")
	// ErrInvalid says that a field cannot be as given; see InvalidError.
	ErrInvalid = errors.New("not valid")
	// ErrRefused says that a rule forbids the change as things stand; see RefusedError.
	ErrRefused = errors.New("refused")
)

// ConflictError says which field is taken.
type ConflictError struct {
	Kind  string // "member", "slot", ...
	Field string // "email", "code", "badge", "number", ...; a name of the API, not of the database
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: another one has the same %s; choose a different one", e.Kind, e.Field)
}

// Is makes it an ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// InvalidError says what is wrong with a field and how to mend it. It never holds the value.
type InvalidError struct {
	Kind    string
	Field   string
	Problem string
	Mend    string
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s: %s %s; %s", e.Kind, e.Field, e.Problem, e.Mend)
}

// Is makes it an ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// ForbiddenError says which capability or scope the actor lacks.
type ForbiddenError struct {
	Need string
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("not allowed: it needs %s; ask an administrator", e.Need)
}

// Is makes it an ErrForbidden.
func (e *ForbiddenError) Is(target error) bool { return target == ErrForbidden }

// RefusedError says which rule forbids a change as things stand, and what has to happen first.
type RefusedError struct {
	Reason  RefusalReason
	Problem string
	Mend    string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("refused (%s): %s; %s", e.Reason, e.Problem, e.Mend)
}

// Is makes it an ErrRefused.
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }

// RefusalReason is the rule behind a refusal, as a word that a program can read.
type RefusalReason string

// The reasons for refusing.
const (
	RefusedHoldsKey  RefusalReason = "holds-key"   // the member has a key
	RefusedKeyOut    RefusalReason = "key-out"     // somebody has the key
	RefusedInUse     RefusalReason = "in-use"      // other things refer to it
	RefusedMove      RefusalReason = "status-move" // the status machine has no such move
	RefusedCodeSpace RefusalReason = "code-space"  // fewer than 1,000 possible codes to each one given
	RefusedEnrolled  RefusalReason = "enrolled"    // the box has a key already
	RefusedLastAdmin RefusalReason = "last-admin"  // nobody would be left to administer
)

func notFound(kind string, id fmt.Stringer) error {
	return fmt.Errorf("%s %q: %w", kind, id, ErrNotFound)
}
