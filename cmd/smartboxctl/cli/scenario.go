package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"smartbox/cmd/internal/scenario"
)

func (t *tool) scenario() *cobra.Command {
	c := &cobra.Command{Use: "scenario", Short: "Run the files that say how a box behaves", Args: verbs, RunE: help}
	c.AddCommand(&cobra.Command{
		Use:   "run <file>...",
		Short: "Run scenario files against the box's conduct, and print each one's verdict",
		Args:  between(1, -1),
		RunE: func(c *cobra.Command, args []string) error {
			failed := 0
			for _, name := range args {
				if err := c.Context().Err(); err != nil {
					return err
				}
				well, err := t.runScenario(name)
				if err != nil {
					return err
				}
				if !well {
					failed++
				}
			}
			if _, err := fmt.Fprintf(t.Out, "%d of %d hold\n", len(args)-failed, len(args)); err != nil {
				return err
			}
			if failed > 0 {
				return ErrFinding
			}
			return nil
		},
	})
	return c
}

// runScenario prints the verdict on one file. A file that cannot be read or has a slip is a finding like any other.
func (t *tool) runScenario(name string) (well bool, err error) {
	f, err := scenario.Load(name)
	if err != nil {
		_, err = fmt.Fprintf(t.Out, "BAD   %s\n      %v\n", name, err)
		return false, err
	}
	v := scenario.RunMachine(f)
	word := "ok  "
	if !v.OK() {
		word = "FAIL"
	}
	if _, err := fmt.Fprintf(t.Out, "%s  %s: %s (%d steps, %d checks)\n", word, name, v.About, v.Steps, v.Checks); err != nil {
		return false, err
	}
	for _, x := range v.Failures {
		if _, err := fmt.Fprintf(t.Out, "      line %d: %s\n", x.Line, x.Text); err != nil {
			return false, err
		}
	}
	return v.OK(), nil
}
