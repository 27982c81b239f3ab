package snapfile

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"smartbox"
)

// userNames assigns the ids of all users, in their order.
func (b *builder) userNames(f *File) []smartbox.UserID {
	ids := make([]smartbox.UserID, len(f.Users))
	for i, u := range f.Users {
		b.file = u.file
		ids[i] = assign[smartbox.User](b, "user", u.ID, u.Name)
	}
	b.file = f.Name
	return ids
}

func (b *builder) users(f *File, ids []smartbox.UserID) {
	for i, u := range f.Users {
		b.file = u.file
		out := smartbox.User{
			ID: ids[i], Name: u.Name.Value, Language: u.Language.Value, MaxKeys: b.small(u.MaxKeys, 255),
			Role: word(b, u.Role, smartbox.RoleBasic), Status: word(b, u.Status, smartbox.StatusValidated),
			From: b.stamp(u.From), Until: b.stamp(u.Until),
		}
		if b.yes(u.CardAccess, true) {
			out.Switches |= smartbox.CardAccess
		}
		if b.yes(u.CardsWithoutActivation, false) {
			out.Switches |= smartbox.CardsWithoutActivation
		}
		b.snap.Users = append(b.snap.Users, out)
		b.userCredentials(u, out.ID)
		seen := map[smartbox.GrantID]bool{}
		for _, t := range u.Grants {
			g, ok := b.grant(t, out.ID)
			if ok && seen[g.ID] {
				b.fail(t, "user %s has this grant twice; take one away", out.ID)
			} else if ok {
				seen[g.ID] = true
				b.snap.Grants = append(b.snap.Grants, g)
			}
		}
	}
	b.file = f.Name
}

func (b *builder) userCredentials(u User, id smartbox.UserID) {
	if u.Code.Given() {
		b.add(u.Code, smartbox.Credential{Kind: smartbox.AccessCode, User: id, Active: true, Until: b.stamp(u.CodeUntil)},
			fmt.Sprintf("the access code of %s", id))
	}
	active, until := b.yes(u.Activated, false), b.stamp(u.BadgeUntil)
	for _, t := range u.Badge {
		b.add(t, smartbox.Credential{Kind: smartbox.UserBadge, User: id, Active: active, Until: until},
			fmt.Sprintf("a badge of %s", id))
	}
	for _, t := range u.Backup {
		b.add(t, smartbox.Credential{Kind: smartbox.BackupCode, User: id, Active: true},
			fmt.Sprintf("a backup code of %s", id))
	}
}

// grantParts are those of "[role] target [during schedule] [from time] [until time]".
var grantParts = regexp.MustCompile(`^(?:(exchange|reserve|manage) +)?(all|(?:key|group|location):.+?)` +
	`(?: +during +(.+?))?(?: +from +(.+?))?(?: +until +(.+?))?$`)

func (b *builder) grant(t Text, user smartbox.UserID) (smartbox.Grant, bool) {
	m := grantParts.FindStringSubmatch(strings.TrimSpace(t.Value))
	if m == nil {
		b.fail(t, "%q is no grant; write a target (key:Van 3, group:Fleet, location:Depot, all), before it exchange, "+
			"reserve or manage if you like, after it `during` a schedule, `from` and `until` a time", t.Value)
		return smartbox.Grant{}, false
	}
	at := func(s string) Text { return Text{Value: strings.TrimSpace(s), Line: t.Line, Column: t.Column} }
	wrong := len(b.errs)
	g := smartbox.Grant{
		User: user, Role: word(b, at(m[1]), smartbox.PermitExchange), Schedule: find[smartbox.Schedule](b, "schedule", at(m[3])),
		From: b.stamp(at(m[4])), Until: b.stamp(at(m[5])),
	}
	kind, ref, _ := strings.Cut(m[2], ":")
	switch kind {
	case "key":
		g.Target = smartbox.OnKey(find[smartbox.Key](b, "key", at(ref)))
	case "group":
		g.Target = smartbox.OnGroup(find[smartbox.Group](b, "group", at(ref)))
	case "location":
		g.Target = smartbox.OnLocation(find[smartbox.Location](b, "location", at(ref)))
	default:
		g.Target = smartbox.OnAll()
	}
	g.ID = made[smartbox.Grant]('g', g.User, g.Target, g.Role, g.Schedule, g.From, g.Until)
	return g, len(b.errs) == wrong
}

// made is an id for a thing that nobody names, made from what it says: it stays the same from build to build.
func made[T any](first byte, says ...any) smartbox.ID[T] {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	sum := sha256.Sum256(fmt.Append(nil, says...))
	text := []byte{first}
	for _, c := range sum[:smartbox.MaxID-1] {
		text = append(text, letters[c%32])
	}
	return smartbox.MustID[T](string(text))
}

func (b *builder) bookings(f *File) {
	defer func() { b.file = f.Name }()
	for _, k := range f.Bookings {
		b.file = k.file
		out := smartbox.Booking{
			User: find[smartbox.User](b, "user", k.User), Key: find[smartbox.Key](b, "key", k.Key),
			From: b.stamp(k.From), Until: b.stamp(k.Until),
		}
		if !k.User.Given() || !k.Key.Given() || out.From == 0 || out.Until <= out.From {
			b.fail(k.User, "a booking needs a user, a key, a time `from` and a later time `until`")
			continue
		}
		if k.ID.Given() {
			out.ID = assign[smartbox.Booking](b, "booking", k.ID, Text{})
		} else {
			out.ID = made[smartbox.Booking]('b', out.User, out.Key, out.From, out.Until)
		}
		b.snap.Bookings = append(b.snap.Bookings, out)
	}
}

// cred is a credential that is still in the clear.
type cred struct {
	smartbox.Credential
	canonical string
	code      smartbox.Code // of an access code
	whose     string
	at        Text
	file      string
}

// add notes a credential that stands at t. whose names it in errors, in place of its digits.
func (b *builder) add(t Text, c smartbox.Credential, whose string) {
	n := cred{Credential: c, whose: whose, at: Text{Line: t.Line, Column: t.Column}, file: b.file}
	switch c.Kind {
	case smartbox.AccessCode:
		code, err := smartbox.ParseCode(t.Value)
		if err != nil {
			b.fail(n.at, "%s is not one: use %d to %d digits", whose, smartbox.MinCode, smartbox.MaxCode)
			return
		}
		n.code, n.canonical = code, code.Canonical()
	case smartbox.BackupCode:
		if len(t.Value) < smartbox.MaxCode || len(t.Value) > smartbox.MaxBackup || strings.Trim(t.Value, "0123456789") != "" {
			b.fail(n.at, "%s is not one: use %d to %d digits", whose, smartbox.MaxCode, smartbox.MaxBackup)
			return
		}
		n.canonical = smartbox.Code(t.Value).Canonical()
	case smartbox.UserBadge, smartbox.KeyFob:
		badge, err := smartbox.ParseBadge(t.Value)
		if err != nil {
			b.fail(n.at, `%s is not one: write its technology and number, such as "uid:" and the hexadecimal of its UID, or "w26:" and facility-card`, whose)
			return
		}
		n.canonical = badge.Canonical()
	}
	b.creds = append(b.creds, n)
}

// credentials digests what was added, after looking for doubles and for codes that are another's duress code.
func (b *builder) credentials() {
	byText := map[string]*cred{}
	for i := range b.creds {
		c := &b.creds[i]
		b.file = c.file
		if first, taken := byText[c.canonical]; taken {
			b.fail(c.at, "%s is also %s, in line %d; give one of them another", c.whose, first.whose, first.at.Line)
			continue
		}
		byText[c.canonical] = c
	}
	lengths := map[int]float64{}
	for i := range b.creds {
		c := &b.creds[i]
		if c.Kind != smartbox.AccessCode {
			continue
		}
		lengths[len(c.code)]++
		b.file = c.file
		if other, taken := byText[c.code.Duress().Canonical()]; taken {
			b.fail(other.at, "%s is %s (line %d) with its last digit raised by one, which is typed under duress; give one of them another",
				other.whose, c.whose, c.at.Line)
		}
	}
	b.guessable(lengths)
	for i := range b.creds {
		b.creds[i].Digest = b.opts.Key.Digest(b.creds[i].canonical)
		b.snap.Credentials = append(b.snap.Credentials, b.creds[i].Credential)
	}
	number(b.snap.Credentials)
}

// Sparse is how many codes must be possible for each that is allocated, where a code alone opens.
const Sparse = 1000

func (b *builder) guessable(lengths map[int]float64) {
	if b.snap.Box.NeedPIN {
		return
	}
	for length := smartbox.MinCode; length <= smartbox.MaxCode; length++ {
		possible := 1.0
		for range length {
			possible *= 10
		}
		if n := lengths[length]; n > 0 && possible/n < Sparse {
			b.warnings = append(b.warnings, fmt.Sprintf(
				"%.0f access codes of %d digits are too easily guessed: at most %.0f of that length, so use longer ones, "+
					"or let the box want badge and code (need-pin)", n, length, possible/Sparse))
		}
	}
}

// number names the credentials. The numbers come from the digests, so that a code that is spent or a badge that was
// activated keeps its number when people are added or the file is sorted.
func number(list []smartbox.Credential) {
	slices.SortFunc(list, func(a, b smartbox.Credential) int { return slices.Compare(a.Digest[:], b.Digest[:]) })
	taken := map[uint32]bool{0: true}
	for i := range list {
		n := binary.BigEndian.Uint32(list[i].Digest[:])
		for taken[n] {
			n++
		}
		taken[n] = true
		list[i].Number = n
	}
}
