package server

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes of Main.
const (
	exitOK     = 0
	exitFailed = 1 // not done; standard error says why, and what to do
	exitUsage  = 2
)

var errUsage = errors.New("command line")

// tool is what every verb has.
type tool struct {
	out, errs io.Writer
	deps      Deps
	file      string
	flags     Config
}

// Main is the program: it does what args say and returns the exit code.
func Main(ctx context.Context, args []string, out, errs io.Writer, deps Deps) int {
	deps.Out, deps.Log = out, errs
	t := &tool{out: out, errs: errs, deps: deps}
	root := t.root()
	root.SetArgs(args)
	switch err := root.ExecuteContext(ctx); {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		_, _ = fmt.Fprintf(errs, "smartbox-cloud: %v\n", err)
		return exitUsage
	default:
		_, _ = fmt.Fprintf(errs, "smartbox-cloud: %v\n", err)
		return exitFailed
	}
}

func (t *tool) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "smartbox-cloud",
		Short: "Administer people, keys and permissions of key cabinets",
		Long: `Administer people, keys and permissions of key cabinets.

Without any setting it runs on embedded parts: a SQLite file and an MQTT broker of its own, all in one directory.
Exit codes: 0 done; 1 not done, standard error says why and what to do; 2 the command line is wrong.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%w: %q is not a verb: see `smartbox-cloud --help`", errUsage, args[0])
			}
			return nil
		},
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       t.deps.Version,
	}
	root.SetOut(t.out)
	root.SetErr(t.errs)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w: see `%s --help`", errUsage, err, c.CommandPath())
	})
	t.settings(root.PersistentFlags())
	root.AddCommand(t.serve(), t.migrate(), t.backup(), t.restore(), t.demo())
	return root
}

// settings are the flags; each stands before what the file says.
func (t *tool) settings(f *pflag.FlagSet) {
	f.StringVar(&t.file, "config", "", "configuration file, YAML; flags stand before it")
	f.StringVar(&t.flags.Data, "data", "", "directory of keys, database file and broker (default "+DefaultData+")")
	f.StringVar(&t.flags.URL, "url", "", "https://host:port by which boxes and people reach the cloud")
	f.StringVar(&t.flags.HTTPS, "https", "", `host:port of API and enrolment (default ":8443")`)
	f.StringVar(&t.flags.HTTP, "http", "", "host:port of the API without TLS, for this machine or a proxy (default off)")
	f.StringVar(&t.flags.MQTT, "mqtt", "", `host:port of the embedded broker (default ":8883")`)
	f.StringVar(&t.flags.MQTTURL, "mqtt-url", "", "ssl://host:port by which boxes reach the broker (default from url and mqtt)")
	f.StringVar(&t.flags.Broker, "broker", "", "URL of another MQTT broker, in place of the embedded one")
	f.StringVar(&t.flags.Database, "database", "", "sqlite:file or postgres://… (default a file in the data directory)")
	f.StringVar(&t.flags.Metrics, "metrics", "", "host:port for Prometheus (default off)")
	f.StringVar(&t.flags.Log.Level, "log", "", "trace, debug, info, warn or error (default info)")
	f.StringVar(&t.flags.Log.Format, "log-format", "", "json or console (default json)")
}

// config is the file's with the flags over it, complete and checked.
func (t *tool) config() (c Config, err error) {
	if t.file != "" {
		if c, err = LoadConfig(t.file); err != nil {
			return c, err
		}
	}
	over(&c, &t.flags)
	c.Default()
	return c, c.Check()
}

func over(c, flags *Config) {
	for _, f := range []struct{ to, from *string }{
		{&c.Data, &flags.Data},
		{&c.URL, &flags.URL},
		{&c.HTTPS, &flags.HTTPS},
		{&c.HTTP, &flags.HTTP},
		{&c.MQTT, &flags.MQTT},
		{&c.MQTTURL, &flags.MQTTURL},
		{&c.Broker, &flags.Broker},
		{&c.Database, &flags.Database},
		{&c.Metrics, &flags.Metrics},
		{&c.Log.Level, &flags.Log.Level},
		{&c.Log.Format, &flags.Log.Format},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
}

// verb is a command without arguments that wants the configuration.
func (t *tool) verb(use, short, long string, do func(ctx context.Context, cfg Config) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%w: %d arguments too many: see `%s --help`", errUsage, len(args), c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := t.config()
			if err != nil {
				return err
			}
			return do(c.Context(), cfg)
		},
	}
}
