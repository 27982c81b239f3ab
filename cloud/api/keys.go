package api

import (
	"context"
	"net/http"

	"smartbox"
	"smartbox/cloud/directory"
)

// KeyFields are what a caller may write of a key.
type KeyFields struct {
	ID      smartbox.KeyID     `json:"id,omitempty" doc:"Chosen when it is created, or else given; never changes." example:"van-3"`
	Name    string             `json:"name" minLength:"1" maxLength:"100"`
	Box     smartbox.BoxID     `json:"box,omitempty" doc:"Not in service yet if it is not there."`
	Home    smartbox.SlotID    `json:"home,omitempty" doc:"Its own slot where slots are fixed; else any free one."`
	Groups  []smartbox.GroupID `json:"groups,omitempty" nullable:"false" maxItems:"100"`
	Policy  KeyPolicy          `json:"policy" required:"false"`
	Blocked bool               `json:"blocked" required:"false" doc:"Neither given out nor taken back."`
}

// KeyPolicy is what a key demands; a group's or the box's demand adds to it.
type KeyPolicy struct {
	NeedPIN          bool         `json:"need_pin" required:"false" doc:"Badge and access code, both."`
	People           uint8        `json:"people,omitempty" maximum:"3" doc:"How many different people a pickup needs."`
	AskPickup        smartbox.Ask `json:"ask_pickup" required:"false" doc:"What to ask before a pickup."`
	AskDropoff       smartbox.Ask `json:"ask_dropoff" required:"false" doc:"What to ask before a return."`
	StalenessSeconds int64        `json:"staleness_seconds,omitempty" minimum:"0" maximum:"316224000" doc:"How old the box's knowledge may be for a pickup; 0 = seven days."`
	DueAfterSeconds  int64        `json:"due_after_seconds,omitempty" minimum:"0" maximum:"316224000" doc:"Due back so long after a pickup; 0 = never, unless it is booked."`
}

// Key is what is exchanged.
type Key struct {
	KeyFields
	Head
}

// GroupFields are what a caller may write of a key group.
type GroupFields struct {
	ID         smartbox.GroupID `json:"id,omitempty" doc:"Chosen when it is created, or else given; never changes."`
	Name       string           `json:"name" minLength:"1" maxLength:"100"`
	NeedPIN    bool             `json:"need_pin" required:"false" doc:"Badge and access code, both."`
	People     uint8            `json:"people,omitempty" maximum:"3" doc:"How many different people a pickup needs."`
	MaxPerUser uint8            `json:"max_per_user,omitempty" maximum:"255" doc:"Most keys of the group in one person's hands; 0 = no limit."`
	MaxOut     uint8            `json:"max_out,omitempty" maximum:"255" doc:"Most keys of the group out at once; 0 = no limit."`
}

// Group is a named set of keys.
type Group struct {
	GroupFields
	Head
}

func (s *server) keys() {
	things[keyList](s, keyResource(s.dir))
	things[namedList](s, groupResource(s.dir))
	s.custody()
	s.fobs()
}

type keyList struct {
	SearchQuery
	Box   string `query:"box" maxLength:"12" doc:"In this box alone."`
	Group string `query:"group" maxLength:"12" doc:"Of this group alone."`
}

func (l *keyList) list() (directory.List, error) {
	d := l.base()
	if err := filter[smartbox.Box](&d, directory.FieldBox, "box", l.Box); err != nil {
		return d, err
	}
	return d, filter[smartbox.Group](&d, directory.FieldGroup, "group", l.Group)
}

func keyFields(k *directory.Key) KeyFields {
	p := k.Policy
	return KeyFields{
		ID: k.ID, Name: k.Name, Box: k.Box, Home: k.Home, Groups: k.Groups, Blocked: k.Blocked,
		Policy: KeyPolicy{
			NeedPIN: p.NeedPIN, People: p.People, AskPickup: p.AskPickup, AskDropoff: p.AskDropoff,
			StalenessSeconds: seconds(p.Staleness), DueAfterSeconds: seconds(p.DueAfter),
		},
	}
}

func (f *KeyFields) apply(k *directory.Key) error {
	setGiven(&k.ID, f.ID)
	k.Name, k.Box, k.Home, k.Groups, k.Blocked = f.Name, f.Box, f.Home, f.Groups, f.Blocked
	k.Policy = smartbox.KeyPolicy{
		NeedPIN: f.Policy.NeedPIN, People: f.Policy.People, AskPickup: f.Policy.AskPickup, AskDropoff: f.Policy.AskDropoff,
		Staleness: fromSeconds(f.Policy.StalenessSeconds), DueAfter: fromSeconds(f.Policy.DueAfterSeconds),
	}
	return nil
}

func keyResource(d *directory.Service) resource[directory.Key, smartbox.KeyID, KeyFields, Key] {
	return resource[directory.Key, smartbox.KeyID, KeyFields, Key]{
		one: "key", many: "keys", tag: "Keys", read: KeysRead, write: KeysWrite, things: d.Keys,
		meta:   func(k *directory.Key) *directory.Meta { return &k.Meta },
		id:     func(k *directory.Key) *smartbox.KeyID { return &k.ID },
		fields: keyFields,
		apply:  (*KeyFields).apply,
		view:   func(k *directory.Key) Key { return Key{keyFields(k), headOf(k.Meta)} },
	}
}

func groupResource(d *directory.Service) resource[directory.Group, smartbox.GroupID, GroupFields, Group] {
	fields := func(g *directory.Group) GroupFields {
		return GroupFields{g.ID, g.Name, g.NeedPIN, g.People, g.MaxPerUser, g.MaxOut}
	}
	return resource[directory.Group, smartbox.GroupID, GroupFields, Group]{
		one: "group", many: "groups", tag: "Keys", read: KeysRead, write: KeysWrite, things: d.Groups,
		meta:   func(g *directory.Group) *directory.Meta { return &g.Meta },
		id:     func(g *directory.Group) *smartbox.GroupID { return &g.ID },
		fields: fields,
		apply: func(f *GroupFields, g *directory.Group) error {
			setGiven(&g.ID, f.ID)
			g.Name, g.NeedPIN, g.People, g.MaxPerUser, g.MaxOut = f.Name, f.NeedPIN, f.People, f.MaxPerUser, f.MaxOut
			return nil
		},
		view: func(g *directory.Group) Group { return Group{fields(g), headOf(g.Meta)} },
	}
}

// FobIn gives a key its fob.
type FobIn struct {
	Fob string `json:"fob" minLength:"1" maxLength:"60" doc:"Technology and number." example:"uid:04A224B2C35D80"`
}

type fobIn struct {
	ThingPath
	Body FobIn
}

func (s *server) fobs() {
	handle(s, route{
		method: http.MethodPut, path: "/v1/keys/{id}/fob", id: "set-fob", summary: "Give a key its fob", tag: "Keys", scope: KeysWrite,
		text: "In place of the one it had. The number is never shown again.",
	}, func(ctx context.Context, a directory.Actor, in *fobIn) (*credentialOut, error) {
		fob, err := smartbox.ParseBadge(in.Body.Fob)
		if err != nil {
			return nil, invalid("fob", "is no fob", `write the technology and the number, such as "uid:04A224B2C35D80"`)
		}
		return s.setFob(ctx, a, in.ID, fob)
	})
	handle(s, route{
		method: http.MethodDelete, path: "/v1/keys/{id}/fob", id: "remove-fob", summary: "Take a key's fob away", tag: "Keys",
		scope: KeysWrite, status: http.StatusNoContent,
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*empty, error) {
		_, err := s.setFob(ctx, a, in.ID, "")
		return nil, err
	})
}

func (s *server) setFob(ctx context.Context, a directory.Actor, id string, fob smartbox.Badge) (*credentialOut, error) {
	key, err := idOf[smartbox.Key](id)
	if err != nil {
		return nil, err
	}
	c, err := s.dir.SetFob(ctx, a, key, fob)
	if err != nil {
		return nil, err
	}
	return &credentialOut{Body: credentialView(&c)}, nil
}
