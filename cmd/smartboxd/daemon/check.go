package daemon

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"smartbox"
	"smartbox/storage/bolt"
	"smartbox/storage/cache"
	"smartbox/storage/journal"
	"smartbox/sync/wire"
)

// Check looks at everything that a start needs, changes nothing of what is on record, says each finding with its
// mend on out, and reports whether all is well.
func Check(path string, out io.Writer) bool {
	well := true
	say := func(what string, err error, format string, a ...any) {
		if err != nil {
			well = false
			_, _ = fmt.Fprintf(out, "BAD   %-8s %s\n", what, oneLine(err.Error()))
			return
		}
		_, _ = fmt.Fprintf(out, "ok    %-8s %s\n", what, fmt.Sprintf(format, a...))
	}
	cfg, err := LoadConfig(path)
	say("config", err, "%s: box %s", path, cfg.Box)
	if err != nil {
		return false
	}
	if len(cfg.TrustedKeys) == 0 {
		say("config", errors.New("trusted_keys: none, so no snapshot can be brought: make one with `smartboxctl snapshot keygen`"), "")
	}
	if p, err := LoadProfile(cfg.Profile); err != nil {
		say("profile", err, "")
	} else {
		say("profile", nil, "%s: %s", p.Name, p.Title)
	}
	fresh := checkData(cfg, say)
	key, err := LoadBoxKey(cfg.KeyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fresh:
		say("key", nil, "%s is made at the first start", cfg.KeyFile)
	case err != nil:
		say("key", err, "")
	default:
		say("key", nil, "%s is there", cfg.KeyFile)
	}
	if fresh {
		say("journal", nil, "empty: the box has not run yet")
		say("store", nil, "empty: bring a snapshot with `smartboxctl snapshot apply` after the start")
		return well
	}
	checkJournal(cfg, say)
	checkStore(cfg, key, say)
	return well
}

type sayFunc func(what string, err error, format string, a ...any)

// checkData looks whether the data directory can be written, and reports whether it has no records yet.
func checkData(cfg Config, say sayFunc) (fresh bool) {
	_, err := os.Stat(cfg.Data)
	if errors.Is(err, fs.ErrNotExist) {
		say("data", nil, "%s is made at the first start", cfg.Data)
		return true
	}
	f, err := os.CreateTemp(cfg.Data, ".check-*")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		err = fmt.Errorf("%w: give it to the daemon's user, or remount the disk for writing", err)
	}
	say("data", err, "%s can be written", cfg.Data)
	_, err = os.Stat(filepath.Join(cfg.Data, JournalDir))
	return errors.Is(err, fs.ErrNotExist)
}

func checkJournal(cfg Config, say sayFunc) {
	rep, err := journal.Verify(filepath.Join(cfg.Data, JournalDir), wire.Codec{})
	for _, p := range rep.Damage {
		say("journal", p, "")
	}
	if err != nil || rep.OK() {
		say("journal", err, "whole: %d events, %d to %d", rep.Events, rep.First, rep.Last)
	}
}

func checkStore(cfg Config, key smartbox.BoxKey, say sayFunc) {
	box, _ := smartbox.ParseID[smartbox.Box](cfg.Box) // LoadConfig has looked at it
	c, err := cache.Open(filepath.Join(cfg.Data, storeDir), cache.Options{Codec: wire.Codec{}, Key: key, Box: box})
	if errors.Is(err, bolt.ErrLocked) {
		say("store", nil, "in use by the daemon: ask it with `smartboxctl status`")
		return
	}
	if err != nil {
		say("store", err, "")
		return
	}
	for _, f := range c.Opened().Quarantined {
		say("store", fmt.Errorf("damaged and set aside: %s: bring the newest snapshot, and check the disk", f), "")
	}
	if v := c.View(); v == nil {
		err = errors.New("empty: bring a snapshot with `smartboxctl snapshot apply`")
		say("store", err, "")
	} else {
		say("store", nil, "version %d of epoch %d, issued %s", v.Revision().Version, v.Revision().Epoch, v.IssuedAt())
	}
	if err := c.Close(); err != nil {
		say("store", err, "")
	}
}
