// Package cli is the technician's tool, a verb a file. It takes its arguments and streams from the caller, so that
// tests run it in process.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"smartbox/cmd/smartboxd/adminapi"
)

// Streams are where a verb reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Exit codes.
const (
	ExitOK      = 0 // done
	ExitFailed  = 1 // not done; standard error says why, and what to do
	ExitUsage   = 2 // the command line is wrong
	ExitNoBox   = 3 // no daemon answers at the socket
	ExitFinding = 4 // the check was made, and found something: a damaged journal, a scenario that failed
)

// DefaultSocket is where the package of the daemon puts it.
const DefaultSocket = "/run/smartbox/admin.sock"

// ErrFinding says that a check was made and found something. By itself it is silent: what, stands on standard output
// already. Around another error, as found makes it, that one tells.
var ErrFinding = errors.New("the check found something")

// finding is an error that a check was looking for.
type finding struct{ error }

func (f finding) Unwrap() []error { return []error{f.error, ErrFinding} }

// found marks an error as what a check was looking for.
func found(err error) error {
	if err == nil {
		return nil
	}
	return finding{err}
}

// ErrUsage says that the command line is wrong.
var ErrUsage = errors.New("command line")

// tool is what every verb has.
type tool struct {
	Streams
	socket string
}

// Run does what args say and returns the exit code.
func Run(ctx context.Context, args []string, s Streams) int {
	root := newRoot(s)
	root.SetArgs(args)
	return exitCode(root.ExecuteContext(ctx), s.Err)
}

func newRoot(s Streams) *cobra.Command {
	t := &tool{Streams: s}
	root := &cobra.Command{
		Use:   "smartboxctl",
		Short: "Look into a key cabinet, bring it snapshots, run scenarios",
		Long: `Look into a key cabinet, bring it snapshots, run scenarios.

Exit codes: 0 done; 1 not done, standard error says why and what to do; 2 the command line is wrong;
3 no box daemon answers; 4 a check was made and found something.`,
		Args:          verbs,
		RunE:          help,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().StringVar(&t.socket, "socket", DefaultSocket, "socket of the box daemon")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w: see `%s --help`", ErrUsage, err, c.CommandPath())
	})
	root.AddCommand(t.status(), t.events(), t.why(), t.snapshot(), t.scenario(), t.slot(), t.maintenance(), t.journal(), t.enrol())
	return root
}

// undone takes the mark of found away, for a verb that does more than check.
func undone(err error) error {
	if f, ok := errors.AsType[finding](err); ok {
		return f.error
	}
	return err
}

// exitCode says the error in one sentence and gives its code.
func exitCode(err error, w io.Writer) int {
	if err == nil {
		return ExitOK
	}
	if err == ErrFinding { //nolint:errorlint // by itself it was told already
		return ExitFinding
	}
	if errors.Is(err, context.Canceled) {
		return ExitOK // the person had enough of --follow
	}
	_, _ = fmt.Fprintf(w, "smartboxctl: %v\n", err)
	var api *adminapi.Error
	switch {
	case errors.Is(err, ErrFinding):
		return ExitFinding
	case errors.As(err, &api) && api.Code == adminapi.CodeUnavailable && api.Status == 0:
		return ExitNoBox
	case errors.Is(err, ErrUsage):
		return ExitUsage
	default:
		return ExitFailed
	}
}

// box connects a verb with the daemon.
func (t *tool) box(f func(*cobra.Command, *adminapi.Client, []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		client := adminapi.Dial(t.socket)
		defer client.Close()
		return f(c, client, args)
	}
}

// exactly is cobra's check of the number of arguments, as an error of usage with its mend.
func exactly(n int) cobra.PositionalArgs { return between(n, n) }

func between(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		return fmt.Errorf("%w: %d arguments do not fit `%s`: see `%s --help`", ErrUsage, len(args), c.Use, c.CommandPath())
	}
}

// verbs is the check of a command that only groups others.
func verbs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %q is not a verb of `%s`: see `%s --help`", ErrUsage, args[0], c.CommandPath(), c.CommandPath())
}

func help(c *cobra.Command, _ []string) error { return c.Help() }
