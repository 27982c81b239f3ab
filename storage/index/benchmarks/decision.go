package main

import (
	"runtime"
	"testing"
	"time"

	"smartbox"
	"smartbox/storage/index"
	"smartbox/storage/index/indextest"
)

// gcCycle is the least time of a collection, in milliseconds.
func gcCycle() float64 {
	runtime.GC()
	return took(30, runtime.GC)
}

// memory measures what an index weighs, and what it costs the collector; nothing else is alive.
func (b *bench) memory(empty float64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := b.index(indextest.Town(b.users))
	runtime.GC()
	runtime.ReadMemStats(&after)
	full := gcCycle()
	b.note("box-4", "GC cycle of an empty process", empty, "ms")
	b.atMost("box-4", "GC cycle with the index over an empty process", full/empty, "ratio", 1.25)
	b.atMost("box-5", "bytes a user in memory (heap)", float64(after.HeapAlloc-before.HeapAlloc)/float64(b.users), "B", 100)
	b.atMost("box-5", "bytes a user (image)", float64(len(x.Flat()))/float64(b.users), "B", 100)
	runtime.KeepAlive(x)
}

func (b *bench) index(s *smartbox.Snapshot) *index.Index {
	x, err := index.Build(s, indextest.Key(), time.LoadLocation)
	check(err)
	return x
}

// decide is one full decision: digest, credential, user, grants, windows.
func decide(x smartbox.View, book *smartbox.Book, text string, key smartbox.KeyID) smartbox.Decision {
	c, ok := x.Identify(text)
	if !ok {
		panic("a user of the town is not known")
	}
	return smartbox.Decide(x, book, smartbox.Question{
		Action: smartbox.Pickup, User: c.User, Key: key, Factors: smartbox.ByCode, Record: true,
		Moment: smartbox.Moment{Wall: indextest.Noon.Time(), Trust: smartbox.ClockSynced},
	})
}

// texts are access codes of the town in no order, enough to leave the caches.
func (b *bench) texts() []string {
	t := make([]string, 1<<16)
	for i := range t {
		t[i] = indextest.Code(i * 7919 % b.users).Canonical()
	}
	return t
}

// sink keeps results alive.
type sink struct{ n uint64 }

func (b *bench) decision() {
	x, book, texts := b.index(b.town), smartbox.NewBook(), b.texts()
	keys, key := x.Keys(), indextest.Key()
	cells := make([]uint32, len(x.Flat())/4)
	for i := range cells {
		cells[i] = uint32(uint64(i) * 2654435761 % uint64(len(cells))) //nolint:gosec // small
	}
	var s sink
	// in turns, so that both see the same machine
	floor, full := 1e18, 1e18
	at := uint32(0)
	for range 6 {
		floor = min(floor, perOp(func(i int) {
			d := key.Digest(texts[i&(1<<16-1)])
			at = cells[(uint64(at)+uint64(d[0])<<16+uint64(d[1])<<8+uint64(d[2]))%uint64(len(cells))]
			at = cells[at]
			s.n += uint64(at)
		}))
		full = min(full, perOp(func(i int) {
			s.n += uint64(decide(x, book, texts[i&(1<<16-1)], keys[i%len(keys)]).Reason)
		}))
	}
	allocs := testing.AllocsPerRun(10_000, func() { s.n += uint64(decide(x, book, texts[s.n&(1<<16-1)], keys[0]).Reason) })
	b.note("box-1", "one digest and two dependent cache misses", floor, "ns")
	b.note("box-1", "full decision", full, "ns")
	b.atMost("box-1", "full decision over digest and two dependent misses", full/floor, "ratio", 2)
	b.atMost("box-1", "allocations a decision", allocs, "allocs", 0)
}
