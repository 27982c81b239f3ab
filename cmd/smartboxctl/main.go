// Command smartboxctl is the technician's tool: it asks a box how it fares and why it decided as it did, brings it
// snapshots, and runs scenario files.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"smartbox/cmd/smartboxctl/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
