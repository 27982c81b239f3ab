package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"smartbox"
	"smartbox/device"
)

// window is what happened since the input before, and how much of it was expected.
type window struct {
	log    *Log
	ignore map[smartbox.EventKind]bool

	events, pulses, noises, answers int // where it begins in the log's lists
	claimed                         int // events up to here were expected or may be ignored
	opened                          int // pulses that were expected
	said                            int // answers that were expected
}

// open begins a new window at the end of the log.
func (w *window) open(l *Log) {
	w.log = l
	w.events, w.pulses, w.noises, w.answers = len(l.Events), len(l.Unlocks), len(l.Sounds), len(l.Answers)
	w.claimed, w.opened, w.said = w.events, w.pulses, w.answers
}

type mark struct{ claimed, opened, said int }

func (w *window) mark() mark  { return mark{w.claimed, w.opened, w.said} }
func (w *window) back(m mark) { w.claimed, w.opened, w.said = m.claimed, m.opened, m.said }

func (w *window) sounds() []device.Sound     { return w.log.Sounds[w.noises:] }
func (w *window) unlocks() []smartbox.SlotID { return w.log.Unlocks[w.pulses:] }

// record claims the next event. Ignored ones are passed over, unless it is one that is asked for.
func (w *window) record(kind smartbox.EventKind, checks []check) error {
	for i := w.claimed; i < len(w.log.Events); i++ {
		e := w.log.Events[i]
		if e.Kind == kind {
			if wrong := failed(checks, e); wrong == "" {
				w.claimed = i + 1
				return nil
			} else if !w.ignore[kind] {
				return fmt.Errorf("%s does not hold of: %s", wrong, eventText(e))
			}
		}
		if !w.ignore[e.Kind] {
			return fmt.Errorf("next on record is: %s", eventText(e))
		}
	}
	return errors.New("nothing more is on record")
}

func failed(checks []check, e smartbox.Event) string {
	for _, c := range checks {
		if !c.ok(e) {
			return c.text
		}
	}
	return ""
}

func (w *window) unlock(slot smartbox.SlotID) error {
	if w.opened >= len(w.log.Unlocks) {
		return errors.New("no lock moved")
	}
	if got := w.log.Unlocks[w.opened]; got != slot {
		return fmt.Errorf("slot %s was unlocked", got)
	}
	w.opened++
	return nil
}

func (w *window) answered(r smartbox.Reason) error {
	if w.said >= len(w.log.Answers) {
		return errors.New("no order was answered")
	}
	if got := w.log.Answers[w.said]; got != r {
		return fmt.Errorf("the answer is %s", got)
	}
	w.said++
	return nil
}

// display looks for the texts, in their order, on the display; where a line ends does not matter.
func (w *window) display(texts []string) error {
	all := strings.Join(strings.Fields(strings.Join(w.log.Display, " ")), " ")
	rest := all
	for _, t := range texts {
		_, after, found := strings.Cut(rest, t)
		if !found {
			return fmt.Errorf("the display says %q", all)
		}
		rest = after
	}
	return nil
}

// why looks at the explanation of the last event that has a reason.
func (w *window) why(texts []string) error {
	for _, e := range slices.Backward(w.log.Events) {
		if e.Reason == 0 {
			continue
		}
		for _, t := range texts {
			if !strings.Contains(e.Reason.Explain(), t) {
				return fmt.Errorf("it is explained by %q", e.Reason.Explain())
			}
		}
		return nil
	}
	return errors.New("nothing is on record that has a reason")
}

// leftovers is what happened in the window and was not expected.
func (w *window) leftovers() []string {
	var out []string
	for _, e := range w.log.Events[w.claimed:] {
		if !w.ignore[e.Kind] {
			out = append(out, "not expected on record: "+eventText(e))
		}
	}
	for _, s := range w.log.Unlocks[w.opened:] {
		out = append(out, fmt.Sprintf("not expected: slot %s was unlocked", strings.TrimPrefix(s.String(), "s")))
	}
	return out
}
