package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"smartbox"
	"smartbox/storage/cache"
	"smartbox/storage/index/indextest"
)

func (b *bench) options() cache.Options {
	return cache.Options{Codec: newCodec(), Key: indextest.Key()}
}

// start opens a cache and decides once; it is closed outside of the time that counts.
func (b *bench) start(dir, from string) float64 {
	begin := time.Now()
	c, err := cache.Open(dir, b.options())
	check(err)
	_ = decide(c.View(), smartbox.NewBook(), indextest.Code(1).Canonical(), b.town.Keys[0].ID)
	ms := float64(time.Since(begin).Microseconds()) / 1000
	if c.Opened().From != from {
		panic("opened from " + c.Opened().From)
	}
	check(c.Close())
	return ms
}

// coldStart compares the ways to the first decision after a start.
func (b *bench) coldStart() {
	dir := filepath.Join(b.dir, "cold")
	c, err := cache.Open(dir, b.options())
	check(err)
	check(c.Replace(b.town))
	check(c.Close())
	flat := 1e18
	for range 5 {
		flat = min(flat, b.start(dir, "flat-b"))
	}
	bolt := 1e18
	for range 2 {
		check(os.Remove(filepath.Join(dir, "flat-b")))
		_ = os.Remove(filepath.Join(dir, "flat-a"))
		bolt = min(bolt, b.start(dir, "bolt"))
		entries, err := filepath.Glob(filepath.Join(dir, "flat-*"))
		check(err)
		if len(entries) == 1 && filepath.Base(entries[0]) != "flat-b" {
			check(os.Rename(entries[0], filepath.Join(dir, "flat-b")))
		}
	}
	text, err := json.Marshal(b.town)
	check(err)
	path := filepath.Join(b.dir, "town.json")
	check(os.WriteFile(path, text, 0o600))
	viaJSON := took(2, func() {
		raw, err := os.ReadFile(path) //nolint:gosec // ours
		check(err)
		var s smartbox.Snapshot
		check(json.Unmarshal(raw, &s))
		_ = decide(b.index(&s), smartbox.NewBook(), indextest.Code(1).Canonical(), b.town.Keys[0].ID)
	})
	b.note("box-8", "cold start from the flat copy to the first decision", flat, "ms")
	b.note("box-8", "from the records in bbolt", bolt, "ms")
	b.note("box-8", "from JSON", viaJSON, "ms")
	b.atMost("box-8", "flat over bbolt", flat/bolt, "ratio", 1.0/3)
	b.atMost("box-8", "flat over JSON", flat/viaJSON, "ratio", 1.0/50)
}

// apply compares a full apply with a load of the same records in random order, and decisions during it with idle ones.
func (b *bench) apply() {
	c, err := cache.Open(filepath.Join(b.dir, "apply"), b.options())
	check(err)
	full := took(1, func() { check(c.Replace(b.town)) })
	random := took(1, b.randomLoad)
	b.note("box-9", "full apply, validation, index and flat copy included", full, "ms")
	b.note("box-9", "bbolt, random order, 1,000 a transaction", random, "ms")
	b.atMost("box-9", "full apply over random load", full/random, "ratio", 0.1)
	b.underLoad(c)
	check(c.Close())
}

func (b *bench) randomLoad() {
	codec := newCodec()
	type record struct{ bucket, key, value []byte }
	var all []record
	add := func(bucket string, key []byte, v any) {
		value, err := codec.Marshal(v)
		check(err)
		all = append(all, record{[]byte(bucket), key, value})
	}
	for _, u := range b.town.Users {
		add("u", be(uint64(u.ID)), u)
	}
	for _, c := range b.town.Credentials {
		add("c", c.Digest[:], c)
	}
	for _, g := range b.town.Grants {
		add("g", be(uint64(g.ID)), g)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	db, err := bbolt.Open(filepath.Join(b.dir, "random.db"), 0o600, nil)
	check(err)
	for chunk := range slices.Chunk(all, 1000) {
		check(db.Update(func(tx *bbolt.Tx) error {
			for _, r := range chunk {
				k, err := tx.CreateBucketIfNotExists(r.bucket)
				check(err)
				check(k.Put(r.key, r.value))
			}
			return nil
		}))
	}
	check(db.Close())
}

// underLoad compares the 99th percentile of decisions while a whole snapshot comes in, and the collector runs, with
// that of an idle box.
func (b *bench) underLoad(c *cache.Cache) {
	texts, book := b.texts(), smartbox.NewBook()
	keys := c.View().Keys()
	sample := func(until func(n int) bool) float64 {
		times := make([]float64, 0, 1<<22)
		for i := 0; !until(i); i++ {
			start := time.Now()
			_ = decide(c.View(), book, texts[i&(1<<16-1)], keys[i%len(keys)])
			times = append(times, float64(time.Since(start).Nanoseconds()))
		}
		slices.Sort(times)
		return times[len(times)*99/100]
	}
	runtime.GC()
	idle := sample(func(n int) bool { return n == 1_000_000 })
	next := *b.town
	next.Revision.Version++
	done := make(chan struct{})
	go func() {
		defer close(done)
		check(c.Replace(&next))
		runtime.GC()
	}()
	busy := sample(func(n int) bool {
		select {
		case <-done:
			return n > 1000
		default:
			return n == 1<<22
		}
	})
	<-done
	b.note("box-3", "p99 of a decision, idle", idle, "ns")
	b.note("box-3", "p99 of a decision during a full apply and GC", busy, "ns")
	b.atMost("box-3", "p99 busy over idle", busy/idle, "ratio", 3)
}
