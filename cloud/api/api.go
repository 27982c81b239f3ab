package api

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/trust"
	"smartbox/sync/enrol"
)

// Deps are what the API needs. Directory is required; without another one, the routes that need it answer 503.
type Deps struct {
	Directory *directory.Service
	// Live wakes event streams: give its Happened to directory.Options.Happened. nil = streams look every few seconds.
	Live *Live
	// Enrolment lets boxes in.
	Enrolment Enrolment
	// SignSnapshot makes the file that a box without a network takes from a stick: wire.SignSnapshot under the cloud's
	// key for states.
	SignSnapshot func(*smartbox.Snapshot) ([]byte, error)
	// Order makes what is enqueued for a box: fleet.NewCommand.
	Order OrderFunc
	// Limits on requests; a zero field has its default.
	Limits Limits
	// ClientIP tells where a request comes from, for a cloud behind a proxy that it trusts; nil = the connection's end.
	ClientIP func(*http.Request) netip.Addr
	// Log gets one line a request: route, status, time and the token's id, never a body, a query or a name.
	Log zerolog.Logger
	// Now is the clock of limits and streams; nil = time.Now.
	Now func() time.Time
	// Version of the program, for the document; "" = "dev".
	Version string
}

// Enrolment is the cloud's end of enrolment, as this package needs it; *trust.Enrolment is one.
type Enrolment interface {
	NewClaim(ctx context.Context, books trust.Claims, a directory.Actor, box smartbox.BoxID, life time.Duration) (enrol.Link, time.Time, error)
	Enrol(ctx context.Context, csr []byte, claim enrol.Code) (*enrol.Response, error)
	Renew(ctx context.Context, shown *x509.Certificate, csr []byte) (*enrol.Response, error)
}

// Limits bound what one caller may ask for.
type Limits struct {
	Rate      float64       // requests a second with one token; 0 = 20
	Burst     int           // at once; 0 = 100
	Enrol     time.Duration // between enrolments from one address; 0 = 10 s
	EnrolOnce int           // enrolments from one address at once; 0 = 10
	Guesses   int           // wrong tokens from one address in a minute; 0 = 30
	Body      int64         // bytes of a body; 0 = 256 KiB
	Timeout   time.Duration // for one request, streams aside; 0 = 30 s
	Streams   int           // streams at once with one token; 0 = 10
}

func (l *Limits) fill() {
	def(&l.Rate, 20)
	def(&l.Burst, 100)
	def(&l.Enrol, 10*time.Second)
	def(&l.EnrolOnce, 10)
	def(&l.Guesses, 30)
	def(&l.Body, 256<<10)
	def(&l.Timeout, 30*time.Second)
	def(&l.Streams, 10)
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// server is the API's state between requests.
type server struct {
	Deps
	dir   *directory.Service
	api   huma.API
	calls *limiter // by token
	tries *limiter // of enrolment, by address
	guess *limiter // by address
	held  *slots   // streams by token
}

// New makes the API's handler. It serves /v1, /members as the product's documents have it, and /openapi.json and .yaml.
// It starts no goroutine of its own; to end, close Deps.Live and shut the http.Server down.
func New(d Deps) http.Handler {
	_, h := build(d)
	return h
}

// build gives the API along, for its document.
func build(d Deps) (huma.API, http.Handler) {
	d.Limits.fill()
	def(&d.Version, "dev")
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.ClientIP == nil {
		d.ClientIP = remoteIP
	}
	if d.Live == nil {
		d.Live = new(Live)
	}
	s := &server{
		Deps:  d,
		dir:   d.Directory,
		calls: newLimiter(rate.Limit(d.Limits.Rate), d.Limits.Burst),
		tries: newLimiter(rate.Every(d.Limits.Enrol), d.Limits.EnrolOnce),
		guess: newLimiter(rate.Every(time.Minute/time.Duration(d.Limits.Guesses)), d.Limits.Guesses),
		held:  newSlots(d.Limits.Streams),
	}
	mux := http.NewServeMux()
	s.api = humago.New(mux, s.config())
	s.api.UseMiddleware(s.admit, s.readable, s.bound, s.once)
	s.routes()
	s.documents(mux)
	for _, ours := range []string{"ErrorModel", "ErrorDetail"} { // a Problem stands in for them
		delete(s.api.OpenAPI().Components.Schemas.Map(), ours)
	}
	return s.api, s.outer(mux)
}

func (s *server) routes() {
	s.organization()
	s.members()
	s.credentials()
	s.places()
	s.boxes()
	s.keys()
	s.permissions()
	s.events()
	s.live()
	s.commands()
	s.enrolment()
	s.tokens()
	s.records()
}
