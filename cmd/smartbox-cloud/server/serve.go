package server

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func (t *tool) serve() *cobra.Command {
	return t.verb("serve", "Serve people and boxes until SIGTERM",
		`Serve people and boxes until SIGTERM. The first start makes keys, database and broker in the data directory, and an
administrator's token, which is shown this once.`,
		func(ctx context.Context, cfg Config) error {
			c, err := New(ctx, cfg, t.deps)
			if err != nil {
				return err
			}
			if err := firstStart(ctx, c.Directory(), t.out); err != nil {
				_ = c.Close()
				return err
			}
			c.tell()
			return c.Run(ctx)
		})
}

// tell says where everything is.
func (c *Cloud) tell() {
	_, _ = fmt.Fprintf(c.deps.Out, "API        %s/v1 (its document: %s/openapi.json)\n", c.URL(), c.URL())
	if c.plain != nil {
		_, _ = fmt.Fprintf(c.deps.Out, "           %s/v1, without TLS\n", c.Plain())
	}
	_, _ = fmt.Fprintf(c.deps.Out, "broker     %s\nroot       %s (fingerprint %s)\n",
		c.Broker(), rootPath(c.cfg), c.authority.Fingerprint())
	if c.metrics != nil {
		_, _ = fmt.Fprintf(c.deps.Out, "metrics    http://%s/metrics\n", c.metrics.Addr())
	}
}

func (t *tool) migrate() *cobra.Command {
	return t.verb("migrate", "Bring the database's tables to this release",
		`Bring the database's tables to this release. serve does so by itself; with several replicas, do it once before.`,
		func(ctx context.Context, cfg Config) error {
			done, err := migrate(ctx, cfg)
			if err != nil {
				return err
			}
			word := "nothing to do: the tables are of this release"
			if done {
				word = "migrated"
			}
			_, err = fmt.Fprintln(t.out, word)
			return err
		})
}
