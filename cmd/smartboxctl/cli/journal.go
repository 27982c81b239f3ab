package cli

import (
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/spf13/cobra"

	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/storage/journal"
	"smartbox/sync/wire"
)

func (t *tool) journal() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use:   "journal",
		Short: "Check or export the record of all events",
		Long: `Check or export the record of all events: of the daemon that runs, or, with --data, of a directory whose daemon
does not run, such as that of a card taken out of a box.`,
		Args: verbs,
		RunE: help,
	}
	c.PersistentFlags().StringVar(&data, "data", "", "data directory of a box that does not run")
	c.AddCommand(&cobra.Command{
		Use:   "verify",
		Short: "Check that every event is there, unchanged and in its chain",
		Args:  exactly(0),
		RunE: t.box(func(c *cobra.Command, box *adminapi.Client, _ []string) error {
			v, err := verify(c, box, data)
			if err != nil {
				return err
			}
			return printVerified(t.Out, v)
		}),
	}, &cobra.Command{
		Use:   "export",
		Short: "Write all events to standard output, one JSON object a line",
		Args:  exactly(0),
		RunE: t.box(func(c *cobra.Command, box *adminapi.Client, _ []string) error {
			if data == "" {
				return box.Export(c.Context(), t.Out)
			}
			return journal.Export(filepath.Join(data, daemon.JournalDir), wire.Codec{}, t.Out, 1, math.MaxUint64, journal.JSONLines)
		}),
	})
	return c
}

func verify(c *cobra.Command, box *adminapi.Client, data string) (adminapi.Verified, error) {
	if data == "" {
		return box.Verify(c.Context())
	}
	rep, err := journal.Verify(filepath.Join(data, daemon.JournalDir), wire.Codec{})
	if err != nil {
		return adminapi.Verified{}, err
	}
	return daemon.Verified(rep), nil
}

func printVerified(out io.Writer, v adminapi.Verified) error {
	for _, p := range v.Problems {
		_, _ = fmt.Fprintln(out, p)
	}
	word := "whole"
	if !v.Whole {
		word = "DAMAGED"
	}
	if _, err := fmt.Fprintf(out, "%s: %d events, %d to %d, in %d segments, head %s\n", word, v.Events, v.First, v.Last, v.Segments, v.Head); err != nil {
		return err
	}
	if !v.Whole {
		return ErrFinding
	}
	return nil
}
