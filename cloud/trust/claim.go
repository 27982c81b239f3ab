package trust

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/enrol"
)

// ClaimLife is how long a claim code lets a box enrol unless somebody says otherwise.
const ClaimLife = 72 * time.Hour

const maxClaimLife = 30 * 24 * time.Hour

// ErrClaimLife says that a claim code cannot hold that long.
var ErrClaimLife = fmt.Errorf("a claim code holds from a minute to %d days", maxClaimLife/(24*time.Hour))

// Claims is what claim codes need of the directory.
type Claims interface {
	MakeClaim(ctx context.Context, a directory.Actor, box smartbox.BoxID, digest []byte, expires smartbox.Stamp) error
}

// NewClaim makes a claim code for a box, in place of the one before, and gives it as the link that box and person need.
// It is shown once: the directory has its digest alone. life 0 is ClaimLife.
func (e *Enrolment) NewClaim(ctx context.Context, books Claims, a directory.Actor, box smartbox.BoxID, life time.Duration) (enrol.Link, time.Time, error) {
	if life == 0 {
		life = ClaimLife
	}
	if life < time.Minute || life > maxClaimLife {
		return enrol.Link{}, time.Time{}, ErrClaimLife
	}
	l := enrol.Link{Cloud: e.o.Cloud, Code: enrol.NewCode(), Root: e.o.Authority.Fingerprint()}
	until := e.o.Authority.now().Add(life)
	if err := books.MakeClaim(ctx, a, box, l.Code.Digest(), smartbox.StampOf(until)); err != nil {
		return enrol.Link{}, time.Time{}, err
	}
	return l, until, nil
}

// Errors of enrolment and renewal.
var (
	// ErrClaim says that a claim code is wrong, used or late; which of them is not said.
	ErrClaim = errors.New("the claim code is wrong, was used, or is too old: make a new one on the box's page")
	// ErrRequest says that a certificate request is not one, or does not prove that the box has the key.
	ErrRequest = errors.New("the certificate request cannot be used")
	// ErrEarly says that two thirds of a certificate's life are not over yet.
	ErrEarly = errors.New("the certificate is still young")
	// ErrBusy says that there were too many attempts.
	ErrBusy = errors.New("too many attempts: wait a little")
)
