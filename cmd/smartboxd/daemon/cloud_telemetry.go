package daemon

import (
	"runtime/metrics"
	"time"

	"smartbox"
	"smartbox/sync/wire"
)

// telemetry is how the box fares, for the cloud.
func (u *uplink) telemetry() wire.Telemetry {
	now, st := u.d.clock.Now(), u.d.stateSoon()
	mains := st.Power == smartbox.PowerMains
	t := wire.Telemetry{
		At: now.Stamp(), Clock: now.Trust, Uptime: uint64(max(0, now.Uptime) / time.Second), Mains: &mains, Tampered: st.Tampered,
		BusErrors: u.d.health.failures(), DiskFree: diskFree(u.d.cfg.Data), Memory: memory(),
		Certificate: smartbox.StampOf(u.identity().Leaf.NotAfter),
	}
	for _, s := range st.Slots {
		x := wire.SlotState{Slot: s.Slot}
		if s.Open {
			x.Flags |= wire.SlotDoorOpen
		}
		if s.KeyThere || !s.KeyKnown && s.Key != 0 {
			x.Flags |= wire.SlotKeyThere
		}
		if s.LockDown || s.SensorDown || s.Retired {
			x.Flags |= wire.SlotOutOfOrder
		}
		if s.Phase == "stuck" {
			x.Flags |= wire.SlotJammed
		}
		t.Slots = append(t.Slots, x)
	}
	return t
}

// memory is what the program has from the system, in bytes.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}
