package fleet

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/rs/zerolog"

	"smartbox/cloud/directory"
	"smartbox/cloud/trust"
)

// natsLog passes on what the embedded broker says. Its notices are many and of little use: they go to debug.
type natsLog struct {
	log zerolog.Logger
}

func (l natsLog) say(level zerolog.Level, format string, v []any) {
	if e := l.log.WithLevel(level); e.Enabled() {
		e.Str("part", "broker").Msg(fmt.Sprintf(format, v...))
	}
}

func (l natsLog) Noticef(format string, v ...any) { l.say(zerolog.DebugLevel, format, v) }
func (l natsLog) Warnf(format string, v ...any)   { l.say(zerolog.WarnLevel, format, v) }
func (l natsLog) Fatalf(format string, v ...any)  { l.say(zerolog.ErrorLevel, format, v) }
func (l natsLog) Errorf(format string, v ...any)  { l.say(zerolog.ErrorLevel, format, v) }
func (l natsLog) Debugf(format string, v ...any)  { l.say(zerolog.DebugLevel, format, v) }
func (l natsLog) Tracef(format string, v ...any)  { l.say(zerolog.TraceLevel, format, v) }

func parsePeer(scheme, rest, secret string) (*url.URL, error) {
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil || u.Host == "" {
		return nil, errors.New("cluster: a peer's address: write it as nats://host:port")
	}
	u.User = url.UserPassword("cluster", secret)
	return u, nil
}

// isRevoked tells a box that may not connect from a directory that does not answer.
func isRevoked(err error) bool {
	return errors.Is(err, trust.ErrRevoked) || errors.Is(err, directory.ErrNotFound)
}
