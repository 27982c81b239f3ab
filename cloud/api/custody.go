package api

import (
	"context"
	"net/http"

	"smartbox"
	"smartbox/cloud/directory"
)

// Custody says where a key is, as the events taken in so far tell.
type Custody struct {
	Key     smartbox.KeyID  `json:"key"`
	Place   string          `json:"place" enum:"unknown,slot,member,doubt" doc:"doubt: records and sensors disagree."`
	Box     smartbox.BoxID  `json:"box,omitempty" doc:"Whose events said so."`
	Slot    smartbox.SlotID `json:"slot,omitempty" doc:"That it is in."`
	Member  smartbox.UserID `json:"member,omitempty" doc:"Who has it."`
	Since   Time            `json:"since,omitempty"`
	Due     Time            `json:"due_at,omitempty" doc:"When it is due back."`
	Overdue bool            `json:"overdue"`
	Assumed bool            `json:"assumed" doc:"No sensor confirmed it."`
}

func custodyView(c *directory.Custody) Custody {
	place := map[smartbox.Place]string{smartbox.InSlot: "slot", smartbox.WithUser: "member", smartbox.InDoubt: "doubt"}[c.Place]
	if place == "" {
		place = "unknown"
	}
	return Custody{
		Key: c.Key, Place: place, Box: c.Box, Slot: c.Slot, Member: c.User, Since: Time(c.Since), Due: Time(c.Due),
		Overdue: c.Overdue, Assumed: c.Assumed,
	}
}

type custodyIn struct {
	Box    string `query:"box" maxLength:"12" doc:"Of this box's keys alone."`
	Member string `query:"member" maxLength:"12" doc:"What this member has."`
}

// custodies are all custody that was asked for; there are as many as keys.
type custodiesOut struct {
	Body struct {
		Items []Custody `json:"items" nullable:"false"`
	}
}

func (s *server) custody() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/custody", id: "list-custody", summary: "Where keys are", tag: "Keys", scope: KeysRead,
		text: "Keys of which no event tells are left out.",
	}, func(ctx context.Context, a directory.Actor, in *custodyIn) (*custodiesOut, error) {
		box, err := queryID[smartbox.Box]("box", in.Box)
		if err != nil {
			return nil, err
		}
		member, err := queryID[smartbox.User]("member", in.Member)
		if err != nil {
			return nil, err
		}
		list, err := s.dir.Custody(ctx, a, directory.CustodyFilter{Box: box, Member: member})
		if err != nil {
			return nil, err
		}
		out := new(custodiesOut)
		out.Body.Items = make([]Custody, len(list))
		for i := range list {
			out.Body.Items[i] = custodyView(&list[i])
		}
		return out, nil
	})
	handle(s, route{
		method: http.MethodGet, path: "/v1/keys/{id}/custody", id: "get-custody", summary: "Where a key is", tag: "Keys", scope: KeysRead,
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*struct{ Body Custody }, error) {
		key, err := idOf[smartbox.Key](in.ID)
		if err != nil {
			return nil, err
		}
		if _, err := s.dir.Keys.Get(ctx, a, key); err != nil {
			return nil, err
		}
		list, err := s.dir.Custody(ctx, a, directory.CustodyFilter{Key: key})
		if err != nil {
			return nil, err
		}
		at := directory.Custody{Custody: smartbox.Custody{Key: key}}
		if len(list) > 0 {
			at = list[0]
		}
		return &struct{ Body Custody }{custodyView(&at)}, nil
	})
}
