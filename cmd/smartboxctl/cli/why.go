package cli

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"smartbox/cmd/smartboxd/adminapi"
)

func (t *tool) why() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "why <event>",
		Short: "Explain an event: who, what, when, and what decided",
		Args:  exactly(1),
		RunE: t.box(func(c *cobra.Command, box *adminapi.Client, args []string) error {
			seq, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || seq == 0 {
				return fmt.Errorf("%w: %q is not the number of an event: see `smartboxctl events`", ErrUsage, args[0])
			}
			w, err := box.Why(c.Context(), seq)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(t.Out, w)
			}
			return printWhy(t.Out, w)
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the daemon's own answer")
	return c
}

func printWhy(out io.Writer, why adminapi.Why) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, a ...any) { _, _ = fmt.Fprintf(w, name+"\t"+format+"\n", a...) }
	e := why.Event
	row("event", "%d, %s", e.Seq, e.Kind)
	row("when", "%s (clock %s)", e.At, e.Clock)
	if e.User != 0 || e.Actor != "" {
		row("who", "%s%s", cmp.Or(withName(e.User.String(), e.UserName), e.Actor), unless(len(e.Factors) == 0, ", by "+strings.Join(e.Factors, " and ")))
	}
	if what := particulars(withoutPeople(e)); len(what) > 0 {
		row("what", "%s", strings.Join(what, ", "))
	}
	row("why", "%s", why.Explain)
	if why.Display != "" {
		row("display", "%q", why.Display)
	}
	if why.Rule != "" {
		row("rule", "%s", why.Rule)
	}
	if why.Based != "" {
		row("based on", "%s", why.Based)
	}
	return w.Flush()
}

func withoutPeople(e adminapi.Event) adminapi.Event {
	e.User, e.Actor, e.Reason = 0, "", ""
	return e
}
