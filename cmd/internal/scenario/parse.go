package scenario

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/tools/txtar"

	"smartbox"
	"smartbox/device"
	"smartbox/internal/strictyaml"
	"smartbox/sync/snapfile"
)

// Include finds the people file that an `include:` names.
type Include func(name string) ([]byte, error)

// Load reads a scenario file. What it includes lies beside it: `include: base` is base.yaml.
func Load(path string) (*File, error) {
	b, err := os.ReadFile(path) //nolint:gosec // the caller names the file
	if err != nil {
		return nil, fmt.Errorf("scenario file: %w", err)
	}
	return Parse(path, b, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(path), filepath.Base(name)+".yaml"))
	})
}

// Parse reads a scenario. The error is an *Error, or one of package snapfile, with the line in the file.
func Parse(name string, b []byte, include Include) (*File, error) {
	arc := txtar.Parse(b)
	p := &parser{f: &File{Name: name, Key: scenarioKey()}, include: include, sections: map[string]section{}}
	p.about(string(arc.Comment))
	at := strings.Count(string(arc.Comment), "\n") + 1
	for _, s := range arc.Files {
		if _, doubled := p.sections[s.Name]; doubled {
			return nil, p.fail(at, "section %q stands here twice", s.Name)
		}
		p.sections[s.Name] = section{data: string(s.Data), line: at}
		at += strings.Count(string(s.Data), "\n") + 1
	}
	if err := p.all(); err != nil {
		return nil, err
	}
	return p.f, nil
}

// scenarioKey is the box key of all scenarios: what they show does not depend on it.
func scenarioKey() smartbox.BoxKey { return smartbox.BoxKey{'s', 'c', 'e', 'n', 'a', 'r', 'i', 'o'} }

// section is a file of the archive; line is that of its marker.
type section struct {
	data string
	line int
}

type parser struct {
	f        *File
	include  Include
	sections map[string]section
	people   map[string]*people // by section, once built
	version  uint64
	who      *people // in force at the line that is read
	no       int     // of that line
}

// people is a people file with its snapshot: the file still knows badges and fobs in the clear.
type people struct {
	file   *snapfile.File
	snap   *smartbox.Snapshot
	issued bool // the file says when
}

func (p *parser) fail(line int, format string, args ...any) error {
	return &Error{File: p.f.Name, Line: line, Text: fmt.Sprintf(format, args...)}
}

// about reads the text at the top; a line "rules: 3, 7" names the rules.
func (p *parser) about(text string) {
	var about []string
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), "#"))
		if list, ok := strings.CutPrefix(l, "rules:"); ok {
			for n := range strings.SplitSeq(list, ",") {
				if rule, err := strconv.Atoi(strings.TrimSpace(n)); err == nil {
					p.f.Rules = append(p.f.Rules, rule)
				}
			}
			continue
		}
		if l != "" {
			about = append(about, l)
		}
	}
	p.f.About = strings.Join(about, " ")
}

func (p *parser) all() error {
	script, ok := p.sections["script"]
	if !ok {
		return p.fail(1, `no script; write a section "-- script --"`)
	}
	if err := p.cabinet(); err != nil {
		return err
	}
	p.people = map[string]*people{}
	return p.script(script)
}

// cabinet reads cabinet.yaml: what the slots are equipped with. Without it there are eight with every sensor but one
// that tells keys apart.
func (p *parser) cabinet() error {
	var c struct {
		Slots            int   `yaml:"slots"`
		WithoutContact   []int `yaml:"without-contact"`
		WithoutKeySensor []int `yaml:"without-key-sensor"`
		WithoutBolt      []int `yaml:"without-bolt"`
		KeyID            []int `yaml:"key-id"` // sensors that read the key's iButton
	}
	c.Slots = 8
	s, ok := p.sections["cabinet.yaml"]
	if ok {
		if err := strictyaml.Decode([]byte(s.data), &c); err != nil {
			line, text := s.line, "it cannot be read as YAML"
			if ye, ok := errors.AsType[yaml.Error](err); ok {
				line, text = line+tokenLine(ye), ye.GetMessage()
			}
			return p.fail(line, "cabinet.yaml: %s", text)
		}
	}
	if c.Slots < 1 || c.Slots > 64 {
		return p.fail(s.line, "cabinet.yaml: 1 to 64 slots")
	}
	for n := 1; n <= c.Slots; n++ {
		p.f.Wiring = append(p.f.Wiring, device.SlotWiring{
			Slot: slotID(n), Contact: true, KeySensor: true, LockSensor: true,
		})
	}
	for _, set := range []struct {
		numbers []int
		do      func(*device.SlotWiring)
	}{
		{c.WithoutContact, func(w *device.SlotWiring) { w.Contact = false }},
		{c.WithoutKeySensor, func(w *device.SlotWiring) { w.KeySensor = false }},
		{c.WithoutBolt, func(w *device.SlotWiring) { w.LockSensor = false }},
		{c.KeyID, func(w *device.SlotWiring) { w.KeyID = true }},
	} {
		for _, n := range set.numbers {
			if n < 1 || n > c.Slots {
				return p.fail(s.line, "cabinet.yaml: there is no slot %d", n)
			}
			set.do(&p.f.Wiring[n-1])
		}
	}
	return nil
}

func tokenLine(e yaml.Error) int {
	if tk := e.GetToken(); tk != nil && tk.Position != nil {
		return tk.Position.Line
	}
	return 0
}

// slotID is the id that people files give to a slot's number.
func slotID(n int) smartbox.SlotID {
	id, err := smartbox.ParseID[smartbox.Slot](fmt.Sprintf("s%d", n))
	if err != nil {
		return 0 // a number too long to be a slot's; nothing has the id 0
	}
	return id
}

// load builds the people of a section, at the script's start and in its zone.
func (p *parser) load(name string) (*people, error) {
	if done := p.people[name]; done != nil {
		return done, nil
	}
	s, ok := p.sections[name]
	if !ok && name != "people.yaml" {
		return nil, p.fail(p.no, "there is no section %q", name)
	}
	text := s.data
	if !ok {
		text = "include: base\n"
	}
	file, err := snapfile.ParseYAML(p.f.Name, []byte(text))
	if err == nil {
		file, err = p.included(file, s, 0)
	}
	if err != nil {
		return nil, shift(err, p.f.Name, s.line)
	}
	p.version++
	snap, _, err := snapfile.Build(snapfile.Options{
		Key: &p.f.Key, Zones: time.LoadLocation, Now: p.f.Start.Wall,
		Revision: smartbox.Revision{Epoch: 1, Version: p.version},
	}, file)
	if err != nil {
		return nil, shift(err, p.f.Name, s.line)
	}
	p.people[name] = &people{file: file, snap: snap, issued: file.Issued.Given()}
	return p.people[name], nil
}

// included lays the file over the one that it includes: another section, or a file beside the scenario.
func (p *parser) included(f *snapfile.File, s section, depth int) (*snapfile.File, error) {
	if !f.Include.Given() {
		return f, nil
	}
	name := f.Include.Value
	line := s.line + f.Include.Line
	if depth > len(p.sections) {
		return nil, &Error{File: p.f.Name, Line: line, Text: fmt.Sprintf("section %q includes itself", name)}
	}
	f.Include = snapfile.Text{}
	if other, ok := p.sections[name]; ok {
		base, err := snapfile.ParseYAML(p.f.Name, []byte(other.data))
		if err != nil {
			return nil, shift(err, p.f.Name, other.line-s.line)
		}
		if base, err = p.included(base, other, depth+1); err != nil {
			return nil, err
		}
		return f.Over(base), nil
	}
	b, err := p.include(name)
	if err != nil {
		return nil, &Error{File: p.f.Name, Line: line, Text: fmt.Sprintf("include %q: %v", name, err)}
	}
	base, err := snapfile.ParseYAML(name+".yaml", b)
	if err != nil {
		return nil, err
	}
	return f.Over(base), nil
}

// shift moves the lines of errors in a section to where the section stands in the file.
func shift(err error, file string, by int) error {
	var many snapfile.Errors
	var one *snapfile.Error
	switch {
	case errors.As(err, &many):
		for _, e := range many {
			shiftOne(e, file, by)
		}
	case errors.As(err, &one):
		shiftOne(one, file, by)
	}
	return err
}

func shiftOne(e *snapfile.Error, file string, by int) {
	if e.File == file {
		e.Line += by
	}
}
