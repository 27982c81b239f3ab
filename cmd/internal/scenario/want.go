package scenario

import (
	"fmt"
	"slices"
	"strings"

	"smartbox"
	"smartbox/device"
)

// want is an expectation. It looks at the window: what happened since the input before.
type want func(w *window) error

// parseWant reads what stands behind "=".
func (p *parser) want(w []word) (want, error) {
	if len(w) == 0 {
		return nil, p.fail(p.no, "nothing is expected here")
	}
	verb, rest := w[0].text, w[1:]
	args := make([]string, len(rest))
	for i := range rest {
		args[i] = rest[i].text
	}
	switch {
	case verb == "display" && len(rest) > 0:
		return func(w *window) error { return w.display(args) }, nil
	case verb == "record" && len(rest) > 0:
		return p.record(args[0], args[1:])
	case verb == "refused" && len(rest) > 0:
		return p.record("access-refused", append([]string{"reason=" + args[0]}, args[1:]...))
	case verb == "unlock" && len(rest) == 1:
		slot, err := p.slot(args[0])
		return func(w *window) error { return w.unlock(slot) }, err
	case verb == "light" && len(rest) == 2:
		return p.light(args)
	case verb == "sound" && len(rest) == 1:
		s, ok := sound(args[0])
		if !ok {
			return nil, p.fail(p.no, "there is no sound %q", args[0])
		}
		return func(w *window) error {
			if !slices.Contains(w.sounds(), s) {
				return fmt.Errorf("sound %q was not made, but %v", s, w.sounds())
			}
			return nil
		}, nil
	case verb == "held" && len(rest) >= 2:
		return p.held(args)
	case verb == "custody" && len(rest) >= 2:
		return p.custody(args)
	case verb == "answered" && len(rest) == 1:
		var r smartbox.Reason
		if err := r.UnmarshalText([]byte(args[0])); err != nil {
			return nil, p.fail(p.no, "%v", err)
		}
		return func(w *window) error { return w.answered(r) }, nil
	case verb == "why" && len(rest) > 0:
		return func(w *window) error { return w.why(args) }, nil
	default:
		return nil, p.fail(p.no, "%q is nothing that can be expected, or lacks a word; there are display, record, refused, "+
			"unlock, light, sound, held, custody, answered and why", verb)
	}
}

// never reads what stands behind "!".
func (p *parser) never(w []word) (want, error) {
	args := make([]string, len(w))
	for i := range w {
		args[i] = w[i].text
	}
	switch {
	case len(w) == 1 && args[0] == "unlock":
		return func(w *window) error {
			if n := w.unlocks(); len(n) > 0 {
				return fmt.Errorf("slots %v were unlocked", n)
			}
			return nil
		}, nil
	case len(w) >= 2 && args[0] == "record":
		found, err := p.record(args[1], args[2:])
		return not(found, args), err
	case len(w) >= 2 && args[0] == "display":
		return not(func(w *window) error { return w.display(args[1:]) }, args), nil
	case len(w) == 2 && (args[0] == "sound"), len(w) == 3 && (args[0] == "light" || args[0] == "held"):
		found, err := p.want(w)
		return not(found, args), err
	default:
		return nil, p.fail(p.no, `"!" takes unlock, record, display, sound, light or held`)
	}
}

// not turns an expectation round, and takes back what it claimed.
func not(found want, args []string) want {
	return func(w *window) error {
		keep := w.mark()
		err := found(w)
		w.back(keep)
		if err == nil {
			return fmt.Errorf("but it did: %s", strings.Join(args, " "))
		}
		return nil
	}
}

func (p *parser) light(args []string) (want, error) {
	slot, err := p.slot(args[0])
	if err != nil {
		return nil, err
	}
	for l := device.LightOff; l <= device.LightAlarm; l++ {
		if l.String() == args[1] {
			return func(w *window) error {
				if got := w.log.Lights[slot]; got != l {
					return fmt.Errorf("the light of slot %s is %s", args[0], got)
				}
				return nil
			}, nil
		}
	}
	return nil, p.fail(p.no, "there is no light %q", args[1])
}

func sound(name string) (device.Sound, bool) {
	for s := device.Silence; s <= device.SoundAlarm; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

// held reads "anna van-3 van-4" and "anna nothing": all that she has.
func (p *parser) held(args []string) (want, error) {
	user, err := p.user(args[0])
	if err != nil {
		return nil, err
	}
	var keys []smartbox.KeyID
	for _, a := range args[1:] {
		if a == "nothing" && len(args) == 2 {
			break
		}
		k, err := p.key(a)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return func(w *window) error {
		if got := heldBy(w.log, user); !slices.Equal(got, keys) {
			return fmt.Errorf("%s holds %v", user, got)
		}
		return nil
	}, nil
}

// heldBy asks for each key of the view, so that what a snapshot says of custody counts as well.
func heldBy(l *Log, user smartbox.UserID) []smartbox.KeyID {
	var out []smartbox.KeyID
	for _, k := range l.View.Keys() {
		if c := l.Book.Where(l.View, k); c.Place == smartbox.WithUser && c.User == user {
			out = append(out, k)
		}
	}
	return out
}

// custody reads "van-3 slot 3", "van-3 with anna", "van-3 nowhere" and "van-3 in-doubt", and "due DAY TIME" or
// "overdue" behind it.
func (p *parser) custody(args []string) (want, error) {
	key, err := p.key(args[0])
	if err != nil {
		return nil, err
	}
	exp := smartbox.Custody{Key: key}
	rest := args[2:]
	switch {
	case args[1] == "nowhere":
	case args[1] == "in-doubt":
		exp.Place = smartbox.InDoubt
	case args[1] == "slot" && len(rest) > 0:
		exp.Place = smartbox.InSlot
		exp.Slot, err = p.slot(rest[0])
		rest = rest[1:]
	case args[1] == "with" && len(rest) > 0:
		exp.Place = smartbox.WithUser
		exp.User, err = p.user(rest[0])
		rest = rest[1:]
	default:
		err = p.fail(p.no, `custody is "slot 3", "with anna", "nowhere" or "in-doubt"`)
	}
	if err != nil {
		return nil, err
	}
	due := len(rest) == 3 && rest[0] == "due"
	if due {
		at, err := p.time([]word{{text: rest[1]}, {text: rest[2]}})
		if err != nil {
			return nil, err
		}
		exp.Due, rest = smartbox.StampOf(at), nil
	}
	exp.Overdue = len(rest) == 1 && rest[0] == "overdue"
	if len(rest) > 0 && !exp.Overdue {
		return nil, p.fail(p.no, "%q says nothing about custody", strings.Join(rest, " "))
	}
	return func(w *window) error {
		got := w.log.Book.Where(w.log.View, key)
		if got.Place == smartbox.InDoubt { // it says where the key was last
			got.Slot, got.User = 0, 0
		}
		if got.Place != exp.Place || got.Slot != exp.Slot || got.User != exp.User || (due && got.Due != exp.Due) || (exp.Overdue && !got.Overdue) {
			return fmt.Errorf("%s is %s", key, custodyText(got, p.f))
		}
		return nil
	}, nil
}

func custodyText(c smartbox.Custody, f *File) string {
	where := [...]string{"nowhere", "slot " + c.Slot.String(), "with " + c.User.String(), "in-doubt"}[c.Place]
	if c.Due != 0 {
		where += " due " + c.Due.Time().In(f.Zone).Format("2006-01-02 15:04:05")
	}
	if c.Overdue {
		where += " overdue"
	}
	return where
}
