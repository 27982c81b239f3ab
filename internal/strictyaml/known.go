package strictyaml

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// section is a field at the left edge of a text, which the indented lines after it belong to.
var section = regexp.MustCompile(`^([A-Za-z_-]+):`)

// Explain is an error of Decode in one line, without the excerpt that it quotes, and with the fields of v that may stand
// where text b has an unknown one.
func Explain(b []byte, err error, v any) string {
	text := strings.TrimSpace(yaml.FormatError(err, false, false))
	if u, ok := errors.AsType[*yaml.UnknownFieldError](err); ok && u.Token != nil && u.Token.Position != nil {
		if known := Known(b, u.Token.Position.Line, u.Token.Position.Column, v); len(known) > 0 {
			text += ": here may stand " + strings.Join(known, ", ")
		}
	}
	return text
}

// Known lists the fields that may stand at a place of text b, which is meant for v, such as where an unknown one was
// found. Lines and columns count from 1. It knows two levels: the text's own fields, and those of the section that the
// place is in. Nothing comes back where it cannot tell.
func Known(b []byte, line, column int, v any) []string {
	lines := bytes.Split(b, []byte("\n"))
	if line < 1 || line > len(lines) {
		return nil
	}
	root := structOf(reflect.TypeOf(v))
	if column <= 1 {
		return fieldsOf(root)
	}
	for i := line - 1; i >= 0; i-- {
		m := section.FindSubmatch(lines[i])
		if m == nil {
			continue
		}
		for j := range numField(root) {
			if f := root.Field(j); name(f) == string(m[1]) {
				return fieldsOf(structOf(f.Type))
			}
		}
		return nil
	}
	return nil
}

// structOf is the struct that t is, points to, or is a list of; nil for what has no fields.
func structOf(t reflect.Type) reflect.Type {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

func numField(t reflect.Type) int {
	if t == nil {
		return 0
	}
	return t.NumField()
}

func fieldsOf(t reflect.Type) (names []string) {
	for i := range numField(t) {
		if n := name(t.Field(i)); n != "" {
			names = append(names, n)
		}
	}
	return names
}

// name is what a field is called in YAML; nothing for one that is not read.
func name(f reflect.StructField) string {
	n, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if n == "-" {
		return ""
	}
	return n
}
