package trust

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strconv"

	"smartbox/sync/enrol"
)

// Handler serves enrol.PathEnrol and enrol.PathRenew. It wants a listener with WebTLS, for renewal looks at the client's
// certificate. faults is told of what went wrong on the cloud's side; no secret is in it.
func (e *Enrolment) Handler(faults func(error)) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+enrol.PathEnrol, func(w http.ResponseWriter, r *http.Request) {
		e.serve(w, r, faults, func(req enrol.Request) (*enrol.Response, error) {
			code, err := enrol.ParseCode(req.Claim)
			if err != nil {
				return nil, ErrClaim
			}
			return e.Enrol(r.Context(), []byte(req.CSR), code)
		})
	})
	mux.HandleFunc("POST "+enrol.PathRenew, func(w http.ResponseWriter, r *http.Request) {
		e.serve(w, r, faults, func(req enrol.Request) (*enrol.Response, error) {
			if len(r.TLS.VerifiedChains) == 0 {
				return nil, ErrRevoked
			}
			return e.Renew(r.Context(), r.TLS.PeerCertificates[0], []byte(req.CSR))
		})
	})
	return mux
}

func (e *Enrolment) serve(w http.ResponseWriter, r *http.Request, faults func(error), do func(enrol.Request) (*enrol.Response, error)) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if r.TLS == nil { // a claim and a box key are secrets
		refuse(w, http.StatusForbidden, enrol.RefusedRequest, errPlain)
		return
	}
	from, _ := netip.ParseAddrPort(r.RemoteAddr) // the zero address has a budget too
	if d := e.limit.wait(from.Addr()); d > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(d.Seconds())))
		refuse(w, http.StatusTooManyRequests, enrol.RefusedBusy, ErrBusy)
		return
	}
	var req enrol.Request
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, enrol.MaxBody))
	if err == nil {
		err = json.Unmarshal(body, &req)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, enrol.RefusedRequest, ErrRequest)
		return
	}
	res, err := do(req)
	switch {
	case err == nil:
		b, err := json.Marshal(res)
		if err == nil {
			_, _ = w.Write(b) // the box is gone; it asks again
		}
	case errors.Is(err, ErrClaim):
		refuse(w, http.StatusForbidden, enrol.RefusedClaim, err)
	case errors.Is(err, ErrRevoked):
		refuse(w, http.StatusForbidden, enrol.RefusedRevoked, err)
	case errors.Is(err, ErrEarly):
		refuse(w, http.StatusConflict, enrol.RefusedEarly, err)
	case errors.Is(err, ErrRequest):
		refuse(w, http.StatusBadRequest, enrol.RefusedRequest, err)
	default:
		faults(err)
		refuse(w, http.StatusInternalServerError, enrol.RefusedFault, errFault)
	}
}

var errPlain = errors.New("enrolment goes by HTTPS only")

var errFault = errors.New("the cloud could not do it just now: try again, with a new claim code if this one is refused then")

func refuse(w http.ResponseWriter, status int, code string, why error) {
	b, err := json.Marshal(enrol.Refusal{Code: code, Detail: why.Error()})
	if err != nil {
		b = []byte("{}")
	}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
