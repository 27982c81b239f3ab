package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"smartbox/cmd/smartboxd/adminapi"
)

func (t *tool) slot() *cobra.Command {
	c := &cobra.Command{Use: "slot", Short: "Work on one slot", Args: verbs, RunE: help}
	c.AddCommand(&cobra.Command{
		Use:   "open <number>",
		Short: "Open a slot by the number on its door; in maintenance only",
		Args:  exactly(1),
		RunE: t.box(func(c *cobra.Command, box *adminapi.Client, args []string) error {
			n, err := strconv.ParseUint(args[0], 10, 16)
			if err != nil || n == 0 {
				return fmt.Errorf("%w: %q is not the number of a slot: give the one on its door", ErrUsage, args[0])
			}
			if err := box.OpenSlot(c.Context(), uint16(n)); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.Out, "slot %d was unlocked\n", n)
			return err
		}),
	})
	return c
}
