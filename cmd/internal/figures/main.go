// Command figures runs the benchmarks that the targets of the box are about, prints a table and writes it as JSON.
// Peers stand in a module of their own, so that the product's go.mod stays clean; see storage/index/benchmarks.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("figures", flag.ContinueOnError)
	out := fs.String("out", "build/figures/box.json", "where the figures go")
	if err := fs.Parse(args); err != nil {
		return err
	}
	list, err := box(ctx, stderr)
	if err != nil {
		return err
	}
	if err := write(*out, list); err != nil {
		return err
	}
	if err := table(stdout, list); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "written to %s\n", *out)
	return err
}
