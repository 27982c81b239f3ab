package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"smartbox/cmd/smartboxd/adminapi"
)

func (t *tool) maintenance() *cobra.Command {
	c := &cobra.Command{
		Use:   "maintenance on|off",
		Short: "Turn maintenance on or off: while it is on, the panel serves nobody",
		Args:  exactly(1),
		RunE: t.box(func(c *cobra.Command, box *adminapi.Client, args []string) error {
			if args[0] != "on" && args[0] != "off" {
				return fmt.Errorf("%w: %q is neither on nor off", ErrUsage, args[0])
			}
			if err := box.Maintenance(c.Context(), args[0] == "on"); err != nil {
				return err
			}
			_, err := fmt.Fprintf(t.Out, "maintenance is %s\n", args[0])
			return err
		}),
	}
	c.ValidArgs = []string{"on", "off"}
	return c
}
