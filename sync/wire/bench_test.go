package wire_test

import (
	"testing"

	"smartbox/storage/index/indextest"
	"smartbox/sync/wire"
)

// BenchmarkStateDigest is what a box pays for a hello or an applied, with 100,000 people.
func BenchmarkStateDigest(b *testing.B) {
	s := indextest.Town(100_000)
	items := len(s.Users) + len(s.Credentials) + len(s.Grants)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.StateDigest(s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*items), "ns/item")
}

// BenchmarkOpen is what a signature costs, for a delta of one person and a chunk of a snapshot.
func BenchmarkOpen(b *testing.B) {
	for name, m := range map[string]wire.Message{
		"delta": samples(b)["msg-delta"],
		"chunk": &wire.Chunk{Revision: snapshot().Revision, Count: 1, Data: make([]byte, wire.MaxChunk)},
	} {
		b.Run(name, func(b *testing.B) {
			msg := sealed(b, m)
			b.SetBytes(int64(len(msg)))
			for b.Loop() {
				if err := ring().Open(box, msg, wire.NewMessage(m.Kind())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
