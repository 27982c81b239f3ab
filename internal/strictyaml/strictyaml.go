// Package strictyaml reads YAML that people write: board profiles, people files, scenarios, the daemon's configuration.
//
// It stands by itself because its callers may not know each other: board does not see sync, neither sees cmd, and the
// domain knows no file format.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Errors beside those of package yaml, which know line and column.
var (
	// ErrUnreadable says that a text drove the YAML package to a panic.
	ErrUnreadable = errors.New("cannot be read as YAML")
	// ErrDocuments says that more than one document stands in the text.
	ErrDocuments = errors.New("a second document begins after \"---\"; one file holds one")
)

// Decode reads the one document of b into v. An empty one leaves v as it is. Fields that are unknown or doubled, and
// values of the wrong type, are errors.
func Decode(b []byte, v any) (err error) {
	defer guard(&err)
	d := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict())
	if err := d.Decode(v); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return err
	}
	var rest any
	if err := d.Decode(&rest); err == nil && rest != nil || err != nil && !errors.Is(err, io.EOF) {
		return ErrDocuments
	}
	return nil
}

// Parse is the tree of b, without comments.
func Parse(b []byte) (tree *ast.File, err error) {
	defer guard(&err)
	return parser.ParseBytes(b, 0)
}

// guard makes an error of a panic. goccy/go-yaml v1.19.2 has several for texts that are no YAML, one of them for a
// list that is a bare tag ("users: !").
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: check the quotes, tags and brackets", ErrUnreadable)
	}
}
