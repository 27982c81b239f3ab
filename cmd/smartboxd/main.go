// Command smartboxd is the daemon of a box: it decides at the panel who may take which key, moves the locks, and
// keeps the record.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the image of a box may have none

	"smartbox/board"
	"smartbox/board/host"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/cmd/smartboxd/metrics"
	"smartbox/device"
)

var version = "dev" // set by the linker

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := daemon.Main(ctx, os.Args[1:], os.Stdout, os.Stderr, daemon.Deps{
		Open:    func(p *board.Profile) (*device.Set, error) { return host.Open(p, host.Options{}) },
		Log:     os.Stderr,
		Notify:  daemon.NotifierFrom(os.Getenv),
		Meter:   metrics.New,
		Version: version,
	})
	stop()
	os.Exit(code)
}
