package index_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"
	"time"

	"smartbox"
	"smartbox/storage/index"
	"smartbox/storage/index/indextest"
)

// small is the image of a random snapshot, the same at every call.
func small(t testing.TB) []byte {
	t.Helper()
	s := indextest.Town(6)
	s.Keys, s.Slots, s.Grants = s.Keys[:0], s.Slots[:0], keep(s.Grants)
	return build(t, s).Flat()
}

// keep leaves the grants that need no key.
func keep(grants []smartbox.Grant) (kept []smartbox.Grant) {
	for _, g := range grants {
		if g.Target.Kind != smartbox.TargetKey {
			kept = append(kept, g)
		}
	}
	return kept
}

func TestEveryBitFlipIsNoticed(t *testing.T) {
	flat := small(t)
	for bit := range 8 * len(flat) {
		flat[bit/8] ^= 1 << (bit % 8)
		_, err := index.Load(flat, indextest.Key(), time.LoadLocation)
		if !errors.Is(err, index.ErrFlat) && !errors.Is(err, index.ErrNewer) {
			t.Fatalf("bit %d of byte %d: error %v", bit%8, bit/8, err)
		}
		flat[bit/8] ^= 1 << (bit % 8)
	}
	t.Logf("%d bits", 8*len(flat))
}

func TestCutAndGrownImages(t *testing.T) {
	flat := small(t)
	for n := range flat {
		if _, err := index.Load(flat[:n], indextest.Key(), time.LoadLocation); !errors.Is(err, index.ErrFlat) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	if _, err := index.Load(append(bytes.Clone(flat), 0), indextest.Key(), time.LoadLocation); !errors.Is(err, index.ErrFlat) {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := index.Load(flat, smartbox.BoxKey{7}, time.LoadLocation); !errors.Is(err, index.ErrKey) {
		t.Errorf("another key: %v", err)
	}
	newer := bytes.Clone(flat)
	newer[8]++
	if _, err := index.Load(newer, indextest.Key(), time.LoadLocation); !errors.Is(err, index.ErrNewer) {
		t.Errorf("a newer version: %v", err)
	}
	lost := errors.New("no zones here")
	if _, err := index.Load(flat, indextest.Key(), func(string) (*time.Location, error) { return nil, lost }); !errors.Is(err, lost) {
		t.Errorf("zones lost: %v", err)
	}
}

// reseal gives the sections of an image checksums that match, as a hand would that knows the format.
func reseal(b []byte) {
	const sections, head, table = 11, 32, 32 + 11*16
	if len(b) < table+8 {
		return
	}
	sum := func(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }
	at := uint64(table + 8)
	for i := range sections {
		n := binary.LittleEndian.Uint64(b[head+16*i:])
		if n > uint64(len(b))-at {
			return
		}
		binary.LittleEndian.PutUint32(b[head+16*i+8:], sum(b[at:at+n]))
		at += n
	}
	binary.LittleEndian.PutUint32(b[table:], sum(b[:table]))
}

// FuzzLoad feeds images with good checksums and bad content: what loads must answer everything without a panic.
func FuzzLoad(f *testing.F) {
	f.Add(small(f), uint16(0), uint64(0))
	f.Add([]byte("SBXINDEX"), uint16(3), uint64(1))
	good := small(f)
	f.Fuzz(func(t *testing.T, b []byte, at uint16, word uint64) {
		poke(b)
		b = bytes.Clone(good) // and the good one with eight bytes changed anywhere
		i := int(at) % (len(b) - 8)
		binary.LittleEndian.PutUint64(b[i:], binary.LittleEndian.Uint64(b[i:])^word)
		poke(b)
	})
}

func poke(b []byte) {
	b = bytes.Clone(b)
	if len(b) >= 32 {
		key := indextest.Key()
		check := key.Digest("smartbox index key check")
		copy(b[16:], check[:])
	}
	reseal(b)
	x, err := index.Load(b, indextest.Key(), time.LoadLocation)
	if err != nil {
		return
	}
	_ = answers(x)
	for i := range 6 {
		from, to := x.Grants(indextest.UserID(i))
		for g := from; g < to; g++ {
			_ = x.Grant(g)
		}
		c, _ := x.Identify(indextest.Code(i).Canonical())
		u, _ := x.User(c.User)
		_ = len(u.Name) + len(u.Language)
	}
	_ = x.Snapshot()
}
