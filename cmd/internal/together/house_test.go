package together

import (
	"context"
	"path/filepath"
	"testing"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/storage/cache"
	"smartbox/sync/wire"
)

// house is a box and its cloud, with a cable between them.
type house struct {
	t     testing.TB
	cloud *cloudEnd
	box   *boxEnd
	cable *proxy
	api   *rest
}

// newHouse starts both and waits until the box has its people.
func newHouse(t testing.TB) *house {
	t.Helper()
	h := furnished(t)
	h.box.start()
	inForce(t, h.cloud, h.box)
	return h
}

// furnished starts the cloud and enrols the box, and leaves the box to be started.
func furnished(t testing.TB) *house {
	t.Helper()
	h := &house{t: t}
	h.cable = newProxy(t, func() string { return h.cloud.cfg.MQTT })
	h.cloud = newCloud(t, "ssl://"+h.cable.addr())
	h.cloud.start()
	h.api = h.cloud.api()
	h.box = newBox(t)
	h.box.enrol(h.cloud)
	return h
}

// booked waits until the cloud has every event of the box.
func (h *house) booked() {
	h.t.Helper()
	until(h.t, "the cloud to have every event", func() bool {
		upto, err := h.cloud.c.Directory().EventsUpto(h.t.Context(), h.cloud.demo.Box, h.journal())
		if err != nil {
			h.t.Fatal(err)
		}
		return upto == h.box.d.Last()
	})
}

// journal is the epoch of the box's journal: that of the first event that the cloud ever had of it.
func (h *house) journal() uint64 {
	h.t.Helper()
	list, err := h.cloud.c.Directory().Events(h.t.Context(), directory.SystemActor(h.cloud.demo.Org), directory.EventFilter{Limit: 1})
	if err != nil {
		h.t.Fatal(err)
	}
	if len(list) == 0 {
		return 0
	}
	return list[0].Epoch
}

// settle stops the box and holds its books beside the cloud's: every event is there exactly once and byte for byte,
// both ends have the same state, and no lock moved without a cause on record.
func (h *house) settle() {
	h.t.Helper()
	inForce(h.t, h.cloud, h.box)
	h.box.end()
	epoch, own := h.box.history()
	dir := h.cloud.c.Directory()
	// What the box wrote as it stopped it says at the next start.
	upto, err := dir.EventsUpto(h.t.Context(), h.cloud.demo.Box, epoch)
	if err != nil {
		h.t.Fatal(err)
	}
	theirs := map[uint64][]directory.StoredEvent{}
	for after := int64(0); ; {
		part, err := dir.Events(h.t.Context(), directory.SystemActor(h.cloud.demo.Org), directory.EventFilter{After: after, Limit: directory.MaxPage})
		if err != nil {
			h.t.Fatal(err)
		}
		if len(part) == 0 {
			break
		}
		for _, e := range part {
			if e.Epoch == epoch {
				theirs[e.Event.Seq] = append(theirs[e.Event.Seq], e)
			}
			after = e.ID
		}
	}
	causes := 0
	for _, e := range own {
		ev, err := wire.Codec{}.DecodeEvent(e.Payload)
		if err != nil {
			h.t.Fatal(err)
		}
		if ev.Kind.Authorises() {
			causes++
		}
		switch got := theirs[e.Seq]; {
		case e.Seq > upto && len(got) == 0:
		case len(got) != 1:
			h.t.Errorf("event %d (%s) is in the cloud %d times", e.Seq, ev.Kind, len(got))
		case string(got[0].Payload) != string(e.Payload) || [32]byte(got[0].Hash) != [32]byte(e.Hash):
			h.t.Errorf("event %d (%s) is another in the cloud", e.Seq, ev.Kind)
		}
	}
	if len(theirs) > len(own) {
		h.t.Errorf("the cloud has %d events, the box wrote %d", len(theirs), len(own))
	}
	if h.box.pulses > causes {
		h.t.Errorf("locks moved %d times, with %d causes on record", h.box.pulses, causes)
	}
	h.sameState()
}

// sameState compares what the box has on its disk with what the cloud wants it to have.
func (h *house) sameState() {
	h.t.Helper()
	key, err := daemon.LoadBoxKey(filepath.Join(h.box.dir, "box.key"))
	if err != nil {
		h.t.Fatal(err)
	}
	c, err := cache.Open(filepath.Join(h.box.dir, "store"), cache.Options{Codec: wire.Codec{}, Key: key, Box: h.cloud.demo.Box})
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // only read
	own, err := c.Snapshot()
	if err != nil {
		h.t.Fatal(err)
	}
	sum, err := wire.StateDigest(own)
	if err != nil {
		h.t.Fatal(err)
	}
	at, want, err := h.cloud.c.Directory().StateDigest(context.Background(), h.cloud.demo.Box)
	if err != nil {
		h.t.Fatal(err)
	}
	if own.Revision != at || sum != want {
		h.t.Errorf("the box has %v with digest %x, the cloud %v with %x", own.Revision, sum, at, want)
	}
}

func (h *house) alarms() (kinds []directory.AlarmKind) {
	h.t.Helper()
	p, err := h.cloud.c.Directory().Alarms.List(h.t.Context(), directory.SystemActor(h.cloud.demo.Org), directory.List{Limit: directory.MaxPage})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, a := range p.Things {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func (h *house) member(id string) smartbox.UserID { return smartbox.MustID[smartbox.User](id) }
