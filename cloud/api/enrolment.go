package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/trust"
	"smartbox/sync/enrol"
)

// ClaimIn asks for a claim code.
type ClaimIn struct {
	HoldsSeconds int64 `json:"holds_seconds,omitempty" minimum:"60" maximum:"2592000" doc:"How long it lets a box enrol; three days if it is not there."`
}

// Claim lets a box enrol, once.
type Claim struct {
	Link    string `json:"link" doc:"For smartboxctl enrol. It holds the code: it is shown here and never again."`
	Code    string `json:"code" doc:"To be typed by hand." example:"XXXX-XXXX-XXXX-XXXX"`
	QR      string `json:"qr_svg" doc:"The link as a QR code, an SVG picture."`
	Expires Time   `json:"expires_at"`
}

type claimIn struct {
	ThingPath
	Body *ClaimIn
}

// EnrolIn asks for a certificate.
type EnrolIn struct {
	CSR   string `json:"csr" minLength:"1" maxLength:"16384" doc:"PEM, PKCS #10, with a key on P-256."`
	Claim string `json:"claim" minLength:"1" maxLength:"40" doc:"The claim code."`
}

// RenewIn asks for a new certificate.
type RenewIn struct {
	CSR string `json:"csr" minLength:"1" maxLength:"16384" doc:"PEM, PKCS #10, with the key of the certificate that the connection shows."`
}

// Enrolled is what makes a box part of its cloud.
type Enrolled struct {
	Box         smartbox.BoxID `json:"box"`
	Certificate string         `json:"certificate" doc:"PEM."`
	Roots       string         `json:"roots" doc:"PEM: who signs the certificates of cloud and broker."`
	Broker      string         `json:"broker" example:"ssl://cloud.example:8883"`
	Renew       string         `json:"renew" example:"https://cloud.example:8443"`
	State       string         `json:"state" doc:"The keys that sign states and acknowledgements."`
	Orders      string         `json:"orders" doc:"The keys that sign orders."`
	BoxKey      string         `json:"box_key,omitempty" doc:"A secret of 64 hexadecimal digits; only in answer to a claim."`
}

type enrolledOut struct {
	Body Enrolled
}

func (s *server) enrolment() {
	handle(s, route{
		method: http.MethodPost, path: "/v1/boxes/{id}/claims", id: "claim-box", summary: "Make a claim code for a box", tag: "Boxes",
		scope: BoxesWrite, status: http.StatusCreated, text: "In place of the one before. Somebody at the box needs it to enrol the box.",
	}, s.claim)
	handle(s, route{
		method: http.MethodPost, path: "/v1/enrol", id: "enrol", summary: "Enrol a box with a claim code", tag: "Enrolment",
		text: "Open to all who have a claim code, few times a minute.",
	}, func(ctx context.Context, _ directory.Actor, in *struct{ Body EnrolIn }) (*enrolledOut, error) {
		if p := s.mayEnrol(ctx); p != nil {
			return nil, p
		}
		code, err := enrol.ParseCode(in.Body.Claim)
		if err != nil {
			return nil, refusedBox(trust.ErrClaim)
		}
		r, err := s.Enrolment.Enrol(ctx, []byte(in.Body.CSR), code)
		return enrolled(r, err)
	})
	handle(s, route{
		method: http.MethodPost, path: "/v1/renew", id: "renew", summary: "Renew a box's certificate", tag: "Enrolment",
		text: "Over a connection that shows the certificate of before, once two thirds of its life are over.",
	}, func(ctx context.Context, _ directory.Actor, in *struct{ Body RenewIn }) (*enrolledOut, error) {
		if p := s.mayEnrol(ctx); p != nil {
			return nil, p
		}
		r := requestOf(ctx).http
		if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
			return nil, refusedBox(trust.ErrRevoked)
		}
		res, err := s.Enrolment.Renew(ctx, r.TLS.PeerCertificates[0], []byte(in.Body.CSR))
		return enrolled(res, err)
	})
}

func (s *server) claim(ctx context.Context, a directory.Actor, in *claimIn) (*struct{ Body Claim }, error) {
	if s.Enrolment == nil {
		return nil, unavailable("enrolment")
	}
	id, err := s.box(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	var life time.Duration
	if in.Body != nil {
		life = fromSeconds(in.Body.HoldsSeconds)
	}
	link, until, err := s.Enrolment.NewClaim(ctx, s.dir, a, id, life)
	if err != nil {
		return nil, err
	}
	qr, err := trust.NewQR(link)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Claim }{Claim{
		Link: link.Text(), Code: link.Code.Text(), QR: string(qr.SVG()), Expires: Time(smartbox.StampOf(until)),
	}}, nil
}

// mayEnrol counts the attempts of an address, whatever comes of them.
func (s *server) mayEnrol(ctx context.Context) *Problem {
	if s.Enrolment == nil {
		return unavailable("enrolment")
	}
	if wait := s.tries.take(addressOf(s.ClientIP(requestOf(ctx).http)), s.Now()); wait > 0 {
		p := newProblem(http.StatusTooManyRequests, sortTooMany, "too many attempts from this address; wait as Retry-After says").after(wait)
		p.Code = enrol.RefusedBusy
		return p
	}
	return nil
}

func enrolled(r *enrol.Response, err error) (*enrolledOut, error) {
	if err != nil {
		return nil, refusedBox(err)
	}
	return &enrolledOut{Enrolled(*r)}, nil
}

// refusedBox says why, in the words of the box's protocol.
func refusedBox(err error) error {
	for _, k := range []struct {
		is     error
		status int
		code   string
	}{
		{trust.ErrClaim, http.StatusForbidden, enrol.RefusedClaim},
		{trust.ErrRevoked, http.StatusForbidden, enrol.RefusedRevoked},
		{trust.ErrEarly, http.StatusConflict, enrol.RefusedEarly},
		{trust.ErrRequest, http.StatusBadRequest, enrol.RefusedRequest},
	} {
		if errors.Is(err, k.is) {
			p := newProblem(k.status, sortRefused, err.Error())
			p.Code = k.code
			return p
		}
	}
	return err
}
