package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Run serves the box until ctx ends, then stops in good order: the last event is on record, the locks are secured,
// everything is closed. It returns nil where ctx ended it. It may be called once.
func (d *Daemon) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, d.Close()) }()
	g, ctx := errgroup.WithContext(ctx)
	d.serve(ctx, g, d.socket, d.admin())
	if d.web != nil {
		m := http.NewServeMux()
		m.Handle("GET /metrics", d.meter.Handler())
		d.serve(ctx, g, d.web, m)
	}
	g.Go(func() error {
		return d.clock.Run(ctx, func() {
			now := d.clock.Now()
			d.log.Warn().Time("now", now.Wall).Stringer("trust", now.Trust).Msg("the wall clock was set")
			if r := d.runner.Load(); r != nil && r.ClockSet(ctx) != nil {
				return // it is stopping
			}
		})
	})
	g.Go(func() error { return d.supervise(ctx) })
	g.Go(func() error { return d.turns(ctx) })
	g.Go(func() error { return d.awaitRestart(ctx) })
	if d.uplink != nil {
		g.Go(func() error { return d.uplink.run(ctx) })
	}
	err = g.Wait()
	d.tell(notifyStopping)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// turns runs the decision loop. It begins anew where the journal could be opened only after the start, for then the
// book of what has happened has to be read from it.
func (d *Daemon) turns(ctx context.Context) error {
	for {
		again, err := d.oneTurn(ctx)
		if err != nil || !again {
			return err
		}
		d.log.Info().Msg("the journal works now: its book is taken over")
	}
}

// serve answers HTTP at l until ctx ends. Streams that follow the events end with d.closing.
func (d *Daemon) serve(ctx context.Context, g *errgroup.Group, l net.Listener, h http.Handler) {
	s := &http.Server{
		Handler: h, ConnContext: rememberPeer, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10,
	}
	g.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("%s: %w", l.Addr(), err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		d.close()
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if s.Shutdown(bounded) != nil {
			return s.Close()
		}
		return nil
	})
}

// tell tells the service manager. It not listening is no reason to stop.
func (d *Daemon) tell(state string) {
	if err := d.deps.Notify.Tell(state); err != nil {
		d.log.Warn().Err(err).Msg("service manager")
	}
}
