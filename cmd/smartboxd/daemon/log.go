package daemon

import (
	"io"
	"time"

	"github.com/rs/zerolog"
)

// newLog makes the daemon's logger. What people do at the box never goes through it beside its kind and its
// sequence number: no name, no id of a person, no code, no badge.
func newLog(c Log, w io.Writer) zerolog.Logger {
	level, err := zerolog.ParseLevel(c.Level)
	if err != nil || level == zerolog.NoLevel {
		level = zerolog.InfoLevel
	}
	if c.Format == "console" {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}
