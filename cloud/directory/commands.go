package directory

import (
	"context"

	"smartbox"
)

// Enqueue gives a command its id and counter and lets the fleet know. Box, Type, Body, Reason, NotBefore and Expires are
// the caller's.
func (s *Service) Enqueue(ctx context.Context, a Actor, cmd Command) (out Command, err error) {
	if err := a.need(CommandBoxes); err != nil {
		return out, err
	}
	err = s.change(ctx, a, func(c *change) error {
		if _, err := get(ctx, c.tx, a, boxKind(), uint64(cmd.Box)); err != nil {
			return err
		}
		if err := checkCommand(&cmd, c.now); err != nil {
			return err
		}
		out = cmd
		out.ID, out.Org, out.Meta = CommandID(newID()), a.Org, Meta{Created: c.now, Updated: c.now}
		out.Actor, out.State, out.Result = a.Name(), CommandWaiting, ""
		if out.Counter, err = c.tx.State().NextCounter(ctx, cmd.Box); err != nil {
			return err
		}
		if err := c.tx.Commands().Insert(ctx, &out); err != nil {
			return err
		}
		c.tell[cmd.Box] = true
		return c.audit(ctx, "command "+out.Type, kindBox, uint64(cmd.Box), out.Reason)
	})
	return out, err
}

func checkCommand(cmd *Command, now smartbox.Stamp) error {
	switch {
	case cmd.Type == "":
		return invalid(kindCommand, "type", "is missing", "say what the box is to do")
	case cmd.Reason == "":
		return invalid(kindCommand, "reason", "is missing", "say why; it goes on record")
	case len(cmd.Reason) > 200:
		return invalid(kindCommand, "reason", "is longer than 200 bytes", "shorten it")
	case cmd.Expires != 0 && (cmd.Expires <= now || cmd.Expires <= cmd.NotBefore):
		return invalid(kindCommand, "expires", "is past, or not after not-before", "let it end later")
	default:
		return nil
	}
}

// WaitingCommands are those that are to be sent to the box, ascending by counter; those past their time are marked
// expired instead. One that was sent and not answered waits too: the box does nothing twice.
func (s *Service) WaitingCommands(ctx context.Context, box smartbox.BoxID) (list []Command, err error) {
	open := Query{Where: []Cond{Eq(FieldBox, box), {FieldState, OpLess, CommandDone}}, Order: FieldCounter}
	late := false
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		if list, err = tx.Commands().Find(ctx, open); err != nil {
			return err
		}
		for i := range list {
			late = late || list[i].late(s.now())
		}
		return nil
	})
	if err != nil || !late {
		return list, err
	}
	err = s.state(ctx, box, func(c *change, _ *BoxState) error {
		all, err := c.tx.Commands().Find(ctx, open)
		list = nil
		for i := range all {
			if !all[i].late(c.now) {
				list = append(list, all[i])
				continue
			}
			all[i].State, all[i].Updated = CommandExpired, c.now
			if err := c.tx.Commands().Update(ctx, &all[i]); err != nil {
				return err
			}
		}
		return err
	})
	return list, err
}

func (c *Command) late(now smartbox.Stamp) bool { return c.Expires != 0 && c.Expires <= now }

// CommandSent notes that a command left.
func (s *Service) CommandSent(ctx context.Context, box smartbox.BoxID, id CommandID) error {
	return s.command(ctx, box, id, CommandSent, "")
}

// CommandAnswered notes the box's answer. A second answer is ignored.
func (s *Service) CommandAnswered(ctx context.Context, box smartbox.BoxID, id CommandID, ok bool, result string) error {
	if ok {
		return s.command(ctx, box, id, CommandDone, result)
	}
	return s.command(ctx, box, id, CommandFailed, result)
}

func (s *Service) command(ctx context.Context, box smartbox.BoxID, id CommandID, to CommandState, result string) error {
	return s.state(ctx, box, func(c *change, _ *BoxState) error {
		cmd, err := c.tx.Commands().Get(ctx, uint64(id))
		if err != nil {
			return err
		}
		if cmd.Box != box {
			return notFound(kindCommand, id)
		}
		// An answer counts although the time to act is past: the box may have acted in time and been cut off.
		if cmd.State >= to || cmd.State == CommandDone || cmd.State == CommandFailed {
			if cmd.State != CommandExpired || to == CommandSent {
				return nil
			}
		}
		cmd.State, cmd.Result, cmd.Updated = to, result, c.now
		return c.tx.Commands().Update(ctx, &cmd)
	})
}
