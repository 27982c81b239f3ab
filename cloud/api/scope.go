package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"smartbox/cloud/directory"
)

// Scope is what a token may be used for, on top of what its role may do.
type Scope string

// The scopes. One that writes can read too.
const (
	MembersRead  Scope = "members:read"  // members, their credentials (without codes and numbers), grants
	MembersWrite Scope = "members:write" // and change them
	KeysRead     Scope = "keys:read"     // keys, groups, schedules, bookings, custody
	KeysWrite    Scope = "keys:write"    // and change them
	BoxesRead    Scope = "boxes:read"    // locations, holidays, boxes, slots, their state and snapshots
	BoxesWrite   Scope = "boxes:write"   // and change them; claims
	EventsRead   Scope = "events:read"   // events, why, live, alarms, audit
	Commands     Scope = "commands"      // open a slot
	Tokens       Scope = "tokens"        // tokens and the organization's settings
	Admin        Scope = "admin"         // all of it
)

// needs are what the directory is to check for the routes of a scope: a token which reads keys and writes members cannot
// write keys by way of what both need.
func needs() map[Scope][]directory.Scope {
	return map[Scope][]directory.Scope{
		MembersRead:  {directory.ScopeRead},
		MembersWrite: {directory.ScopeRead, directory.ScopeMembers},
		KeysRead:     {directory.ScopeRead},
		KeysWrite:    {directory.ScopeRead, directory.ScopeKeys},
		BoxesRead:    {directory.ScopeRead},
		BoxesWrite:   {directory.ScopeRead, directory.ScopeBoxes},
		EventsRead:   {directory.ScopeRead},
		Commands:     {directory.ScopeRead, directory.ScopeCommands},
		Tokens:       {directory.ScopeRead, directory.ScopeTokens},
	}
}

// wide are the directory's own scopes, which a token may have too, as what they stand for here.
func wide() map[directory.Scope][]Scope {
	return map[directory.Scope][]Scope{
		directory.ScopeRead:     {MembersRead, KeysRead, BoxesRead, EventsRead},
		directory.ScopeMembers:  {MembersWrite},
		directory.ScopeKeys:     {KeysWrite},
		directory.ScopeBoxes:    {BoxesWrite},
		directory.ScopeCommands: {Commands},
		directory.ScopeTokens:   {Tokens},
	}
}

// scopes are what a caller may use.
type scopes map[Scope]bool

// scopesOf reads a token's scopes; nil is an actor without limit.
func scopesOf(words []directory.Scope) scopes {
	if words == nil {
		words = slices.Collect(maps.Keys(wide()))
	}
	set := scopes{}
	known, broad := needs(), wide()
	for _, w := range words {
		if _, ok := known[Scope(w)]; ok {
			set[Scope(w)] = true
		}
		for _, sc := range broad[w] {
			set[sc] = true
		}
	}
	for sc := range maps.Clone(set) {
		if thing, ok := strings.CutSuffix(string(sc), ":write"); ok {
			set[Scope(thing+":read")] = true
		}
	}
	set[Admin] = len(set) == len(known)
	return set
}

func (s scopes) has(want Scope) bool { return s[want] }

// all are the directory's words for everything that the scopes allow, and the scopes themselves.
func (s scopes) all() (words []directory.Scope) {
	known := needs()
	for sc := range s {
		words = append(words, known[sc]...)
		words = append(words, directory.Scope(sc))
	}
	for w, meant := range wide() {
		if !slices.ContainsFunc(meant, func(sc Scope) bool { return !s[sc] }) {
			words = append(words, w)
		}
	}
	return words
}

// stored is a scope as the directory keeps it: the admin's is all that there are.
func stored(sc Scope) []directory.Scope {
	if sc != Admin {
		return []directory.Scope{directory.Scope(sc)}
	}
	return slices.Sorted(maps.Keys(wide()))
}

// scopeWords are a token's scopes, as they were given.
func scopeWords(words []directory.Scope) []Scope {
	set := scopesOf(words)
	if set.has(Admin) {
		return []Scope{Admin}
	}
	out := []Scope{}
	for _, sc := range list() {
		if set.has(sc) {
			out = append(out, sc)
		}
	}
	return out
}

// list is every scope, the admin's last.
func list() []Scope { return append(slices.Sorted(maps.Keys(needs())), Admin) }

func scopeList() string {
	words := make([]string, 0, len(needs())+1)
	for _, sc := range list() {
		words = append(words, "`"+string(sc)+"`")
	}
	return strings.Join(words, ", ")
}

// Schema lists the scopes.
func (Scope) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, sc := range list() {
		s.Enum = append(s.Enum, string(sc))
	}
	return s
}
