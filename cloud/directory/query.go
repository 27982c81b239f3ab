package directory

import (
	"encoding/base64"
	"fmt"
	"strings"

	"smartbox"
)

// Field is a property that things can be chosen or ordered by. A kind that lacks one gives an error.
type Field string

// The fields.
const (
	FieldID       Field = "id"
	FieldOrg      Field = "org"
	FieldName     Field = "name"
	FieldBox      Field = "box"
	FieldLocation Field = "location"
	FieldMember   Field = "member"
	FieldKey      Field = "key_id"
	FieldGroup    Field = "group_id" // of keys: that are in it; of members: that have a grant on it
	FieldSchedule Field = "schedule"
	FieldProfile  Field = "profile"
	FieldEmail    Field = "email"
	FieldPhone    Field = "phone"
	FieldKind     Field = "kind"
	FieldRole     Field = "role"
	FieldStatus   Field = "status"
	FieldState    Field = "state"
	FieldTarget   Field = "target" // of grants: smartbox.Target.String
	FieldLookup   Field = "lookup"
	FieldDigest   Field = "digest"
	FieldLength   Field = "length"
	FieldHome     Field = "home"
	FieldFrom     Field = "from_at"
	FieldUntil    Field = "until_at"
	FieldDate     Field = "date"
	FieldNumber   Field = "number"
	FieldSearch   Field = "search" // of members: lower-case name, email and phone
	FieldAt       Field = "at"
	FieldCounter  Field = "counter"
)

// Op is how a condition compares.
type Op uint8

// The comparisons.
const (
	OpEq Op = iota
	OpNot
	OpIn // Value is a []any
	OpLess
	OpMore
	OpHas // the text contains Value, whatever its case
)

// Cond is one condition. Value is an id, an enumeration, a number, a text or bytes.
type Cond struct {
	Field Field
	Op    Op
	Value any
}

// Eq is a condition of equality.
func Eq(f Field, value any) Cond { return Cond{f, OpEq, value} }

// In is met by any of the values.
func In[T any](f Field, values []T) Cond {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return Cond{f, OpIn, list}
}

// Query is a list that somebody wants.
type Query struct {
	Where []Cond
	Order Field // then by id; "" = by id alone
	Down  bool  // descending
	After *Position
	Limit int // 0 = all
}

// Position is where a list goes on: behind the thing with this id, which had this value of the order's field.
type Position struct {
	Value string
	ID    uint64
}

// List is a page that a caller wants.
type List struct {
	Where  []Cond
	Search string // members by name, email or phone; other things by name
	Order  Field  // "" = by name, where things have one
	Down   bool
	After  string // Page.Next of the page before; "" = the first
	Limit  int    // 1 to MaxPage; 0 = DefaultPage
}

// Bounds of a page.
const (
	DefaultPage = 50
	MaxPage     = 200
)

// Page is a stretch of a list.
type Page[T any] struct {
	Things []T
	Next   string // "" = this was the last
}

// cursor writes a position as an opaque text; the order's name in it keeps it from being used with another.
func cursor(order Field, p Position) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s\x00%s\x00%s", order, smartbox.ID[any](p.ID), p.Value))
}

func parseCursor(order Field, s string) (*Position, error) {
	wrong := &InvalidError{
		Kind: "list", Field: "after", Problem: "is no cursor of this list",
		Mend: "use what the page before gave as next, with the same order",
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, wrong
	}
	part := strings.SplitN(string(b), "\x00", 3)
	if len(part) != 3 || Field(part[0]) != order {
		return nil, wrong
	}
	id, err := smartbox.ParseID[any](part[1])
	if err != nil || id == 0 {
		return nil, wrong
	}
	return &Position{Value: part[2], ID: uint64(id)}, nil
}
