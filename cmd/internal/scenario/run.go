package scenario

import (
	"fmt"

	"smartbox"
)

const mostFailures = 20 // more would not be read

// Run plays the file against a cabinet that has just started and stands at f.Start. It closes the cabinet.
//
// It is strict: whatever comes on record, and whichever lock moves, between two inputs must be expected in between,
// unless the file ignores that kind of event.
func Run(f *File, c Cabinet) Verdict {
	r := &run{
		v: Verdict{Name: f.Name, About: f.About}, cab: c,
		// The preamble of every run; a file that cares for them asks for them by name.
		win: window{ignore: map[smartbox.EventKind]bool{
			smartbox.Started: true, smartbox.Stopped: true, smartbox.SnapshotApplied: true, smartbox.KeyPlaced: true,
			smartbox.ClockSet: true,
		}},
	}
	r.win.log = c.Log()
	last := 0
	for _, l := range f.lines {
		if len(r.v.Failures) >= mostFailures {
			break
		}
		r.line(l)
		last = l.no
	}
	r.settle(r.last)
	if err := c.Close(); err != nil {
		r.fail(last, "%v", err)
	}
	for _, b := range r.win.log.Broken {
		r.fail(last, "%s", b)
	}
	return r.v
}

type run struct {
	v    Verdict
	cab  Cabinet
	win  window
	last int // line of the last input
}

func (r *run) fail(line int, format string, args ...any) {
	r.v.Failures = append(r.v.Failures, Failure{line, fmt.Sprintf(format, args...)})
}

func (r *run) line(l line) {
	var err error
	switch {
	case l.act != nil:
		r.next(l.no)
		if _, cut := l.act.(Cut); !cut { // the power goes in the midst of things
			err = r.cab.Wait(Before)
		}
		if err == nil {
			err = r.cab.Do(l.act)
		}
	case l.wait > 0:
		r.next(l.no)
		err = r.cab.Wait(l.wait)
	case l.want != nil:
		r.v.Checks++
		err = l.want(&r.win)
	default:
		for _, k := range l.ignore {
			r.win.ignore[k] = true
		}
	}
	r.win.log = r.cab.Log()
	if err != nil {
		r.fail(l.no, "%s: %v", l.text, err)
	}
}

// next ends the window before an input.
func (r *run) next(line int) {
	r.settle(r.last)
	r.v.Steps++
	r.last = line
}

func (r *run) settle(line int) {
	for _, text := range r.win.leftovers() {
		r.fail(line, "%s", text)
	}
	r.win.open(r.cab.Log())
}
