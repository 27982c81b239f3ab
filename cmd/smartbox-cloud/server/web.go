package server

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"smartbox"
	"smartbox/cloud/api"
	"smartbox/cloud/fleet"
	"smartbox/cloud/trust"
	"smartbox/sync/wire"
)

// Patience with whoever is at the other end of a connection.
const (
	headerLimit = 10 * time.Second
	idleLimit   = 2 * time.Minute
	endLimit    = 5 * time.Second // for requests under way when the cloud stops
)

// openAPI puts the handlers together.
func (c *Cloud) openAPI(context.Context) error {
	c.enrolment = trust.NewEnrolment(trust.EnrolmentOptions{
		Authority: c.authority, Signers: c.signers, Books: c.books.directory, Cloud: c.url, Broker: c.brokerURL,
	})
	c.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	counted := newWebMetrics(c.registry)
	mux := http.NewServeMux()
	mux.Handle("/box/", c.enrolment.Handler(func(err error) { c.log.Error().Err(err).Msg("enrolment failed") }))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", c.ready)
	mux.Handle("/", api.New(api.Deps{
		Directory: c.books.directory, Live: c.live, Enrolment: c.enrolment, Order: fleet.NewCommand, Limits: c.deps.Limits,
		SignSnapshot: func(s *smartbox.Snapshot) ([]byte, error) { return wire.SignSnapshot(c.signers.StateKey(), s) },
		Log:          c.log.With().Str("part", "api").Logger(), Now: c.deps.Now, Version: c.deps.Version,
	}))
	c.handler = counted.count(mux)
	return nil
}

// ready answers whether the database does.
func (c *Cloud) ready(w http.ResponseWriter, r *http.Request) {
	if _, err := c.books.directory.Organizations(r.Context()); err != nil {
		c.log.Error().Err(err).Msg("not ready")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveWeb serves the listeners until ctx ends.
func (c *Cloud) serveWeb(ctx context.Context, g *errgroup.Group) {
	context.AfterFunc(ctx, c.live.Close) // streams end before the listeners do
	serve(ctx, g, tls.NewListener(c.secure, c.certs.WebTLS()), c.handler)
	if c.plain != nil {
		serve(ctx, g, c.plain, c.handler)
	}
	if c.metrics != nil {
		m := http.NewServeMux()
		m.Handle("GET /metrics", promhttp.HandlerFor(c.registry, promhttp.HandlerOpts{}))
		serve(ctx, g, c.metrics, m)
	}
}

// serve answers at l until ctx ends, and gives requests under way a moment to end. Streams end with ctx.
func serve(ctx context.Context, g *errgroup.Group, l net.Listener, h http.Handler) {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerLimit, IdleTimeout: idleLimit, MaxHeaderBytes: 32 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	g.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), endLimit)
		defer cancel()
		if s.Shutdown(bounded) != nil {
			return s.Close()
		}
		return nil
	})
}
