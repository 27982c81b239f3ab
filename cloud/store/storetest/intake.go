package storetest

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

// journal is a box's journal as it uploads it.
type journal struct {
	t       testing.TB
	epoch   uint64
	entries []wire.Entry
	head    smartbox.ChainHash
}

func newJournal(t testing.TB, epoch uint64) *journal {
	return &journal{t: t, epoch: epoch, head: smartbox.ChainStart(epoch)}
}

func (j *journal) add(e smartbox.Event) {
	j.t.Helper()
	e.Seq = uint64(len(j.entries)) + 1
	b, err := (wire.Codec{}).EncodeEvent(nil, e)
	if err != nil {
		j.t.Fatal(err)
	}
	j.head = j.head.Next(b)
	j.entries = append(j.entries, wire.Entry{Hash: j.head, Payload: b})
}

// batch is events from to to, both included.
func (j *journal) batch(from, to uint64) *wire.Events {
	return &wire.Events{Epoch: j.epoch, After: from - 1, First: from, Batch: j.entries[from-1 : to]}
}

func testEventsOnce(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van := h.Key(h.North, false)
	anna, _ := h.Member("Anna", smartbox.OnKey(van))
	slot := h.Snapshot(h.North).Slots[0].ID
	j := newJournal(t, 7)
	at := smartbox.StampOf(h.Now.Now())
	for n := range smartbox.Stamp(10) {
		j.add(smartbox.Event{Kind: smartbox.PickupTaken, User: anna.ID, Key: van, Slot: slot, At: at + 2*n, Due: 99})
		j.add(smartbox.Event{Kind: smartbox.DropoffReturned, User: anna.ID, Key: van, Slot: slot, At: at + 2*n + 1})
	}
	take := func(m *wire.Events, want uint64) {
		t.Helper()
		if got := Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, m)); got != want {
			t.Fatalf("acknowledged up to %d, not %d", got, want)
		}
	}
	take(j.batch(5, 8), 0) // too early: what goes before was not sent
	take(j.batch(1, 5), 5)
	if c := h.seat(van); c.Place != smartbox.WithUser || c.User != anna.ID || c.Due != 99 {
		t.Fatalf("the key is %+v", c)
	}
	take(j.batch(1, 5), 5) // again
	take(j.batch(3, 9), 9) // overlapping
	take(j.batch(2, 4), 9) // late
	take(j.batch(8, 20), 20)
	if c := h.seat(van); c.Place != smartbox.InSlot || c.Slot != slot {
		t.Fatalf("the key is %+v", c)
	}
	events := h.events(directory.EventFilter{})
	if len(events) != 20 {
		t.Fatalf("%d events, not 20", len(events))
	}
	for i, e := range events {
		if e.ID != int64(i)+1 || e.Event.Seq != uint64(i)+1 || e.Hash != j.entries[i].Hash {
			t.Fatalf("event %d is number %d, %d in the journal", i+1, e.ID, e.Event.Seq)
		}
		if diff := cmp.Diff(j.entries[i].Payload, e.Payload); diff != "" {
			t.Fatalf("event %d was changed:\n%s", i+1, diff)
		}
	}
	if n := len(h.alarms()); n != 0 {
		t.Fatalf("%d alarms of a whole journal: %v", n, h.alarms())
	}
	if m := Must[directory.Member](t)(h.Service.Members.Get(h.Ctx, h.Admin, anna.ID)); m.LastUsed != at || m.Version != anna.Version {
		t.Fatalf("last used at %v, not %v; version %d, not %d", m.LastUsed, at, m.Version, anna.Version)
	}
}

// testEventsAtOnce sends the same stretches from many goroutines: each event is there once.
func testEventsAtOnce(t *testing.T, open Open) {
	h := NewHouse(t, open)
	const n = 60
	journals := map[smartbox.BoxID]*journal{h.North: newJournal(t, 1), h.South: newJournal(t, 2)}
	var wg sync.WaitGroup
	for id, j := range journals {
		for range n {
			j.add(smartbox.Event{Kind: smartbox.AccessUnknown, Reason: smartbox.UnknownCode, At: 5})
		}
		for from := uint64(1); from <= 4; from++ {
			wg.Go(func() {
				for upto := uint64(0); upto < n; {
					m := j.batch(upto+1, min(upto+from*3, n))
					var err error
					if upto, err = h.Service.TakeEvents(h.Ctx, id, m); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	for id := range journals {
		events := h.events(directory.EventFilter{Box: id})
		if len(events) != n {
			t.Fatalf("%d events of %s, not %d", len(events), id, n)
		}
	}
	if n := len(h.alarms()); n != 0 {
		t.Fatalf("%d alarms of two whole journals", n)
	}
	// Numbers of an organization have no gap, so that who reads on from one misses none.
	for i, e := range h.events(directory.EventFilter{}) {
		if e.ID != int64(i)+1 {
			t.Fatalf("event %d has the number %d", i+1, e.ID)
		}
	}
}

func testEventsDamaged(t *testing.T, open Open) {
	h := NewHouse(t, open)
	kinds := func(want ...directory.AlarmKind) {
		t.Helper()
		var got []directory.AlarmKind
		for _, a := range h.alarms() {
			got = append(got, a.Kind)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("alarms (-want +got):\n%s", diff)
		}
	}
	j := newJournal(t, 7)
	for range 12 {
		j.add(smartbox.Event{Kind: smartbox.MainsLost, At: 5})
		h.Now.Add(1_000_000)
	}
	Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, j.batch(1, 3)))
	// The box lost 4 and 5 and says so: After is the last one that it could read.
	lost := j.batch(6, 7)
	lost.After = 3
	h.Now.Add(1_000_000)
	if upto := Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, lost)); upto != 7 {
		t.Fatalf("behind a gap: up to %d", upto)
	}
	kinds(directory.AlarmEventGap)
	// One event is edited on the way, and those after it are as they were.
	edited := j.batch(8, 9)
	edited.Batch = []wire.Entry{edited.Batch[0], edited.Batch[1]}
	edited.Batch[0].Payload = j.entries[0].Payload
	h.Now.Add(1_000_000)
	Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, edited))
	h.Now.Add(1_000_000)
	Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, j.batch(10, 12)))
	got := map[directory.AlarmKind]int{}
	for _, a := range h.alarms() {
		got[a.Kind]++
	}
	want := map[directory.AlarmKind]int{directory.AlarmEventGap: 1, directory.AlarmEventEdited: 1, directory.AlarmEventForm: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("alarms (-want +got):\n%s", diff)
	}
	// The journal begins anew: taken in, and noticed.
	fresh := newJournal(t, 8)
	fresh.add(smartbox.Event{Kind: smartbox.Started, At: 6})
	if upto := Must[uint64](t)(h.Service.TakeEvents(h.Ctx, h.North, fresh.batch(1, 1))); upto != 1 {
		t.Fatalf("a new journal: up to %d", upto)
	}
	if last := h.alarms()[3]; last.Kind != directory.AlarmForeignEvents {
		t.Fatalf("a new journal raised %s", last.Kind)
	}
}

func (h *House) seat(key smartbox.KeyID) directory.Custody {
	h.T.Helper()
	list := Must[[]directory.Custody](h.T)(h.Service.Custody(h.Ctx, h.Admin, directory.CustodyFilter{Key: key}))
	if len(list) != 1 {
		h.T.Fatalf("%d seats for a key", len(list))
	}
	return list[0]
}

func (h *House) events(f directory.EventFilter) []directory.StoredEvent {
	h.T.Helper()
	f.Limit = directory.MaxPage
	return Must[[]directory.StoredEvent](h.T)(h.Service.Events(h.Ctx, h.Admin, f))
}

func (h *House) alarms() []directory.Alarm {
	h.T.Helper()
	return Must[directory.Page[directory.Alarm]](h.T)(h.Service.Alarms.List(h.Ctx, h.Admin, directory.List{})).Things
}

// Journal gives a box's journal, n exchanges of a key at a time.
func Journal(t testing.TB, epoch uint64) func(n int, key smartbox.KeyID) *wire.Events {
	j := newJournal(t, epoch)
	return func(n int, key smartbox.KeyID) *wire.Events {
		from := uint64(len(j.entries)) + 1
		for range n {
			j.add(smartbox.Event{Kind: smartbox.PickupAuthorised, Key: key, At: smartbox.Stamp(from)}) //nolint:gosec // small
		}
		return j.batch(from, from+uint64(n)-1) //nolint:gosec // small
	}
}
