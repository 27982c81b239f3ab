package cli

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smartbox"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/sync/snapfile"
	"smartbox/sync/wire"
)

func (t *tool) snapshot() *cobra.Command {
	c := &cobra.Command{
		Use:   "snapshot",
		Short: "Build, check and apply the file of who may take what",
		Long: `Build, check and apply the file of who may take what.

A people file (YAML for a box, CSV for rows of people) holds codes and badges in the clear. build digests them
under the box's key and signs the result; only that leaves the desk.`,
		Args: verbs,
		RunE: help,
	}
	c.AddCommand(t.keygen(), t.build(), t.check(), t.apply())
	return c
}

func (t *tool) keygen() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "keygen",
		Short: "Make a key that signs snapshots; print its public half for trusted_keys",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			pub, priv, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				return err
			}
			pem, err := wire.EncodePrivateKey(priv)
			if err != nil {
				return err
			}
			if err := createFile(out, pem); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.Out, "# the private key is in %s: keep it off the box\ntrusted_keys: [%s]\n", out,
				strings.TrimSpace(string(wire.EncodePublicKey(pub))))
			return err
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "snapshot.key", "file to write; one that is there is not overwritten")
	return c
}

func (t *tool) build() *cobra.Command {
	var boxKey, signKey, out string
	var version uint64
	c := &cobra.Command{
		Use:   "build <file>...",
		Short: "Build a signed snapshot from people files",
		Args:  between(1, -1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := t.read(args, boxKey, version)
			if err != nil {
				return undone(err)
			}
			b, err := os.ReadFile(signKey) //nolint:gosec // the person names the file
			if err != nil {
				return fmt.Errorf("signing key: %w: make one with `smartboxctl snapshot keygen`", err)
			}
			priv, err := wire.ParsePrivateKey(b)
			if err != nil {
				return fmt.Errorf("signing key: %s: %w", signKey, err)
			}
			file, err := wire.SignSnapshot(priv, s)
			if err != nil {
				return err
			}
			if err := replaceFile(out, file); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.Out, "%s: %s, signed by key %s\n", out, contents(s), wire.KeyIDOf(priv.Public().(ed25519.PublicKey)))
			return err
		},
	}
	c.Flags().StringVar(&boxKey, "box-key", "box.key", "file of the box's key")
	c.Flags().StringVar(&signKey, "sign-key", "snapshot.key", "file of the key that signs")
	c.Flags().StringVarP(&out, "out", "o", "box.snap", "file to write")
	c.Flags().Uint64Var(&version, "version", 0, "version of the snapshot, where the file says none; 0 = the time in milliseconds")
	return c
}

// read builds a snapshot of people files and says what is allowed but unwise. Without a box key the digests are
// good for nothing but the check.
func (t *tool) read(args []string, boxKey string, version uint64) (*smartbox.Snapshot, error) {
	var key smartbox.BoxKey
	if boxKey != "" {
		var err error
		if key, err = daemon.LoadBoxKey(boxKey); err != nil {
			return nil, fmt.Errorf("%w: copy it from the box, where smartboxd made it beside its records", err)
		}
	}
	now := time.Now()
	if version == 0 {
		version = uint64(now.UnixMilli())
	}
	var files []*snapfile.File
	for _, name := range args {
		f, err := readPeople(name)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	s, warnings, err := snapfile.Build(snapfile.Options{
		Key: &key, Zones: time.LoadLocation, Now: now, Revision: smartbox.Revision{Epoch: 1, Version: version},
	}, files...)
	for _, w := range warnings {
		_, _ = fmt.Fprintln(t.Err, "warning:", w)
	}
	return s, found(err)
}

func readPeople(name string) (*snapfile.File, error) {
	b, err := os.ReadFile(name) //nolint:gosec // the person names the file
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		f, err := snapfile.ParseCSV(name, b)
		return f, found(err)
	}
	if isSigned(b) {
		return nil, fmt.Errorf("%w: %s is a signed snapshot: check it with --trusted, or put it in force with "+
			"`smartboxctl snapshot apply`", ErrUsage, name)
	}
	f, err := snapfile.ParseYAML(name, b)
	return f, found(err)
}

func (t *tool) apply() *cobra.Command {
	return &cobra.Command{
		Use:   "apply <file>",
		Short: "Put a signed snapshot in force at the box",
		Args:  exactly(1),
		RunE: t.box(func(c *cobra.Command, box *adminapi.Client, args []string) error {
			file, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			a, err := box.Apply(c.Context(), file)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.Out, "in force: version %d of epoch %d, %d users, %d keys, %d slots\n",
				a.Version, a.Epoch, a.Users, a.Keys, a.Slots)
			return err
		}),
	}
}

func contents(s *smartbox.Snapshot) string {
	return fmt.Sprintf("box %s, version %d of epoch %d, %d users, %d keys, %d slots, %d grants",
		s.Box.ID, s.Revision.Version, s.Revision.Epoch, len(s.Users), len(s.Keys), len(s.Slots), len(s.Grants))
}

// createFile writes a secret where no file is yet.
func createFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the person names the file
	if err != nil {
		return fmt.Errorf("%w: name another with --out", err)
	}
	if _, err := f.Write(b); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// replaceFile writes by way of a temporary name, so that nobody ever reads half a file.
func replaceFile(path string, b []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil { //nolint:gosec // where the technician wants it
		return err
	}
	return os.Rename(tmp, path)
}
