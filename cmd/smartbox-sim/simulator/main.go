package simulator

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Deps are what the program brings along.
type Deps struct {
	People  []byte // YAML, where no file is named
	Version string
}

// Main is the program: it starts a simulated box and its cloud, says where they are and what to try, and serves until ctx ends. It
// returns the exit code: 0 ended by ctx, 1 failed, 2 the command line is wrong.
func Main(ctx context.Context, args []string, out, errs io.Writer, deps Deps) int {
	flags := flag.NewFlagSet("smartbox-sim", flag.ContinueOnError)
	flags.SetOutput(errs)
	o := Options{People: "demo.yaml", Text: deps.People, Log: errs, Version: deps.Version}
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:8480", "address of the page; a free port is taken where it is in use")
	flags.BoolVar(&o.Offline, "offline", false, "the box alone, without a cloud")
	flags.StringVar(&o.API, "api", "127.0.0.1:8481", "address of the cloud's API; a free port is taken where it is in use")
	flags.StringVar(&o.HTTPS, "https", "127.0.0.1:8443", "address where boxes enrol; likewise")
	flags.StringVar(&o.MQTT, "mqtt", "127.0.0.1:8883", "address of the cloud's broker; likewise")
	flags.StringVar(&o.Data, "data", filepath.Join("build", "run"), "directory of the box's records; delete it to begin anew")
	flags.StringVar(&o.Profile, "profile", "sim-8", "board profile of the cabinet: a name, or a file")
	flags.StringVar(&o.LogLevel, "log", "warn", "what goes to standard error: trace, debug, info, warn or error")
	people := flags.String("people", "", "YAML file of people and keys, in place of the demonstration's")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || flags.NArg() > 0 {
		flags.Usage()
		return 2
	}
	if err := serve(ctx, o, *people, out); err != nil {
		_, _ = fmt.Fprintf(errs, "smartbox-sim: %v\n", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, o Options, people string, out io.Writer) error {
	if people != "" {
		b, err := os.ReadFile(people) //nolint:gosec // the person names the file
		if err != nil {
			return err
		}
		o.People, o.Text = people, b
	}
	s, err := New(o)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "The cabinet is at %s (Ctrl-C ends it)\n\n", s.Address())
	tryThis(out, s.feed.people)
	data := o.Data
	if s.cloud != nil {
		s.cloud.tell(out, s.Address())
		data = filepath.Join(o.Data, "box")
	}
	_, _ = fmt.Fprintf(out, "\nLook inside: go run ./cmd/smartboxctl --socket %s status | events --follow | why <event>\n",
		filepath.Join(data, "admin.sock"))
	return s.Run(ctx)
}
