package board

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"smartbox/internal/strictyaml"
)

// MaxFile is the greatest size of a profile in bytes.
const MaxFile = 64 << 10

// maxDepth bounds the nesting of a file; a profile needs four levels.
const maxDepth = 8

// Parse reads a profile strictly. name stands in the errors. The error joins one *Error for each thing that is
// wrong, in the order of the file; a file that is no YAML of the right shape gives the first of them only.
func Parse(name string, b []byte) (*Profile, error) {
	f := &faults{file: name}
	fail := func(tk *token.Token, format string, args ...any) (*Profile, error) {
		f.at(tk, fmt.Sprintf(format, args...))
		return nil, f.err()
	}
	switch {
	case len(b) > MaxFile:
		return fail(nil, "the file has %d bytes and may have %d: this is no profile", len(b), MaxFile)
	case !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0:
		return fail(nil, "the file is not UTF-8 text: save it as UTF-8")
	case tooDeep(b):
		return fail(nil, "the file nests deeper than %d levels: a profile needs four", maxDepth)
	}
	tree, err := strictyaml.Parse(b)
	if err != nil {
		return nil, f.shape(err)
	}
	docs := documents(tree)
	switch {
	case len(docs) == 0:
		return fail(nil, "the file is empty: start with \"profile: name\"")
	case len(docs) > 1:
		return fail(docs[1].GetToken(), "a second document begins here: one file holds one profile")
	}
	f.root = docs[0]
	if tk := indirect(f.root); tk != nil {
		return fail(tk, "anchors, aliases, merges and tags are not allowed: write what is wired where it is wired")
	}
	if fields(f.root) == nil {
		return fail(f.root.GetToken(), "a profile is a list of fields: start with \"profile: name\"")
	}
	var in file
	if err := strictyaml.Decode(b, &in); err != nil {
		return nil, f.shape(err)
	}
	p := in.profile(f)
	if err := f.err(); err != nil {
		return nil, err
	}
	return p, nil
}

func documents(tree *ast.File) []ast.Node {
	var out []ast.Node
	for _, d := range tree.Docs {
		if d.Body == nil {
			continue
		}
		if _, ok := d.Body.(*ast.CommentGroupNode); ok {
			continue
		}
		out = append(out, d.Body)
	}
	return out
}

// shape turns an error of the YAML package into ours.
func (f *faults) shape(err error) error {
	var (
		unknown *yaml.UnknownFieldError
		double  *yaml.DuplicateKeyError
		typ     *yaml.TypeError
		over    *yaml.OverflowError
		node    *yaml.UnexpectedNodeTypeError
		other   yaml.Error
	)
	switch {
	case errors.As(err, &unknown):
		f.at(unknown.Token, fmt.Sprintf("unknown field %q: check the spelling, or take it out", value(unknown.Token)))
	case errors.As(err, &double):
		f.at(double.Token, fmt.Sprintf("field %q stands here a second time: keep one of them", value(double.Token)))
	case errors.As(err, &typ):
		f.at(typ.Token, fmt.Sprintf("%q is not %s: write %s here", value(typ.Token), wanted(typ.DstType), wanted(typ.DstType)))
	case errors.As(err, &over):
		f.at(over.Token, fmt.Sprintf("%s is too large a number: check the digits", value(over.Token)))
	case errors.As(err, &node):
		f.at(node.Token, fmt.Sprintf("%s stands here where %s is wanted: check the indentation",
			strings.ToLower(node.Actual.YAMLName()), strings.ToLower(node.Expected.YAMLName())))
	case errors.As(err, &other) && strings.Contains(other.GetMessage(), "already defined at"): // found by its parser
		f.at(other.GetToken(), fmt.Sprintf("field %q stands here a second time: keep one of them", value(other.GetToken())))
	case errors.As(err, &other):
		f.at(other.GetToken(), "this is not YAML: "+other.GetMessage())
	default:
		f.at(nil, "this is not YAML: "+err.Error())
	}
	return f.err()
}

func value(tk *token.Token) string {
	if tk == nil {
		return ""
	}
	return tk.Value
}

func wanted(t reflect.Type) string {
	switch t.Kind() { //nolint:exhaustive // the fields of file have no other kinds
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a number"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return "a list"
	default:
		return "a list of fields"
	}
}

// indirect finds the first node that is not written out.
func indirect(root ast.Node) (found *token.Token) {
	ast.Walk(visitor(func(n ast.Node) bool {
		switch n.(type) {
		case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
			if found == nil {
				found = n.GetToken()
			}
		}
		return found == nil
	}), root)
	return found
}

type visitor func(ast.Node) bool

func (v visitor) Visit(n ast.Node) ast.Visitor {
	if !v(n) {
		return nil
	}
	return v
}

// tooDeep looks for deep nesting before the parser, which recurses, sees the file: brackets of flow style, dashes
// of lists in one line, and indentation in steps of at least one.
func tooDeep(b []byte) bool {
	flow := 0
	for line := range bytes.Lines(b) {
		dashes := 0
		for _, c := range line {
			switch c {
			case '[', '{':
				flow++
			case ']', '}':
				flow = max(0, flow-1)
			case '-', '?':
				dashes++
			}
		}
		lead := len(line) - len(bytes.TrimLeft(line, " -?\t"))
		if flow > maxDepth || lead > 8*maxDepth {
			return true
		}
	}
	return false
}
