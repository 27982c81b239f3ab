package scenario

import (
	"strings"
	"time"

	"smartbox"
	"smartbox/sync/snapfile"
)

func (p *parser) script(s section) error {
	no := s.line
	for text := range strings.Lines(s.data) {
		no++
		p.no = no
		words, err := split(text)
		if err != nil {
			return p.fail(no, "%v", err)
		}
		if len(words) == 0 {
			continue
		}
		if p.who == nil {
			if err := p.begin(words); err != nil {
				return err
			}
			continue
		}
		l := line{no: no, text: strings.TrimSpace(text)}
		if err := p.line(&l, words); err != nil {
			return err
		}
		p.f.lines = append(p.f.lines, l)
	}
	if p.who == nil {
		return p.fail(no, `the script is empty; begin with "clock 2026-03-02 09:00 Europe/Berlin synced"`)
	}
	return nil
}

// begin reads the first line: clock DAY TIME ZONE TRUST.
func (p *parser) begin(w []word) error {
	if len(w) != 5 || w[0].text != "clock" {
		return p.fail(p.no, `a script begins with a line such as "clock 2026-03-02 09:00 Europe/Berlin synced"`)
	}
	zone, err := time.LoadLocation(w[3].text)
	if err != nil {
		return p.fail(p.no, "there is no time zone %q", w[3].text)
	}
	p.f.Zone = zone
	if p.f.Start.Wall, err = p.time(w[1:3]); err != nil {
		return err
	}
	if err := p.f.Start.Trust.UnmarshalText([]byte(w[4].text)); err != nil {
		return p.fail(p.no, "%v", err)
	}
	who, err := p.load("people.yaml")
	if err != nil {
		return err
	}
	p.who, p.f.People, p.f.fobs = who, who.snap, map[smartbox.KeyID]smartbox.Badge{}
	for _, k := range who.file.Keys {
		if !k.Fob.Given() {
			continue
		}
		id, err := p.key(k.Ref())
		if err != nil {
			return err
		}
		if p.f.fobs[id], err = smartbox.ParseBadge(k.Fob.Value); err != nil {
			return p.fail(p.no, "%v", err)
		}
	}
	return nil
}

func (p *parser) line(l *line, w []word) error {
	var err error
	switch first := w[0].text; {
	case first == ">":
		l.act, err = p.act(w[1:])
	case first == "=":
		l.want, err = p.want(w[1:])
	case first == "!":
		l.want, err = p.never(w[1:])
	case first == "ignore":
		for _, k := range w[1:] {
			var kind smartbox.EventKind
			if err := kind.UnmarshalText([]byte(k.text)); err != nil {
				return p.fail(p.no, "%v", err)
			}
			l.ignore = append(l.ignore, kind)
		}
	case strings.HasPrefix(first, "+") && len(w) == 1:
		if l.wait, err = snapfile.ParseDuration(first[1:]); err != nil || l.wait == 0 {
			return p.fail(p.no, "%q is no length of time; write one such as +2s or +10m", first)
		}
	default:
		return p.fail(p.no, `a line begins with ">" (it happens), "=" (it must be so), "!" (it must not), "+" (time passes) or "ignore"`)
	}
	return err
}

// word is a word of a line, or a text in quotes.
type word struct {
	text   string
	quoted bool
}

// split cuts a line into words. A '#' that stands alone begins a comment: one behind digits is a key of the keypad.
func split(s string) ([]word, error) {
	var out []word
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		switch {
		case s == "" || s == "#" || strings.HasPrefix(s, "# "):
			return out, nil
		case s[0] == '"':
			text, rest, closed := strings.Cut(s[1:], `"`)
			if !closed {
				return nil, errQuote
			}
			out, s = append(out, word{text, true}), rest
		default:
			i := strings.IndexAny(s, " \t\r\n")
			if i < 0 {
				i = len(s)
			}
			out, s = append(out, word{text: s[:i]}), s[i:]
		}
	}
}

// time reads a day and a time by the script's clock.
func (p *parser) time(w []word) (time.Time, error) {
	texts := make([]string, len(w))
	for i := range w {
		texts[i] = w[i].text
	}
	t, err := snapfile.ParseTime(strings.Join(texts, " "), p.f.Zone)
	if err != nil {
		return t, p.fail(p.no, "%q is no time: %v", strings.Join(texts, " "), err)
	}
	return t, nil
}
