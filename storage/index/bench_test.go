package index_test

import (
	"sync"
	"testing"
	"time"

	"smartbox"
	"smartbox/storage/index"
	"smartbox/storage/index/indextest"
)

// large is an index of 100,000 users with 200,000 credentials.
var large = sync.OnceValue(func() *index.Index {
	x, err := index.Build(indextest.Town(100_000), indextest.Key(), time.LoadLocation)
	if err != nil {
		panic(err)
	}
	return x
})

// BenchmarkDecision is a full decision: digest, credential, user, grants and windows.
func BenchmarkDecision(b *testing.B) {
	x, book := large(), smartbox.NewBook()
	texts := make([]string, 4096)
	for i := range texts {
		texts[i] = indextest.Code(i * 7919 % 100_000).Canonical()
	}
	keys := x.Keys()
	q := smartbox.Question{
		Action: smartbox.Pickup, Factors: smartbox.ByCode, Record: true,
		Moment: smartbox.Moment{Wall: indextest.Noon.Time(), Trust: smartbox.ClockSynced},
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c, ok := x.Identify(texts[i%len(texts)])
		if !ok {
			b.Fatal("unknown")
		}
		q.User, q.Key = c.User, keys[i%len(keys)]
		_ = smartbox.Decide(x, book, q)
	}
}

// BenchmarkFloor is what no index can save: one digest, and two reads of which the second waits for the first.
func BenchmarkFloor(b *testing.B) {
	key := indextest.Key()
	cells := make([]uint32, 100<<20/4/8) // as large as the index, far larger than the caches of a board
	for i := range cells {
		cells[i] = uint32(i) * 2654435761 % uint32(len(cells))
	}
	text := indextest.Code(7).Canonical()
	at := uint32(0)
	for b.Loop() {
		d := key.Digest(text)
		at = cells[(at+uint32(d[0]))%uint32(len(cells))]
		at = cells[at]
	}
}

func BenchmarkLoad(b *testing.B) {
	flat := large().Flat()
	for b.Loop() {
		if _, err := index.Load(flat, indextest.Key(), time.LoadLocation); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	s := indextest.Town(100_000)
	for b.Loop() {
		if _, err := index.Build(s, indextest.Key(), time.LoadLocation); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDecisionDoesNotAllocate holds every method of the view to it.
func TestDecisionDoesNotAllocate(t *testing.T) {
	x, book := build(t, indextest.Town(500)), smartbox.NewBook()
	texts := []string{indextest.Code(3).Canonical(), indextest.Badge(4).Canonical(), "code:0"}
	keys := x.Keys()
	i := 0
	n := testing.AllocsPerRun(1000, func() {
		i++
		c, _ := x.Identify(texts[i%len(texts)])
		_ = smartbox.Decide(x, book, smartbox.Question{
			Action: smartbox.Pickup, User: c.User, Key: keys[i%len(keys)], Record: true,
			Moment: smartbox.Moment{Wall: indextest.Noon.Time(), Trust: smartbox.ClockSynced},
		})
	})
	if n != 0 {
		t.Errorf("%v allocations a decision", n)
	}
}
