// Command smartbox-sim is a whole box without hardware: the daemon and the drivers of a real one, over models of its
// chips, with the cabinet's front in the browser.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // so that it runs where no time zones are installed

	"smartbox/cmd/internal/demo"
	"smartbox/cmd/smartbox-sim/simulator"
)

var version = "dev" // set by the linker

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := simulator.Main(ctx, os.Args[1:], os.Stdout, os.Stderr, simulator.Deps{People: demo.Text(), Version: version})
	stop()
	os.Exit(code)
}
