package scenario

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"smartbox"
	"smartbox/device"
)

// File is a scenario that is ready to run.
type File struct {
	Name   string              // as it was given to Parse
	About  string              // what it shows, from the top of the file
	Rules  []int               // the box rules that it shows
	Wiring []device.SlotWiring // the cabinet
	Start  smartbox.Moment     // of the first line; Uptime is 0
	Zone   *time.Location      // in which the script tells the time
	Key    smartbox.BoxKey     // digests the credentials of all snapshots
	People *smartbox.Snapshot  // in force at the start
	lines  []line
	fobs   map[smartbox.KeyID]smartbox.Badge // of the keys of People
}

// Lasts is how long the script waits.
func (f *File) Lasts() (d time.Duration) {
	for _, l := range f.lines {
		d += l.wait
	}
	return d
}

// Fob is what hangs on a key: its fob, or a number that stands for the key where it has none.
func (f *File) Fob(k smartbox.KeyID) smartbox.Badge {
	if fob, ok := f.fobs[k]; ok {
		return fob
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(k))
	return smartbox.UIDBadge(append([]byte{'k', 0}, b[:]...))
}

// line is one line of the script. One of its fields is set.
type line struct {
	no     int
	text   string
	act    Act
	wait   time.Duration
	want   want
	ignore []smartbox.EventKind
}

// Error is a slip in a file.
type Error struct {
	File string
	Line int
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// Verdict is what came of a file.
type Verdict struct {
	Name     string
	About    string
	Steps    int // inputs and waits that were played
	Checks   int // expectations that were looked at
	Failures []Failure
}

// Failure is an expectation that did not hold, or something that happened and was not expected.
type Failure struct {
	Line int
	Text string
}

// OK reports whether the file holds.
func (v Verdict) OK() bool { return len(v.Failures) == 0 }

// String is one line for a file that holds, else one more for each failure.
func (v Verdict) String() string {
	var b strings.Builder
	word := "ok  "
	if !v.OK() {
		word = "FAIL"
	}
	fmt.Fprintf(&b, "%s %s  %d inputs, %d checks", word, v.Name, v.Steps, v.Checks)
	for _, f := range v.Failures {
		fmt.Fprintf(&b, "\n     line %d: %s", f.Line, f.Text)
	}
	return b.String()
}
