package api

import (
	"context"
	"net/http"

	"smartbox"
	"smartbox/cloud/directory"
)

// Reason is why somebody does something; it stands in the audit.
type Reason struct {
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"Why. It stands in the audit: no names."`
}

type moveIn struct {
	ThingPath
	IfMatch string `header:"If-Match" doc:"The ETag that was read."`
	Body    *Reason
}

func (s *server) moves(k memberResource) {
	for _, m := range []struct {
		move          directory.Move
		word, summary string
	}{
		{directory.MoveSuspend, "suspend", "Suspend a member: she opens nothing, whatever else says yes"},
		{directory.MoveRestore, "restore", "End a suspension"},
		{directory.MoveBan, "ban", "Ban a member"},
		{directory.MoveValidate, "validate", "Make a denied, banned, inactive or suspended member validated again"},
		{directory.MoveRemove, "remove", "Remove a member: out of the organization, all grants gone"},
		{directory.MoveArchive, "archive", "Archive a member: removed, and the account disabled; personal data are kept"},
		{directory.MoveExpunge, "expunge", "Expunge a member: personal data are gone for good, boxes included"},
	} {
		handle(s, route{
			method: http.MethodPost, path: "/v1/members/{id}/" + m.word, id: m.word + "-member", summary: m.summary,
			tag: "Members", scope: MembersWrite,
		}, func(ctx context.Context, a directory.Actor, in *moveIn) (*thingOut[Member], error) {
			id, err := idOf[smartbox.User](in.ID)
			if err != nil {
				return nil, err
			}
			version, err := k.match(ctx, a, id, in.IfMatch)
			if err != nil {
				return nil, err
			}
			reason := ""
			if in.Body != nil {
				reason = in.Body.Reason
			}
			now, err := s.dir.MoveMember(ctx, a, id, version, m.move, reason)
			if err != nil {
				return nil, err
			}
			return k.out(&now), nil
		})
	}
}

// Erasure says whether a box has forgotten a member.
type Erasure struct {
	Box     smartbox.BoxID `json:"box"`
	Known   Time           `json:"known_at" doc:"Since when the box knew her."`
	Asked   Time           `json:"asked_at,omitempty" doc:"When it was asked to forget her."`
	Receipt Time           `json:"receipt_at,omitempty" doc:"When it answered that it has."`
}

type erasuresOut struct {
	Body struct {
		Items   []Erasure        `json:"items" nullable:"false"`
		Missing []smartbox.BoxID `json:"missing" nullable:"false" doc:"Boxes that were asked and have not answered."`
	}
}

func (s *server) erasures() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/members/{id}/erasures", id: "list-erasures", tag: "Members", scope: MembersRead,
		summary: "Which boxes know a member, and which have forgotten her",
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*erasuresOut, error) {
		id, err := idOf[smartbox.User](in.ID)
		if err != nil {
			return nil, err
		}
		list, err := s.dir.Erasures(ctx, a, id)
		if err != nil {
			return nil, err
		}
		out := new(erasuresOut)
		out.Body.Items, out.Body.Missing = make([]Erasure, 0, len(list)), []smartbox.BoxID{}
		for _, e := range list {
			out.Body.Items = append(out.Body.Items, Erasure{e.Box, Time(e.Known), Time(e.Asked), Time(e.Receipt)})
			if e.Asked != 0 && e.Receipt == 0 {
				out.Body.Missing = append(out.Body.Missing, e.Box)
			}
		}
		return out, nil
	})
}
