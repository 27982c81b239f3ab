package daemon

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
)

// Exit codes of Main.
const (
	exitOK      = 0
	exitFailed  = 1 // it did not start, or could not go on; standard error says why and what to do
	exitUsage   = 2
	exitFinding = 4 // check found something
)

// DefaultConfig is where the configuration stands.
const DefaultConfig = "/etc/smartbox/smartboxd.yaml"

const usage = `usage: smartboxd run|check [--config file]

  run    serve the box until SIGTERM
  check  look at configuration, board profile, box key and records, and say what to mend

Exit codes: 0 done; 1 not done, standard error says why and what to do; 2 the command line is wrong; 4 check found
something.
`

// Main is the program: it does what args say and returns the exit code.
func Main(ctx context.Context, args []string, out, errs io.Writer, deps Deps) int {
	flags := flag.NewFlagSet("smartboxd", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { _, _ = io.WriteString(errs, usage) }
	path := flags.String("config", DefaultConfig, "configuration file")
	if len(args) == 0 {
		flags.Usage()
		return exitUsage
	}
	if err := flags.Parse(args[1:]); err != nil {
		return exitUsage // it has said why
	}
	if flags.NArg() > 0 {
		flags.Usage()
		return exitUsage
	}
	switch args[0] {
	case "run":
		if err := run(ctx, *path, deps); err != nil {
			_, _ = fmt.Fprintf(errs, "smartboxd: %s\n", oneLine(err.Error()))
			return exitFailed
		}
		return exitOK
	case "check":
		if !Check(*path, out) {
			return exitFinding
		}
		return exitOK
	default:
		flags.Usage()
		return exitUsage
	}
}

func run(ctx context.Context, path string, deps Deps) error {
	cfg, err := LoadConfig(path)
	if err != nil {
		return err
	}
	spare()
	d, err := New(cfg, deps)
	if err != nil {
		return err
	}
	return d.Run(ctx)
}

// spare keeps the daemon small on a board with 512 MB: it collects earlier than Go would by itself, and hard before
// 32 MB. GOGC and GOMEMLIMIT in the environment have the last word where they are set.
func spare() {
	const softLimit = 24 << 20
	if debug.SetGCPercent(-1) == 100 { // as it is where GOGC does not say otherwise
		debug.SetGCPercent(50)
	}
	if debug.SetMemoryLimit(-1) > 1<<40 {
		debug.SetMemoryLimit(softLimit)
	}
}
