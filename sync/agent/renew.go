package agent

import (
	"context"
	"errors"
	jitter "math/rand/v2"
	"time"
)

// errRenewed ends a connection that was made with the certificate before.
var errRenewed = errors.New("the certificate is new")

// renew fetches a new certificate when two thirds of the life of the present one are over, and tries again every hour.
func (a *Agent) renew(ctx context.Context) {
	for ctx.Err() == nil {
		from, until := a.o.Credentials.Life()
		if until.IsZero() {
			return
		}
		// The wall clock may be set at any time, so look at it again and again rather than wait once for months.
		if due := from.Add(until.Sub(from) * 2 / 3); a.o.Clock.Moment().Wall.Before(due) {
			sleep(ctx, renewRetry)
			continue
		}
		limited, cancel := context.WithTimeout(ctx, time.Minute)
		err := a.o.Credentials.Renew(limited)
		cancel()
		switch _, now := a.o.Credentials.Life(); {
		case ctx.Err() != nil:
			return
		case err != nil:
			a.note(RenewFailed, err)
		case !now.After(until):
			a.note(RenewFailed, errors.New("the new certificate ends no later than the one before"))
		default:
			a.note(Renewed, nil)
			select {
			case a.renewed <- struct{}{}:
			default:
			}
		}
		sleep(ctx, renewRetry+jitter.N(renewRetry/4)) //nolint:gosec // spreads boxes, hides nothing
	}
}
