package journal

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"smartbox"
)

// BenchmarkAppendVersusRaw appends an event and, in turn, writes a sector to a preallocated file of the
// same file system with each way of making it durable. It reports medians and the ratio to the plain O_DSYNC write.
func BenchmarkAppendVersusRaw(b *testing.B) {
	dir := b.TempDir()
	o := testOptions(b, nil)
	o.SegmentBytes = 0
	j := mustOpen(b, filepath.Join(dir, "journal"), o)
	raw := map[string]*rawFile{
		"dsync":        newRaw(b, dir, "dsync", unix.O_DSYNC),
		"direct-dsync": newRaw(b, dir, "direct", unix.O_DSYNC|unix.O_DIRECT),
		"fdatasync":    newRaw(b, dir, "fdatasync", 0),
	}
	took := map[string][]time.Duration{}
	n := 0
	for b.Loop() {
		start := time.Now()
		if _, err := j.Append(sample(n)); err != nil {
			b.Fatal(err)
		}
		took["journal"] = append(took["journal"], time.Since(start))
		for name, f := range raw {
			took[name] = append(took[name], f.write(b, n))
		}
		n++
	}
	p50 := map[string]float64{}
	for name, t := range took {
		slices.Sort(t)
		p50[name] = float64(t[len(t)/2].Nanoseconds())
		b.ReportMetric(p50[name], name+"-p50-ns")
	}
	p99 := func(name string) float64 { return float64(took[name][len(took[name])*99/100].Nanoseconds()) }
	b.ReportMetric(p99("journal"), "journal-p99-ns")
	b.ReportMetric(p99("dsync"), "dsync-p99-ns")
	b.ReportMetric(p99("journal")/p99("dsync"), "ratio-to-dsync-p99")
	b.ReportMetric(float64(took["journal"][len(took["journal"])-1].Nanoseconds())/p50["dsync"], "slowest-to-dsync-p50")
	b.ReportMetric(p50["journal"]/p50["dsync"], "ratio-to-dsync-p50")
	b.ReportMetric(p50["journal"]/p50["direct-dsync"], "ratio-to-direct-dsync-p50")
}

const rawSectors = 2048

type rawFile struct {
	f    *os.File
	page []byte
	sync bool
}

func newRaw(b *testing.B, dir, name string, flags int) *rawFile {
	b.Helper()
	path := filepath.Join(dir, name)
	if err := OS().Create("", path, rawSectors*sector); err != nil {
		b.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|flags, 0)
	if err != nil {
		b.Fatal(err)
	}
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		b.Fatal(err)
	}
	for i := range page {
		page[i] = byte(i)
	}
	b.Cleanup(func() {
		_ = unix.Munmap(page)
		_ = f.Close()
	})
	return &rawFile{f, page[:sector], flags == 0}
}

func (r *rawFile) write(b *testing.B, n int) time.Duration {
	start := time.Now()
	if _, err := r.f.WriteAt(r.page, int64(n%rawSectors)*sector); err != nil {
		b.Fatal(err)
	}
	if r.sync {
		if err := unix.Fdatasync(int(r.f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// counting counts the flushes and bytes that a journal asks for.
type counting struct {
	FS
	flushes, bytes atomic.Int64 // the spare is made beside the appends
}

type countingFile struct {
	File
	c *counting
}

func (c *counting) Open(op, name string) (File, error) {
	f, err := c.FS.Open(op, name)
	return countingFile{f, c}, err
}

func (c *counting) Create(op, name string, size int64) error {
	c.flushes.Add(1)
	c.bytes.Add(size)
	return c.FS.Create(op, name, size)
}

func (c *counting) SyncDir(op, dir string) error {
	c.flushes.Add(1)
	return c.FS.SyncDir(op, dir)
}

func (f countingFile) WriteSync(op string, p []byte, off int64) error {
	f.c.flushes.Add(1)
	f.c.bytes.Add(int64(len(p)))
	return f.File.WriteSync(op, p, off)
}

// BenchmarkNewSegment times the appends that begin a segment, and those right behind them, which once zeroed the next
// one, beside a plain O_DSYNC write. It reports medians.
func BenchmarkNewSegment(b *testing.B) {
	dir := b.TempDir()
	o := testOptions(b, nil)
	o.SegmentBytes = 0
	j := mustOpen(b, filepath.Join(dir, "journal"), o)
	raw := newRaw(b, dir, "dsync", unix.O_DSYNC)
	took := map[string][]time.Duration{}
	last, n := j.index, 0
	for b.Loop() { // one segment
		for begun := false; ; n++ {
			start := time.Now()
			if _, err := j.Append(sample(n)); err != nil {
				b.Fatal(err)
			}
			t := time.Since(start)
			if begun {
				took["next"] = append(took["next"], t)
				break
			}
			if begun = j.index != last; begun {
				took["first"] = append(took["first"], t)
				last = j.index
			}
		}
		took["dsync"] = append(took["dsync"], raw.write(b, n))
	}
	p50 := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/2].Nanoseconds())
	}
	for name := range took {
		b.ReportMetric(p50(name), name+"-p50-ns")
	}
	b.ReportMetric(p50("next")/p50("dsync"), "next-to-dsync-p50")
}

// BenchmarkAppendCost counts flushes and bytes an event, new segments included.
func BenchmarkAppendCost(b *testing.B) {
	c := &counting{FS: OS()}
	o := testOptions(b, c)
	o.SegmentBytes = 0
	j := mustOpen(b, b.TempDir(), o)
	c.flushes.Store(0)
	c.bytes.Store(0)
	n := 0
	for b.Loop() {
		if _, err := j.Append(sample(n)); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(c.flushes.Load())/float64(n), "flushes/event")
	b.ReportMetric(float64(c.bytes.Load())/float64(n), "file-bytes/event")
}

// careless is the operating system's file system without flushes, to build a large journal quickly.
type careless struct{ FS }

type carelessFile struct{ f *os.File }

func (c careless) Open(_, name string) (File, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	return carelessFile{f}, err
}

func (c careless) Create(_, name string, size int64) error {
	return os.WriteFile(name, make([]byte, size), 0o600)
}
func (careless) SyncDir(_, _ string) error { return nil }

func (f carelessFile) WriteSync(_ string, p []byte, off int64) error {
	_, err := f.f.WriteAt(p, off)
	return err
}
func (f carelessFile) Sync(string) error { return nil }
func (f carelessFile) Close() error      { return f.f.Close() }

// BenchmarkRestart opens three journals in turn, and reports the medians and their ratios: an empty one, one of a
// million events that the cloud has, and one of a million that it has not, as after months without a line. Both end
// where the last segment is full, which is the worst case.
func BenchmarkRestart(b *testing.B) {
	const events = 1_000_000
	dir := b.TempDir()
	full, sent, empty := filepath.Join(dir, "full"), filepath.Join(dir, "sent"), filepath.Join(dir, "empty")
	o := testOptions(b, careless{OS()})
	o.SegmentBytes = 0
	for name, n := range map[string]int{full: events, sent: events, empty: 0} {
		j, err := Open(name, o)
		if err != nil {
			b.Fatal(err)
		}
		for i := 0; i < n || (n > 0 && j.active.tail+sector <= int64(len(j.active.buf))); i++ {
			seq, err := j.Append(sample(i))
			if err == nil && name == sent && seq%1000 == 0 {
				err = j.Ack(seq)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
	syscall.Sync()
	o.FS = nil
	took := map[string][]time.Duration{}
	for b.Loop() {
		for _, name := range []string{empty, sent, full} {
			o.Boot++
			start := time.Now()
			j, err := Open(name, o)
			if err != nil {
				b.Fatal(err)
			}
			took[name] = append(took[name], time.Since(start))
			if err := j.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	p50 := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/2].Nanoseconds())
	}
	b.ReportMetric(p50(full), "million-p50-ns")
	b.ReportMetric(p50(empty), "empty-p50-ns")
	b.ReportMetric(p50(sent), "million-sent-p50-ns")
	b.ReportMetric(p50(sent)/p50(empty), "sent-ratio-to-empty-p50")
	b.ReportMetric(p50(full)/p50(empty), "ratio-to-empty-p50")
}

// BenchmarkRead reads a sealed history.
func BenchmarkRead(b *testing.B) {
	o := testOptions(b, careless{OS()})
	o.SegmentBytes = 0
	j := mustOpen(b, b.TempDir(), o)
	const events = 20_000
	for i := range events {
		if _, err := j.Append(sample(i)); err != nil {
			b.Fatal(err)
		}
	}
	var last smartbox.Event
	for b.Loop() {
		for e, err := range j.Read(1) {
			if err != nil {
				b.Fatal(err)
			}
			last = e
		}
	}
	if last.Seq != events {
		b.Fatalf("read up to %d", last.Seq)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/event")
}
