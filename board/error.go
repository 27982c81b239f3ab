package board

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Error is one thing that is wrong with a profile.
type Error struct {
	File         string // the name given to Parse
	Line, Column int    // from 1
	What         string // what is wrong and what to do, one sentence
}

// Error is "file:line:column: what".
func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.What) }

// path leads from the root of a file to one value: strings are fields, ints are places in a list.
type path []any

func (p path) to(step ...any) path { return append(slices.Clip(p), step...) }

// faults collects what is wrong with a file, each at its place.
type faults struct {
	file string
	root ast.Node
	list []*Error
}

// add notes a fault at a path. Where the path leads to nothing, because the value is missing, the fault is noted
// at the nearest thing around it.
func (f *faults) add(at path, format string, args ...any) {
	f.at(locate(f.root, at), fmt.Sprintf(format, args...))
}

func (f *faults) at(tk *token.Token, what string) {
	line, column := 1, 1
	if tk != nil && tk.Position != nil {
		line, column = max(1, tk.Position.Line), max(1, tk.Position.Column)
	}
	e := &Error{File: f.file, Line: line, Column: column, What: what}
	if !slices.ContainsFunc(f.list, func(o *Error) bool { return *o == *e }) { // one misspelt name in a list of eight pins
		f.list = append(f.list, e)
	}
}

// err is all faults in the order of the file, or nil.
func (f *faults) err() error {
	slices.SortStableFunc(f.list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(f.list))
	for i, e := range f.list {
		errs[i] = e
	}
	return errors.Join(errs...)
}

// locate walks down from a node as far as the path leads and returns the token it ends at.
func locate(n ast.Node, p path) *token.Token {
	if n == nil {
		return nil
	}
	tk := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		tk = m.Values[0].Key.GetToken()
	}
	if len(p) == 0 {
		return tk
	}
	switch step := p[0].(type) {
	case string:
		for _, v := range fields(n) {
			if v.Key.GetToken().Value != step {
				continue
			}
			if below := locate(v.Value, p[1:]); below != nil && len(p) > 1 {
				return below
			} else if below != nil && isScalar(v.Value) {
				return below
			}
			return v.Key.GetToken()
		}
	case int:
		if s, ok := n.(*ast.SequenceNode); ok && step < len(s.Values) {
			return locate(s.Values[step], p[1:])
		}
	}
	return tk
}

func fields(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	default:
		return nil
	}
}

func isScalar(n ast.Node) bool {
	_, ok := n.(ast.ScalarNode)
	return ok
}
