package api

import (
	"smartbox"
	"smartbox/cloud/directory"
)

// MemberFields are what a caller may write of a member.
type MemberFields struct {
	FirstName string         `json:"first_name,omitempty" maxLength:"100"`
	LastName  string         `json:"last_name,omitempty" maxLength:"100"`
	Email     string         `json:"email,omitempty" format:"email" maxLength:"254" doc:"A full member logs in with it; of a smartbox member an optional contact."`
	Phone     string         `json:"phone,omitempty" maxLength:"30" example:"+49301234567"`
	Language  string         `json:"language,omitempty" maxLength:"10" example:"de"`
	Comment   string         `json:"comment,omitempty" maxLength:"1000" doc:"Sent with the invitation."`
	Role      smartbox.Role  `json:"role" required:"false"`
	Switches  MemberSwitches `json:"switches" required:"false"`
	MaxKeys   uint8          `json:"max_keys,omitempty" maximum:"255" doc:"Most keys at once; 0 = no limit."`
	From      Time           `json:"from,omitempty" doc:"Not valid before."`
	Until     Time           `json:"until,omitempty" doc:"Not valid from here on."`
}

// MemberSwitches are yes/no settings of a member.
type MemberSwitches struct {
	PasswordLogin          bool `json:"password_login" required:"false"`
	QuickAccess            bool `json:"quick_access" required:"false" doc:"A link in a mail opens without signing in."`
	AppAccess              bool `json:"app_access" required:"false"`
	CardAccess             bool `json:"card_access" required:"false" doc:"Badges open; without it only the access code does."`
	CardsWithoutActivation bool `json:"cards_without_activation" required:"false" doc:"A new badge works at once."`
}

// Member is a person in the organization.
type Member struct {
	ID       smartbox.UserID      `json:"id"`
	Kind     directory.MemberKind `json:"kind" doc:"full (registers, logs in) or smartbox (uses boxes only)."`
	Status   smartbox.Status      `json:"status"`
	StatusAt Time                 `json:"status_at,omitempty"`
	StatusBy string               `json:"status_by,omitempty" doc:"member:…, token:…, box:… or system."`
	MemberFields
	LastUsed Time `json:"last_used_at,omitempty" doc:"Last login or exchange."`
	Head
}

func memberFields(m *directory.Member) MemberFields {
	return MemberFields{
		FirstName: m.Person.FirstName, LastName: m.Person.LastName, Email: m.Person.Email, Phone: m.Person.Phone,
		Language: m.Person.Language, Comment: m.Person.Comment, Role: m.Role, Switches: MemberSwitches(m.Switches),
		MaxKeys: m.MaxKeys, From: Time(m.From), Until: Time(m.Until),
	}
}

func (f *MemberFields) apply(m *directory.Member) error {
	m.Person = directory.Person{
		FirstName: f.FirstName, LastName: f.LastName, Email: f.Email, Phone: f.Phone, Language: f.Language, Comment: f.Comment,
	}
	m.Role, m.Switches, m.MaxKeys = f.Role, directory.MemberSwitches(f.Switches), f.MaxKeys
	m.From, m.Until = smartbox.Stamp(f.From), smartbox.Stamp(f.Until)
	return nil
}

func memberView(m *directory.Member) Member {
	return Member{
		ID: m.ID, Kind: m.Kind, Status: m.Status, StatusAt: Time(m.StatusAt), StatusBy: m.StatusBy,
		MemberFields: memberFields(m), LastUsed: Time(m.LastUsed), Head: headOf(m.Meta),
	}
}

type memberList struct {
	PageQuery
	Search string `query:"search" maxLength:"100" doc:"Part of the name, email or phone, in any case."`
	Status string `query:"status" doc:"Of this status alone."`
	Kind   string `query:"kind" enum:"full,smartbox" doc:"Of this kind alone."`
	Role   string `query:"role" enum:"basic,manager,administrator" doc:"Of this role alone."`
	Group  string `query:"group" maxLength:"12" doc:"Who has a grant on this key group."`
}

func (l *memberList) list() (directory.List, error) {
	d := l.base()
	d.Search = l.Search
	if err := choose[smartbox.Status](&d, directory.FieldStatus, "status", l.Status); err != nil {
		return d, err
	}
	if err := choose[directory.MemberKind](&d, directory.FieldKind, "kind", l.Kind); err != nil {
		return d, err
	}
	if err := choose[smartbox.Role](&d, directory.FieldRole, "role", l.Role); err != nil {
		return d, err
	}
	return d, filter[smartbox.Group](&d, directory.FieldGroup, "group", l.Group)
}

// choose adds the condition that a field is the word, where there is one.
func choose[E any, P interface {
	*E
	UnmarshalText([]byte) error
}](l *directory.List, f directory.Field, name, text string) error {
	if text == "" {
		return nil
	}
	var e E
	if err := P(&e).UnmarshalText([]byte(text)); err != nil {
		return invalid("query."+name, "is none of the words that it can be", "look them up in /openapi.json")
	}
	l.Where = append(l.Where, directory.Eq(f, e))
	return nil
}

// memberResource is the resource of members.
type memberResource = resource[directory.Member, smartbox.UserID, MemberFields, Member]

func (s *server) members() {
	k := memberResource{
		one: "member", many: "members", tag: "Members", read: MembersRead, write: MembersWrite, things: s.dir.Members,
		meta:   func(m *directory.Member) *directory.Meta { return &m.Meta },
		id:     func(m *directory.Member) *smartbox.UserID { return &m.ID },
		fields: memberFields,
		apply:  (*MemberFields).apply,
		view:   memberView,
	}
	reads[memberList](s, k)
	k.patches(s, "/v1/members/{id}")
	s.createMember()
	s.moves(k)
	s.erasures()
}
