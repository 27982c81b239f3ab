package daemon

import (
	"context"
	"fmt"
	"time"
)

// proveEvery is how often the daemon proves to itself that it works, where no watchdog asks for it more often.
const proveEvery = 5 * time.Second

// supervise looks again and again whether the decision loop turns and the journal answers, and only then
// feeds the service manager's watchdog. A loop that hangs starves it, and the daemon is started anew. A journal that
// is broken does not: the box has a policy for that, and a new start would not mend the disk.
func (d *Daemon) supervise(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-d.ready:
	}
	d.tell(notifyReady + "\n" + notifyStatus + d.summary())
	every := proveEvery
	if d.deps.Notify.Interval > 0 {
		every = min(every, d.deps.Notify.Interval)
	}
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := d.prove(); err != nil {
				d.log.Error().Err(err).Msg("the watchdog is not fed")
				continue
			}
			d.tell(notifyWatchdog + "\n" + notifyStatus + d.summary())
		}
	}
}

// summary is one line for whoever asks the service manager.
func (d *Daemon) summary() string {
	s := "box " + d.box.String()
	if v := d.View(); v != nil {
		s += fmt.Sprintf(", version %d in force", v.Revision().Version)
	} else {
		s += ", no snapshot yet"
	}
	if d.record.broken() != nil {
		s += ", RECORD BROKEN"
	}
	if n := d.health.count(); n > 0 {
		s += fmt.Sprintf(", %d parts down", n)
	}
	return s
}
