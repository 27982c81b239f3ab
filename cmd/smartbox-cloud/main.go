// Command smartbox-cloud administers people, keys and permissions, and keeps boxes up to date: API, certificate
// authority, broker and database in one program.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the machine may have none

	"smartbox/cmd/smartbox-cloud/server"
)

var version = "dev" // set by the linker

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := server.Main(ctx, os.Args[1:], os.Stdout, os.Stderr, server.Deps{Version: version})
	stop()
	os.Exit(code)
}
