package daemon

import (
	"context"

	"smartbox"
	"smartbox/sync/agent"
	"smartbox/sync/wire"
)

// CarryOut has the daemon carry an order of the cloud out.
func CarryOut(ctx context.Context, d *Daemon, o agent.Order) (wire.Outcome, smartbox.Reason) {
	return cloudOrders{d}.Carry(ctx, o)
}
