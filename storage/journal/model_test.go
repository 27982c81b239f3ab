package journal

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"smartbox"
)

// model is a journal as a slice.
type model struct {
	disk   *disk
	o      Options
	j      *Journal
	events []smartbox.Event
	acked  uint64
}

// TestJournalIsASlice drives a journal and a slice side by side through appends, acknowledgements, reads, orderly
// and disorderly restarts.
func TestJournalIsASlice(t *testing.T) {
	codec := newCodec(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{disk: newDisk(rapid.Uint64().Draw(rt, "seed"))}
		m.o = Options{
			Codec: codec, Boot: 1, SegmentBytes: smallSegs, FS: m.disk,
			RetainSegments: rapid.SampledFrom([]int{-1, 1, 3}).Draw(rt, "retain"),
		}
		m.open(rt)
		defer func() { _ = m.j.Close() }()
		rt.Repeat(map[string]func(*rapid.T){
			"append": m.append, "ack": m.ack, "read": m.read, "raw": m.raw, "reopen": m.reopen, "": m.check,
		})
	})
}

func (m *model) open(t *rapid.T) {
	j, err := Open("/j", m.o)
	if err != nil {
		t.Fatal(err)
	}
	m.j = j
}

func (m *model) append(t *rapid.T) {
	for range rapid.IntRange(1, 40).Draw(t, "events") {
		e := sample(len(m.events))
		if size := rapid.IntRange(0, 3*MaxPayload).Draw(t, "size"); size < MaxPayload-300 && size > 100 {
			e = long(e, size)
		}
		seq, err := m.j.Append(e)
		if err != nil {
			t.Fatal(err)
		}
		e.Seq, e.Boot = uint64(len(m.events)+1), m.o.Boot
		if seq != e.Seq {
			t.Fatalf("event %d got sequence number %d", e.Seq, seq)
		}
		m.events = append(m.events, e)
	}
}

func (m *model) ack(t *rapid.T) {
	upTo := rapid.Uint64Range(0, uint64(len(m.events)+2)).Draw(t, "upTo")
	err := m.j.Ack(upTo)
	if upTo > uint64(len(m.events)) {
		if !errors.Is(err, ErrAhead) {
			t.Fatalf("ack %d of %d: %v", upTo, len(m.events), err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.acked = max(m.acked, upTo)
}

func (m *model) read(t *rapid.T) {
	first := m.j.State().First
	from := rapid.Uint64Range(first, uint64(len(m.events)+2)).Draw(t, "from")
	got, errs := all(m.j, from)
	want := m.events[min(from-1, uint64(len(m.events))):]
	if len(errs) > 0 || !slices.Equal(got, want) {
		t.Fatalf("read from %d: %d events, want %d; %v", from, len(got), len(want), errs)
	}
}

func (m *model) raw(t *rapid.T) {
	first := m.j.State().First
	from := rapid.Uint64Range(first, uint64(len(m.events)+2)).Draw(t, "from")
	limit := rapid.IntRange(0, 50).Draw(t, "limit")
	raw, err := m.j.ReadRaw(from, limit)
	if err != nil || len(raw) != min(limit, len(m.events)-int(min(from-1, uint64(len(m.events))))) {
		t.Fatalf("%d raw events from %d of %d, limit %d: %v", len(raw), from, len(m.events), limit, err)
	}
	for i, r := range raw {
		if e, err := m.o.Codec.DecodeEvent(r.Payload); err != nil || e != m.events[r.Seq-1] || r.Seq != from+uint64(i) {
			t.Fatalf("raw event %d: %v", r.Seq, err)
		}
	}
}

// reopen is an orderly end or a power cut; either loses nothing.
func (m *model) reopen(t *rapid.T) {
	if rapid.Bool().Draw(t, "orderly") {
		if err := m.j.Close(); err != nil {
			t.Fatal(err)
		}
	} else {
		m.disk = m.disk.restart()
		m.o.FS = m.disk
	}
	m.o.Boot++
	m.open(t)
}

func (m *model) check(t *rapid.T) {
	s := m.j.State()
	if s.Next != uint64(len(m.events)+1) || s.Acked != m.acked || s.First > m.acked+1 || len(s.Damage) > 0 || s.Broken != nil {
		t.Fatalf("state %+v; the model has %d events, %d acknowledged", s, len(m.events), m.acked)
	}
}
