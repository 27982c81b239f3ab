package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/storage/index"
	"smartbox/storage/index/indextest"
)

// gcCycles are the times of some collections, in milliseconds.
func gcCycles() []float64 {
	runtime.GC()
	times := make([]float64, 10)
	for i := range times {
		times[i] = took(1, runtime.GC)
	}
	return times
}

// memory measures what an index weighs, and what it costs the collector, with nothing else alive: rounds with an index
// and without one take turns, for the machine changes more from minute to minute than the two differ.
func (b *bench) memory() {
	const rounds = 12
	image := filepath.Join(b.dir, "gc.image")
	check(os.WriteFile(image, b.index(indextest.Town(b.users)).Flat(), 0o600))
	var empty, full []float64
	var heap uint64
	size := 0
	for range rounds {
		var before, after runtime.MemStats
		empty = append(empty, gcCycles()...)
		runtime.ReadMemStats(&before)
		flat, err := os.ReadFile(image) //nolint:gosec // ours
		check(err)
		x, err := index.Load(flat, indextest.Key(), time.LoadLocation)
		check(err)
		full = append(full, gcCycles()...)
		runtime.ReadMemStats(&after)
		heap, size = after.HeapAlloc-before.HeapAlloc, len(x.Flat())
		runtime.KeepAlive(x)
	}
	median := func(times []float64) float64 {
		slices.Sort(times)
		return times[len(times)/2]
	}
	b.note("box-4", "GC cycle of an empty process, median", median(empty), "ms")
	b.atMost("box-4", "GC cycle with the index over an empty process, medians", median(full)/median(empty), "ratio", 1.25)
	b.atMost("box-5", "bytes a user in memory (heap)", float64(heap)/float64(b.users), "B", 100)
	b.atMost("box-5", "bytes a user (image)", float64(size)/float64(b.users), "B", 100)
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
