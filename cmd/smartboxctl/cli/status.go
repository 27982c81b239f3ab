package cli

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"smartbox/cmd/smartboxd/adminapi"
)

func (t *tool) status() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Say how the box fares: knowledge, record, slots, keys, parts",
		Args:  exactly(0),
		RunE: t.box(func(c *cobra.Command, box *adminapi.Client, _ []string) error {
			s, err := box.Status(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(t.Out, s)
			}
			return printStatus(t.Out, s)
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the daemon's own answer")
	return c
}

func printStatus(out io.Writer, s adminapi.Status) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, a ...any) { _, _ = fmt.Fprintf(w, name+"\t"+format+"\n", a...) }
	row("box", "%s", withName(s.Box, s.Name))
	row("profile", "%s", s.Profile)
	row("daemon", "%s, up %s%s", s.Version, s.Uptime, unless(s.Alive, ", its decision loop does not answer"))
	row("clock", "%s, %s", s.Time, s.Trust)
	if s.Knowledge.Version == 0 && s.Knowledge.IssuedAt == 0 {
		row("knowledge", "none yet: bring a snapshot with `smartboxctl snapshot apply`")
	} else {
		row("knowledge", "version %d of epoch %d, %s old", s.Knowledge.Version, s.Knowledge.Epoch, cmp.Or(s.Knowledge.Age, "of unknown age"))
	}
	if s.Record.Works {
		row("record", "works, next event is %d", s.Record.Next)
	} else {
		row("record", "BROKEN, %d events held back: %s", s.Record.Held, s.Record.Error)
	}
	if n := s.Record.Lost; n > 0 {
		row("record", "LOST at most %d events to damage: see `smartboxctl journal verify`", n)
	}
	for _, c := range s.Record.Damage {
		row("damage", "%s", c)
	}
	row("power", "%s", s.Power)
	if s.Service {
		row("maintenance", "on")
	}
	if s.Tampered {
		row("cabinet", "OPEN")
	}
	for _, p := range s.Parts {
		row("part down", "%s %s: %s", p.Part, p.Name, p.Error)
	}
	for _, n := range s.Notes {
		row("note", "%s", n)
	}
	if len(s.Slots) > 0 {
		_, _ = fmt.Fprintln(w, "\nSLOT\tKEY\tTROUBLE")
	}
	for _, x := range s.Slots {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\n", x.Number, withName(x.Key.String(), x.KeyName), x.Trouble)
	}
	if len(s.Keys) > 0 {
		_, _ = fmt.Fprintln(w, "\nKEY\tWHERE\tSINCE\tDUE")
	}
	for _, k := range s.Keys {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s%s\n", withName(k.ID.String(), k.Name), where(k), k.Since, k.Due, unless(!k.Overdue, " OVERDUE"))
	}
	return w.Flush()
}

func where(k adminapi.Key) string {
	switch k.Place {
	case "in-slot":
		return fmt.Sprintf("slot %d", k.Number)
	case "with-user":
		return "with " + withName(k.User.String(), k.UserName)
	default:
		return k.Place
	}
}
