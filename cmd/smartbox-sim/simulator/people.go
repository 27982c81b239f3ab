package simulator

import (
	"fmt"
	"io"
	"strings"
	"time"

	"smartbox"
	"smartbox/board/sim/panel"
	"smartbox/sync/snapfile"
)

// build makes a snapshot of the people. Its version is the time, so that it replaces what the run before left in
// the store.
func build(f *snapfile.File, key *smartbox.BoxKey, now time.Time) (*smartbox.Snapshot, error) {
	s, _, err := snapfile.Build(snapfile.Options{
		Key: key, Zones: time.LoadLocation, Now: now,
		Revision: smartbox.Revision{Epoch: 1, Version: uint64(now.UnixMilli())},
	}, f)
	return s, err
}

// tags are the keys with their fobs, for the page.
func tags(f *snapfile.File) ([]panel.KeyTag, error) {
	var out []panel.KeyTag
	for _, k := range f.Keys {
		if !k.Fob.Given() {
			continue
		}
		b, err := smartbox.ParseBadge(k.Fob.Value)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: fob: %w", f.Name, k.Fob.Line, err)
		}
		out = append(out, panel.KeyTag{Name: k.Name.Value, Fob: b})
	}
	return out, nil
}

// hints are the people with their codes and what to expect of each, for the page and the terminal. They are
// invented, and this is a demonstration.
func hints(f *snapfile.File) ([]panel.Person, error) {
	var out []panel.Person
	for _, u := range f.Users {
		p := panel.Person{Name: u.Name.Value, Code: u.Code.Value, Note: note(f, u)}
		if len(u.Badge) > 0 {
			b, err := smartbox.ParseBadge(u.Badge[0].Value)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: badge: %w", f.Name, u.Badge[0].Line, err)
			}
			p.Badge = b
		}
		out = append(out, p)
	}
	return out, nil
}

// note says in a few words what a person may do.
func note(f *snapfile.File, u snapfile.User) string {
	var parts []string
	if u.Status.Given() && u.Status.Value != "validated" {
		parts = append(parts, u.Status.Value+", opens nothing")
	}
	if u.Role.Given() {
		parts = append(parts, u.Role.Value)
	}
	for _, g := range u.Grants {
		parts = append(parts, grant(f, g.Value))
	}
	if len(u.Backup) > 0 {
		parts = append(parts, "one-time code "+u.Backup[0].Value)
	}
	return strings.Join(parts, "; ")
}

// grant puts names for the ids of a grant's text, and what its keys demand.
func grant(f *snapfile.File, text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		kind, id, _ := strings.Cut(w, ":")
		switch kind {
		case "key":
			words[i] = keyNote(f, id)
		case "group":
			for _, g := range f.Groups {
				if g.ID.Value == id {
					words[i] = "all of " + g.Name.Value
				}
			}
		case "all":
			words[i] = "every key"
		}
		for _, s := range f.Schedules {
			if w == s.ID.Value {
				words[i] = s.Name.Value
				for _, t := range s.Times {
					words[i] += " " + t.Value
				}
			}
		}
	}
	return strings.Join(words, " ")
}

func keyNote(f *snapfile.File, id string) string {
	for _, k := range f.Keys {
		if k.ID.Value != id {
			continue
		}
		switch {
		case k.NeedPIN.Value == "true":
			return k.Name.Value + " (badge, then code)"
		case k.People.Given() && k.People.Value != "1":
			return fmt.Sprintf("%s (takes %s people)", k.Name.Value, k.People.Value)
		}
		return k.Name.Value
	}
	return id
}

// tryThis lists the people on the terminal.
func tryThis(w io.Writer, people []panel.Person) {
	_, _ = fmt.Fprintln(w, "Try this: type a code and # on the keypad, or tap a badge at the reader.")
	for _, p := range people {
		how := p.Code + "#"
		if p.Badge != "" {
			how += ", badge"
		}
		_, _ = fmt.Fprintf(w, "  %-14s %-14s %s\n", p.Name, how, p.Note)
	}
	_, _ = fmt.Fprintln(w, "Take the key, shut the door; to bring it back, tap its fob or type the code again.")
}
