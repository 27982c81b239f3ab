package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smartbox/cmd/smartboxd/adminapi"
)

func (t *tool) events() *cobra.Command {
	var follow, asJSON bool
	var from uint64
	c := &cobra.Command{
		Use:   "events",
		Short: "List what happened at the box",
		Long:  "List what happened at the box. Times are UTC; one that the clock was not sure of has a '?'.",
		Args:  exactly(0),
		RunE: t.box(func(c *cobra.Command, box *adminapi.Client, _ []string) error {
			show := printer(t.Out)
			if asJSON {
				enc := json.NewEncoder(t.Out)
				show = func(e adminapi.Event) error { return enc.Encode(e) }
			}
			return box.Events(c.Context(), from, follow, show)
		}),
	}
	c.Flags().Uint64Var(&from, "from", 1, "number of the first event")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "wait for more until interrupted")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// printer prints events in their order, and says where some are missing.
func printer(w io.Writer) func(adminapi.Event) error {
	var last uint64
	return func(e adminapi.Event) error {
		if last != 0 && e.Seq > last+1 {
			if _, err := fmt.Fprintf(w, "       events %d to %d are lost: see `smartboxctl journal verify`\n", last+1, e.Seq-1); err != nil {
				return err
			}
		}
		last = e.Seq
		return printEvent(w, e)
	}
}

// printEvent is one line that a person can read, with the fields that the event has.
func printEvent(w io.Writer, e adminapi.Event) error {
	sure := " "
	if e.Clock.String() == "untrusted" {
		sure = "?"
	}
	alarm := " "
	if e.Alarm {
		alarm = "!"
	}
	at := e.At.Time().Format(time.DateTime)
	_, err := fmt.Fprintf(w, "%6d %s%s %s %-20s %s\n", e.Seq, at, sure, alarm, e.Kind, strings.Join(particulars(e), ", "))
	return err
}

// particulars are what else an event tells.
func particulars(e adminapi.Event) []string {
	var out []string
	add := func(holds bool, format string, a ...any) {
		if holds {
			out = append(out, fmt.Sprintf(format, a...))
		}
	}
	add(e.User != 0, "%s", withName(e.User.String(), e.UserName))
	add(e.Other != 0, "with %s", withName(e.Other.String(), e.OtherName))
	add(e.Third != 0, "and %s", withName(e.Third.String(), e.ThirdName))
	add(e.Actor != "", "by %s", e.Actor)
	add(e.Key != 0, "key %s", withName(e.Key.String(), e.KeyName))
	switch {
	case e.Number != 0:
		add(true, "slot %d", e.Number)
	default:
		add(e.Slot != 0, "slot %s", e.Slot)
	}
	add(e.Reason != "", "%s", e.Reason)
	add(e.Part != "", "%s", e.Part)
	add(e.Count != 0, "%d", e.Count)
	add(e.Answer != 0, "answer %d", e.Answer)
	add(e.Due != 0, "due %s", e.Due)
	add(e.Assumed, "assumed")
	return out
}
