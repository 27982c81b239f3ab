package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

// OrderFunc makes an order for a box as the directory keeps it; fleet.NewCommand is one.
type OrderFunc func(box smartbox.BoxID, c wire.Command, reason string, now time.Time, life time.Duration) (directory.Command, error)

// OpenIn asks a box to open a slot.
type OpenIn struct {
	Slot   smartbox.SlotID `json:"slot"`
	Reason string          `json:"reason" minLength:"3" maxLength:"200" doc:"Why. It stands in the audit: no names."`
	AtBox  bool            `json:"at_box,omitempty" doc:"In two steps: the slot opens once the button at the box is pressed as well."`
}

// Command is an order to a box. It is carried out at most once, and not after it expires.
type Command struct {
	ID      directory.CommandID    `json:"id"`
	Box     smartbox.BoxID         `json:"box"`
	Type    string                 `json:"type" example:"open"`
	State   directory.CommandState `json:"state"`
	Result  string                 `json:"result,omitempty" doc:"What the box answered."`
	Reason  string                 `json:"reason,omitempty" doc:"What whoever ordered it gave."`
	Actor   string                 `json:"actor"`
	Counter uint64                 `json:"counter" doc:"Counts the box's commands."`
	Expires Time                   `json:"expires_at"`
	Head
}

func commandView(c *directory.Command) Command {
	return Command{
		ID: c.ID, Box: c.Box, Type: c.Type, State: c.State, Result: c.Result, Reason: c.Reason, Actor: c.Actor, Counter: c.Counter,
		Expires: Time(c.Expires), Head: headOf(c.Meta),
	}
}

type openIn struct {
	ThingPath
	Body OpenIn
}

type commandOut struct {
	Location string `header:"Location"`
	Body     Command
}

type commandList struct {
	ThingPath
	PageQuery
}

func (s *server) commands() {
	handle(s, route{
		method: http.MethodPost, path: "/v1/boxes/{id}/open", id: "open-slot", summary: "Open a slot", tag: "Commands", scope: Commands,
		status: http.StatusAccepted,
		text:   "Holds for 30 seconds: a box that is offline for longer does not open. Ask the command in Location what became of it.",
	}, s.open)
	handle(s, route{
		method: http.MethodGet, path: "/v1/boxes/{id}/commands", id: "list-commands", summary: "List a box's commands", tag: "Commands",
		scope: Commands,
	}, func(ctx context.Context, a directory.Actor, in *commandList) (*pageOut[Command], error) {
		id, err := s.box(ctx, a, in.ID)
		if err != nil {
			return nil, err
		}
		l := in.base()
		l.Where, l.Down = append(l.Where, directory.Eq(directory.FieldBox, id)), true
		p, err := s.dir.Commands.List(ctx, a, l)
		if err != nil {
			return nil, err
		}
		return pageOf(p, commandView), nil
	})
	handle(s, route{
		method: http.MethodGet, path: "/v1/commands/{id}", id: "get-command", summary: "What became of a command", tag: "Commands",
		scope: Commands,
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*struct{ Body Command }, error) {
		id, err := idOf[directory.Command](in.ID)
		if err != nil {
			return nil, err
		}
		c, err := s.dir.Commands.Get(ctx, a, id)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Command }{commandView(&c)}, nil
	})
}

func (s *server) open(ctx context.Context, a directory.Actor, in *openIn) (*commandOut, error) {
	if s.Order == nil {
		return nil, unavailable("commands")
	}
	box, err := s.box(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(in.Body.Reason)
	if len(reason) < 3 {
		return nil, invalid("reason", "says nothing", "say why the slot is to be opened")
	}
	slot, err := s.dir.Slots.Get(ctx, a, in.Body.Slot)
	if err = known(err); err != nil {
		return nil, err
	}
	if slot.Box != box {
		return nil, invalid("slot", "is no slot of this box", "choose one that /v1/slots lists")
	}
	c, err := s.Order(box, wire.Command{
		Type: wire.CommandOpen, Slot: slot.ID, AtBox: in.Body.AtBox, User: a.Member,
	}, reason, s.Now(), 0)
	if err != nil {
		return nil, err
	}
	if c, err = s.dir.Enqueue(ctx, a, c); err != nil {
		return nil, err
	}
	return &commandOut{Location: "/v1/commands/" + c.ID.String(), Body: commandView(&c)}, nil
}

// box finds one of the organization.
func (s *server) box(ctx context.Context, a directory.Actor, text string) (smartbox.BoxID, error) {
	id, err := idOf[smartbox.Box](text)
	if err != nil {
		return 0, err
	}
	_, err = s.dir.Boxes.Get(ctx, a, id)
	return id, err
}

// unavailable says that this cloud runs without a part.
func unavailable(part string) *Problem {
	return newProblem(http.StatusServiceUnavailable, sortUnavailable, "this cloud runs without "+part).after(time.Minute)
}
