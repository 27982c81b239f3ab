package scenario

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"smartbox"
	"smartbox/device/session"
	"smartbox/sync/snapfile"
)

var errQuote = errors.New(`a quote is not closed`)

const acts = "type, tap, misread, door, key, bolt, tamper, mains, battery, fault, heal, pulse, disk, clock, apply, " +
	"confirm, order, cut, stop or start"

// act reads what stands behind ">".
func (p *parser) act(w []word) (Act, error) {
	if len(w) == 0 {
		return nil, p.fail(p.no, "nothing happens here; write %s", acts)
	}
	verb, args := w[0].text, make([]string, 0, len(w))
	for _, a := range w[1:] {
		args = append(args, a.text)
	}
	is := func(form ...string) bool { return matches(args, form) }
	switch {
	case verb == "type" && len(args) == 1 && strings.Trim(args[0], "0123456789*#") == "":
		return Type{args[0]}, nil
	case verb == "tap" && len(args) >= 1:
		badge, err := p.badge(args)
		return Tap{badge}, err
	case verb == "misread" && is():
		return Misread{}, nil
	case verb == "door" && is("n", "open|shut"):
		slot, err := p.slot(args[0])
		return Door{slot, args[1] == "open"}, err
	case verb == "key" && (is("n", "gone|there") || is("n", "there", "*")):
		return p.hang(args)
	case verb == "bolt" && is("n", "stuck|free"):
		slot, err := p.slot(args[0])
		return Stick{slot, args[1] == "stuck"}, err
	case verb == "tamper" && is("open|shut"):
		return Tamper{args[0] == "open"}, nil
	case verb == "mains" && is("lost|back"):
		return Mains{Lost: args[0] == "lost"}, nil
	case verb == "battery" && is("low|good", "n"):
		n, err := strconv.ParseUint(args[1], 10, 8)
		if err != nil || n > 100 {
			return nil, p.fail(p.no, "%q is no percentage", args[1])
		}
		return Battery{Low: args[0] == "low", Percent: uint8(n)}, nil
	case (verb == "fault" || verb == "heal") && len(args) >= 1:
		return p.fault(args, verb == "heal")
	case verb == "pulse" && is("n", "fails|works"):
		slot, err := p.slot(args[0])
		return Pulse{slot, args[1] == "fails"}, err
	case verb == "disk" && is("full|readonly|dead|ok"):
		return Disk{map[string]error{"full": syscall.ENOSPC, "readonly": syscall.EROFS, "dead": syscall.EIO}[args[0]]}, nil
	default:
		return p.worldAct(verb, args, is)
	}
}

// worldAct reads what the world does: clock, cloud, administrator, power.
func (p *parser) worldAct(verb string, args []string, is func(...string) bool) (Act, error) {
	switch {
	case verb == "clock" && is("*", "*", "untrusted|rtc|synced"):
		at, err := p.time([]word{{text: args[0]}, {text: args[1]}})
		if err != nil {
			return nil, err
		}
		c := Clock{Wall: at}
		err = c.Trust.UnmarshalText([]byte(args[2]))
		return c, err
	case verb == "apply" && is("*"):
		who, err := p.load(args[0])
		if err != nil {
			return nil, err
		}
		p.who = who
		return Apply{Snapshot: who.snap, Now: !who.issued}, nil
	case verb == "confirm" && is():
		return Confirm{}, nil
	case verb == "order" && is("maintenance|end-maintenance|release"):
		kind := map[string]session.OrderKind{
			"maintenance": session.OrderMaintenance, "end-maintenance": session.OrderEndMaintenance, "release": session.OrderRelease,
		}[args[0]]
		return Order{Kind: kind, Actor: "uid:1000"}, nil
	case verb == "order" && is("open", "n"):
		slot, err := p.slot(args[1])
		return Order{Kind: session.OrderOpen, Slot: slot, Actor: "uid:1000"}, err
	case verb == "cut" && is():
		return Cut{}, nil
	case verb == "stop" && is():
		return Stop{}, nil
	case verb == "start" && is("untrusted|rtc|synced"):
		var s Start
		err := s.Trust.UnmarshalText([]byte(args[0]))
		return s, err
	default:
		return nil, p.fail(p.no, "%q is nothing that can happen, or lacks a word; there are %s: see the README of the scenarios",
			strings.Join(append([]string{verb}, args...), " "), acts)
	}
}

// matches holds the words against a form: "n" is a number, "a|b" one of those words, "*" any.
func matches(args, form []string) bool {
	if len(args) != len(form) {
		return false
	}
	for i, f := range form {
		switch {
		case f == "*":
		case f == "n":
			if _, err := strconv.Atoi(args[i]); err != nil {
				return false
			}
		case !strings.Contains("|"+f+"|", "|"+args[i]+"|"):
			return false
		}
	}
	return true
}

func (p *parser) slot(number string) (smartbox.SlotID, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(p.f.Wiring) {
		return 0, p.fail(p.no, "there is no slot %q in this cabinet of %d", number, len(p.f.Wiring))
	}
	return slotID(n), nil
}

// badge finds what is tapped: a badge as it is written, a user's (the second as "anna 2"), or a key's fob.
func (p *parser) badge(args []string) (smartbox.Badge, error) {
	text, n := args[0], 1
	if len(args) == 2 {
		n, _ = strconv.Atoi(args[1])
	}
	if !strings.Contains(text, ":") {
		found := ""
		for _, u := range p.who.file.Users {
			if u.Ref() == text && n >= 1 && n <= len(u.Badge) {
				found = u.Badge[n-1].Value
			}
		}
		for _, k := range p.who.file.Keys {
			if k.Ref() == text && n == 1 && k.Fob.Given() {
				found = k.Fob.Value
			}
		}
		if text = found; text == "" {
			return "", p.fail(p.no, "%q is no badge, no user with one and no key with a fob", strings.Join(args, " "))
		}
	}
	badge, err := smartbox.ParseBadge(text)
	if err != nil {
		return "", p.fail(p.no, "%v", err)
	}
	return badge, nil
}

// hang reads "3 gone", "3 there" and "3 there van-3".
func (p *parser) hang(args []string) (Act, error) {
	slot, err := p.slot(args[0])
	if err != nil {
		return nil, err
	}
	h := Hang{Slot: slot, There: args[1] == "there"}
	if len(args) == 3 {
		if h.Key, err = p.key(args[2]); err != nil {
			return nil, err
		}
		for _, k := range p.who.file.Keys {
			if k.Ref() == args[2] && k.Fob.Given() {
				h.Fob, err = smartbox.ParseBadge(k.Fob.Value)
			}
		}
	}
	return h, err
}

// fault reads "locks 1-4", "keypad".
func (p *parser) fault(args []string, heal bool) (Act, error) {
	f := Fault{Heal: heal}
	for i := smartbox.DevicePart(1); ; i++ {
		if strings.Contains(i.String(), "(") {
			return nil, p.fail(p.no, "there is no part %q", args[0])
		}
		if i.String() == args[0] {
			f.Part = i
			break
		}
	}
	for _, a := range args[1:] {
		from, to, ranged := strings.Cut(a, "-")
		if !ranged {
			to = from
		}
		low, err1 := strconv.Atoi(from)
		high, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || low < 1 || high > len(p.f.Wiring) {
			return nil, p.fail(p.no, "%q is no slot or range of slots", a)
		}
		for n := low; n <= high; n++ {
			f.Slots = append(f.Slots, slotID(n))
		}
	}
	return f, nil
}

func (p *parser) key(name string) (smartbox.KeyID, error) {
	id, err := smartbox.ParseID[smartbox.Key](snapfile.Slug(name))
	for _, k := range p.who.snap.Keys {
		if err == nil && k.ID == id {
			return id, nil
		}
	}
	return 0, p.fail(p.no, "there is no key %q", name)
}

func (p *parser) user(name string) (smartbox.UserID, error) {
	id, err := smartbox.ParseID[smartbox.User](name)
	if err != nil || id == 0 {
		return 0, p.fail(p.no, "%q is no user's id: %v", name, err)
	}
	for _, of := range p.people {
		for _, u := range of.snap.Users {
			if u.ID == id {
				return id, nil
			}
		}
	}
	return 0, p.fail(p.no, "there is no user %q", name)
}
