package snapfile

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Text is one value as it was written, and where. A number stays the digits that stood there: 0471 is four digits and
// no octal number, for an access code may begin with a nought.
type Text struct {
	Value        string
	Line, Column int // from 1; 0 = nowhere, the value is not there
}

// Given reports whether the value is there and not empty.
func (t Text) Given() bool { return t.Value != "" }

// UnmarshalYAML takes the text of a scalar.
func (t *Text) UnmarshalYAML(n ast.Node) error {
	pos := n.GetToken().Position
	t.Line, t.Column = pos.Line, pos.Column
	switch n := n.(type) {
	case *ast.NullNode:
		t.Value = ""
	case *ast.LiteralNode:
		t.Value = strings.TrimSpace(n.Value.Value)
	case *ast.StringNode:
		t.Value = n.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		t.Value = n.GetToken().Value
	default:
		return &Error{Line: pos.Line, Column: pos.Column, Text: "a single value is wanted here"}
	}
	return nil
}

// Texts is a list, or a single value that stands for a list of one.
type Texts []Text

// UnmarshalYAML takes a sequence of scalars, or one.
func (ts *Texts) UnmarshalYAML(n ast.Node) error {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		var t Text
		if err := t.UnmarshalYAML(n); err != nil {
			return err
		}
		if t.Given() {
			*ts = Texts{t}
		}
		return nil
	}
	*ts = make(Texts, len(seq.Values))
	for i, v := range seq.Values {
		if err := (*ts)[i].UnmarshalYAML(v); err != nil {
			return err
		}
	}
	return nil
}

// Grants is a list of grants, or a single one. YAML takes "key: Van 3", and within braces "key:Van 3" as well, for a
// mapping; here it is the grant that it looks like.
type Grants []Text

// UnmarshalYAML takes a sequence of scalars and mappings of one pair, or one of them.
func (gs *Grants) UnmarshalYAML(n ast.Node) error {
	values := []ast.Node{n}
	if seq, ok := n.(*ast.SequenceNode); ok {
		values = seq.Values
	}
	for _, v := range values {
		var t Text
		if err := t.unmarshalGrant(v); err != nil {
			return err
		}
		if t.Given() {
			*gs = append(*gs, t)
		}
	}
	return nil
}

func (t *Text) unmarshalGrant(n ast.Node) error {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) == 1 {
		n = m.Values[0]
	}
	pair, ok := n.(*ast.MappingValueNode)
	if !ok {
		return t.UnmarshalYAML(n)
	}
	var value Text
	if err := t.UnmarshalYAML(pair.Key); err != nil {
		return err
	}
	if err := value.UnmarshalYAML(pair.Value); err != nil {
		return err
	}
	t.Value += ":" + value.Value
	return nil
}

// Slots are numbers of slots: one number says how many, a range or a list says which.
type Slots struct {
	Texts
	Counted bool // a single number: 1 to it
}

// UnmarshalYAML takes what Texts takes.
func (s *Slots) UnmarshalYAML(n ast.Node) error {
	_, list := n.(*ast.SequenceNode)
	s.Counted = !list
	return s.Texts.UnmarshalYAML(n)
}

// Error is one thing that is wrong in a file, and how to mend it.
type Error struct {
	File         string
	Line, Column int // 0 = the file as a whole; a column of a CSV file is a field
	Text         string
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.File, e.Text)
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
	default:
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
	}
}

// Errors is all that is wrong, one line each, in the order in which it was found.
type Errors []*Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find the single ones.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}
