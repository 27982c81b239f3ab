package wire_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/goccy/go-yaml"
	gocmp "github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/sync/wire"
)

// field is one field of a struct as the documents tell it.
type field struct {
	number   int
	name     string
	typ      reflect.Type
	comment  string
	required bool
}

// model is everything that goes over the wire, read out of the types and their comments.
type model struct {
	docs     map[string]string // by "package.Type" and "package.Type.Field"
	consts   map[string]string // by "package.Type": what a value or a bit of it means
	structs  []reflect.Type    // in the order in which they are met
	enums    []reflect.Type
	messages map[wire.Kind]reflect.Type
}

func readModel(t *testing.T) *model {
	t.Helper()
	m := &model{docs: map[string]string{}, consts: map[string]string{}, messages: map[wire.Kind]reflect.Type{}}
	m.comments(t, "smartbox", filepath.Join("..", ".."))
	m.comments(t, "wire", ".")
	for _, k := range wire.Kinds() {
		typ := reflect.TypeOf(wire.NewMessage(k)).Elem()
		m.messages[k] = typ
		m.meet(typ)
	}
	m.meet(reflect.TypeFor[smartbox.Snapshot]())
	m.meet(reflect.TypeFor[smartbox.Event]())
	return m
}

// comments reads the doc comments of the types of a package and those beside their fields.
func (m *model) comments(t *testing.T, pkg, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no source", err)
	}
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			d, ok := n.(*ast.GenDecl)
			if ok && d.Tok == token.CONST {
				m.constants(pkg, d)
			}
			if !ok || d.Tok != token.TYPE {
				return true
			}
			for _, s := range d.Specs {
				spec := s.(*ast.TypeSpec)
				name := pkg + "." + spec.Name.Name
				m.docs[name] = oneLine(cmp.Or(spec.Doc.Text(), d.Doc.Text()))
				if st, ok := spec.Type.(*ast.StructType); ok {
					for _, fl := range st.Fields.List {
						for _, id := range fl.Names {
							m.docs[name+"."+id.Name] = oneLine(cmp.Or(fl.Comment.Text(), fl.Doc.Text()))
						}
					}
				}
			}
			return true
		})
	}
}

// constants reads what the values of a type are called, where they are counted from 0 or are bits.
func (m *model) constants(pkg string, d *ast.GenDecl) {
	first := d.Specs[0].(*ast.ValueSpec)
	typ, ok := first.Type.(*ast.Ident)
	if !ok || len(first.Values) != 1 {
		return
	}
	what, value := "", func(i int) int { return i }
	switch v := first.Values[0].(type) {
	case *ast.Ident:
		if v.Name != "iota" {
			return
		}
	case *ast.BinaryExpr:
		if v.Op != token.SHL {
			return
		}
		what, value = "Bits: ", func(i int) int { return 1 << i }
	default:
		return
	}
	var all []string
	for i, s := range d.Specs {
		for _, id := range s.(*ast.ValueSpec).Names {
			text := fmt.Sprintf("%d %s", value(i), kebab(id.Name))
			if c := oneLine(s.(*ast.ValueSpec).Comment.Text()); c != "" {
				text += " (" + c + ")"
			}
			all = append(all, text)
		}
	}
	m.consts[pkg+"."+typ.Name] = what + strings.Join(all, ", ") + "."
}

// enumDoc is what the documents say about an enumeration or a set of bits.
func (m *model) enumDoc(t reflect.Type) string {
	doc := m.docs[t.String()]
	if w := words(t); w != nil {
		return doc + " " + strings.Join(w, ", ") + "."
	}
	return strings.TrimSpace(doc + " " + m.consts[t.String()])
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// meet notes a type and what it is made of.
func (m *model) meet(t reflect.Type) {
	switch t.Kind() { //nolint:exhaustive // what messages are made of
	case reflect.Pointer, reflect.Slice:
		m.meet(t.Elem())
	case reflect.Uint8:
		if t.PkgPath() != "" && !slices.Contains(m.enums, t) {
			m.enums = append(m.enums, t)
		}
	case reflect.Struct:
		if slices.Contains(m.structs, t) {
			return
		}
		m.structs = append(m.structs, t)
		for _, f := range m.fields(t) {
			m.meet(f.typ)
		}
	}
}

func (m *model) fields(t reflect.Type) (all []field) {
	for f := range t.Fields() {
		number, rest, _ := strings.Cut(f.Tag.Get("cbor"), ",")
		n, err := strconv.Atoi(number)
		if err != nil || !strings.HasPrefix(rest, "keyasint") {
			panic(fmt.Sprintf("%s.%s has no integer key", t, f.Name))
		}
		comment := m.docs[t.String()+"."+f.Name]
		switch f.Type.Kind() { //nolint:exhaustive // what messages are made of
		case reflect.Uint16, reflect.Uint32:
			comment = cmp.Or(comment, strings.TrimSuffix(m.docs[f.Type.String()], "."))
		case reflect.Pointer:
			if f.Type.Elem().Kind() != reflect.Struct {
				comment = strings.TrimPrefix(comment+"; said even if zero", "; ")
			}
		}
		all = append(all, field{n, f.Name, f.Type, comment, !strings.Contains(rest, "omitempty")})
	}
	return all
}

// ruleName is the type's name in the documents: messages by their Go names, so smartbox.Delta becomes "state-delta".
func ruleName(t reflect.Type) string {
	name := t.Name()
	if t == reflect.TypeFor[smartbox.Delta]() {
		name = "StateDelta"
	}
	return kebab(name)
}

func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(name[i-1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// cddlType is a type in CDDL.
func cddlType(t reflect.Type) string {
	switch {
	case strings.HasPrefix(t.Name(), "ID["):
		return "id"
	case t == reflect.TypeFor[smartbox.Stamp]():
		return "stamp"
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	}
	switch t.Kind() { //nolint:exhaustive // what messages are made of
	case reflect.Bool:
		return "bool"
	case reflect.String:
		return "tstr"
	case reflect.Pointer:
		return cddlType(t.Elem())
	case reflect.Struct:
		return ruleName(t)
	case reflect.Array:
		return fmt.Sprintf("bstr .size %d", t.Len())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bstr"
		}
		return "[+ " + cddlType(t.Elem()) + "]"
	case reflect.Int32, reflect.Int64:
		return "int"
	case reflect.Uint8:
		if t.PkgPath() != "" {
			return ruleName(t)
		}
		return "uint .size 1"
	case reflect.Uint16:
		return "uint .size 2"
	case reflect.Uint32:
		return "uint .size 4"
	case reflect.Uint64:
		return "uint .size 8"
	default:
		panic("no CDDL for " + t.String())
	}
}

// words are the values of an enumeration; none where it is a set of bits.
func words(t reflect.Type) []string {
	var all []string
	s, ok := reflect.TypeAssert[fmt.Stringer](reflect.New(t))
	if !ok {
		return nil
	}
	v := reflect.ValueOf(s).Elem()
	for i := range uint64(256) {
		v.SetUint(i)
		if w := v.Interface().(fmt.Stringer).String(); w != "" && !strings.Contains(w, "(") {
			all = append(all, fmt.Sprintf("%d %s", i, w))
		}
	}
	return all
}

const cddlHead = `; The messages between a SmartBox and its cloud, in CDDL (RFC 8610). Written by "go test ./sync/wire -update"; do not edit.
;
; Encoding: CBOR (RFC 8949), core deterministic (section 4.2.1). A field that is zero, empty or false, or a record of which
; every field is left out, is left out where it is marked with "?", unless it says "said even if zero".
; A field that is not known, a doubled one, a tag, an indefinite length or trailing bytes are refused.
; Bounds that CDDL does not tell stand in asyncapi.yaml.

; An id is a text of 1 to 12 characters of "-0123456789abcdefghijklmnopqrstuvwxyz", the first of them no "-", as a number:
; sum over the characters i = 0..11 of place(c) * 38^(11-i), place("-") = 1, "0" = 2 ... "z" = 37, 0 behind the end.
id = uint .size 8
stamp = int ; milliseconds since 1970 UTC; 0 = none
duration = int ; nanoseconds

; What is published to a box is this, not in CBOR: version (2 bytes, big-endian), key id (8), Ed25519 signature (64), payload.
; The signature is over "sb1", kind (1 byte), version (2), box (8, its id big-endian), payload. The key id is the beginning
; of the SHA-256 of the public key. Kinds: `

// writeCDDL is the grammar.
func (m *model) writeCDDL() string {
	var b strings.Builder
	b.WriteString(cddlHead)
	for i, k := range wire.Kinds() {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d %s", uint8(k), k)
	}
	b.WriteString(".\n\nmessage = ")
	for i, k := range wire.Kinds() {
		if i > 0 {
			b.WriteString(" / ")
		}
		b.WriteString(ruleName(m.messages[k]))
	}
	b.WriteString("\n")
	for _, t := range m.structs {
		fmt.Fprintf(&b, "\n%s%s = {\n", wrapped("; ", m.docs[t.String()]), ruleName(t))
		for _, f := range m.fields(t) {
			mark := "? "
			if f.required {
				mark = ""
			}
			line := fmt.Sprintf("  %s%d => %s,", mark, f.number, cddlType(f.typ))
			fmt.Fprintf(&b, "%-40s ; %s\n", line, strings.TrimSuffix(f.name+": "+f.comment, ": "))
		}
		b.WriteString("}\n")
	}
	for _, t := range m.enums {
		fmt.Fprintf(&b, "\n%s%s = uint .size 1\n", wrapped("; ", m.enumDoc(t)), ruleName(t))
	}
	return b.String()
}

// wrapped is a text in lines of at most 120 characters.
func wrapped(prefix, s string) string {
	var b strings.Builder
	line := prefix
	for w := range strings.FieldsSeq(s) {
		if len(line)+len(w) > 118 {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = prefix
		}
		line += w + " "
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	return b.String()
}

// document compares a generated file with what is to stand in it, or writes it.
func document(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s does not tell what the types do; run with -update, and think of wire.Version (-want +got):\n%s", path, diff)
	}
}

func TestCDDL(t *testing.T) {
	m := readModel(t)
	document(t, "messages.cddl", m.writeCDDL())
	if *update {
		return
	}
	if wire.CDDL() != m.writeCDDL() {
		t.Error("what is embedded is another text")
	}
}

func TestAsyncAPI(t *testing.T) {
	m := readModel(t)
	b, err := yaml.MarshalWithOptions(m.asyncAPI(), yaml.Indent(2), yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		t.Fatal(err)
	}
	text := "# Written by \"go test ./sync/wire -update\"; do not edit.\n" + string(b)
	document(t, "asyncapi.yaml", text)
	var back struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Key int `yaml:"x-cbor-key"`
				} `yaml:"properties"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal([]byte(text), &back); err != nil {
		t.Fatal(err)
	}
	for _, s := range m.structs {
		props := back.Components.Schemas[ruleName(s)].Properties
		for _, f := range m.fields(s) {
			if props[f.name].Key != f.number {
				t.Errorf("%s.%s has key %d, and the document says %d", s, f.name, f.number, props[f.name].Key)
			}
		}
	}
	if !*update && wire.AsyncAPI() != text {
		t.Error("what is embedded is another text")
	}
}

// TestGrammarHasEveryField reads the grammar as one would who has nothing else.
func TestGrammarHasEveryField(t *testing.T) {
	m := readModel(t)
	rules := map[string]map[int]string{}
	rule := ""
	for line := range strings.Lines(wire.CDDL()) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutSuffix(line, " = {"); ok {
			rule = name
			rules[rule] = map[int]string{}
			continue
		}
		number, rest, ok := strings.Cut(strings.TrimPrefix(line, "? "), " => ")
		if n, err := strconv.Atoi(number); ok && err == nil {
			_, comment, _ := strings.Cut(rest, "; ")
			name, _, _ := strings.Cut(comment, ":")
			rules[rule][n] = name
		}
	}
	for _, s := range m.structs {
		want := map[int]string{}
		for _, f := range m.fields(s) {
			want[f.number] = f.name
		}
		if !maps.Equal(want, rules[ruleName(s)]) {
			t.Errorf("%s: the grammar has %v, the type %v", s, rules[ruleName(s)], want)
		}
		delete(rules, ruleName(s))
	}
	if len(rules) > 0 {
		t.Errorf("the grammar has rules of no type: %v", rules)
	}
}
