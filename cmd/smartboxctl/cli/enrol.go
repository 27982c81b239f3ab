package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"smartbox/cmd/smartboxd/daemon"
	"smartbox/sync/enrol"
)

// maxLink bounds what is read as a link.
const maxLink = 4 << 10

func (t *tool) enrol() *cobra.Command {
	var conf, data string
	c := &cobra.Command{
		Use:   "enrol [link]",
		Short: "Make this box part of the cloud that an enrolment link is of",
		Long: `Make this box part of the cloud that an enrolment link is of. The link stands on the box's page in the cloud, and
in its QR code; it holds a code that works once. Without a link, or with "-", it is read from standard input, so that it
stays out of the shell's history.

The box makes its private key itself, in a TPM where there is one, and gets a certificate for it. Credentials are
digested under a new box key from then on: start the daemon anew, and it fetches its people. Run this as the daemon's user,
who has to be able to read what it keeps.`,
		Args: between(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			link, err := readLink(t.In, args)
			if err != nil {
				return err
			}
			cfg := daemon.Config{Data: data}
			if data == "" {
				if cfg, err = daemon.LoadConfig(conf); err != nil {
					return err
				}
			}
			cfg.Default()
			return enrolBox(c.Context(), t.Out, link, cfg)
		},
	}
	c.Flags().StringVar(&conf, "config", daemon.DefaultConfig, "configuration of the box daemon")
	c.Flags().StringVar(&data, "data", "", "data directory of the box, in place of the one that the configuration names")
	return c
}

// readLink takes the link from the command line or standard input. The error never holds it.
func readLink(in io.Reader, args []string) (enrol.Link, error) {
	text := "-"
	if len(args) == 1 {
		text = args[0]
	}
	if text == "-" {
		b, err := io.ReadAll(io.LimitReader(in, maxLink))
		if err != nil {
			return enrol.Link{}, err
		}
		text = string(b)
	}
	link, err := enrol.ParseLink(strings.TrimSpace(text))
	if err != nil {
		return enrol.Link{}, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return link, nil
}

// enrolBox keeps what the cloud gives in the box's data directory, and says what is to be done next.
func enrolBox(ctx context.Context, out io.Writer, link enrol.Link, cfg daemon.Config) (err error) {
	if err := os.MkdirAll(cfg.Data, 0o750); err != nil {
		return fmt.Errorf("data directory: %w: make it, or name another with --data", err)
	}
	keys, err := enrol.OpenKeyStore(cfg.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	id, err := enrol.Enrol(ctx, link, keys, enrol.Store{Dir: cfg.Data, BoxKey: cfg.KeyFile})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "enrolled: box %s\ncloud     %s\nbroker    %s\nkey       %s\nrenewal   from %s on, by itself\n",
		id.Box, id.Cloud, id.Broker, keys, id.RenewAt().UTC().Format("2006-01-02"))
	if err != nil {
		return err
	}
	if cfg.Box != id.Box.String() {
		_, err = fmt.Fprintf(out, "next: write `box: %s` into the configuration, then start the daemon\n", id.Box)
	} else {
		_, err = fmt.Fprintln(out, "next: start the daemon anew")
	}
	return err
}
