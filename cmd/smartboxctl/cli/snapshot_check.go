package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"smartbox/sync/wire"
)

func (t *tool) check() *cobra.Command {
	var trusted string
	c := &cobra.Command{
		Use:   "check <file>...",
		Short: "Check people files, or one signed snapshot with --trusted",
		Args:  between(1, -1),
		RunE: func(_ *cobra.Command, args []string) error {
			if trusted == "" {
				s, err := t.read(args, "", 0)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.Out, "in order: %s\n", contents(s))
				return err
			}
			return t.checkSigned(args, trusted)
		},
	}
	c.Flags().StringVar(&trusted, "trusted", "", "file of the public keys, or the daemon's configuration: check a signed snapshot instead")
	return c
}

// checkSigned looks at a signed snapshot as a box of that name would.
func (t *tool) checkSigned(args []string, trusted string) error {
	if len(args) != 1 {
		return fmt.Errorf("%w: give one signed snapshot at a time", ErrUsage)
	}
	b, err := os.ReadFile(trusted) //nolint:gosec // the person names the file
	if err != nil {
		return err
	}
	keys, err := trustedKeys(b)
	if err != nil {
		return fmt.Errorf("%s: %w", trusted, err)
	}
	file, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	s, err := wire.OpenSnapshot(keys, 0, file)
	var open *wire.OpenError
	if errors.As(err, &open) && open.Fault == wire.ForeignBox { // whichever box it is for
		s, err = wire.OpenSnapshot(keys, open.Box, file)
	}
	if err == nil {
		err = s.Validate(time.LoadLocation)
	}
	if err != nil {
		return found(fmt.Errorf("%s: %w", args[0], err))
	}
	_, err = fmt.Fprintf(t.Out, "in order: %s\n", contents(s))
	return err
}

// trustedKeys reads public keys: as wire has them, or under trusted_keys as keygen prints them and the daemon's
// configuration holds them.
func trustedKeys(b []byte) (wire.TrustedKeys, error) {
	var config struct {
		Keys []string `yaml:"trusted_keys"`
	}
	if yaml.Unmarshal(b, &config) == nil && len(config.Keys) > 0 {
		b = []byte(strings.Join(config.Keys, "\n"))
	}
	return wire.ParseTrustedKeys(b)
}

// isSigned reports whether the bytes begin as a signed snapshot does.
func isSigned(b []byte) bool {
	_, err := wire.OpenSnapshot(nil, 0, b)
	var open *wire.OpenError
	return len(b) > 0 && errors.As(err, &open) && open.Fault != wire.NoSnapshot
}
