package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

var errPowerCut = errors.New("power cut")

// disk is a file system in memory that forgets what was not flushed when its power is cut, and fails
// where it is told to.
type disk struct {
	mu      sync.Mutex
	rng     *rand.Rand
	names   map[string]*inode // as a running system sees them
	durable map[string]*inode // as a start after a power cut sees them, before pending
	pending []func(map[string]*inode)
	locked  map[string]bool

	ops     int // changes and flushes made so far
	cutAt   int // the power fails in this one; 0 = never
	dead    bool
	seen    map[string]int // calls by label
	faults  map[string]*fault
	flushes map[string]int
}

type inode struct {
	data    []byte // cached: what a running system reads
	durable []byte // on the platter
}

// fault breaks the calls of one label.
type fault struct {
	err   error
	after int // calls that still work
	count int // calls that fail; 0 = all
	write int // sectors of a failing write that reach the platter; -1 = all
	cache int // sectors of a failing write that reach the cache; -1 = all
}

func newDisk(seed uint64) *disk {
	return &disk{
		rng: rand.New(rand.NewPCG(seed, 1)), names: map[string]*inode{}, durable: map[string]*inode{}, locked: map[string]bool{},
		seen: map[string]int{}, faults: map[string]*fault{}, flushes: map[string]int{},
	}
}

// step counts an operation; it says whether it fails, and whether that is by a power cut.
func (d *disk) step(op string, changes bool) (f *fault, cut bool, err error) {
	if d.dead {
		return nil, false, errPowerCut
	}
	d.seen[op]++
	if changes {
		d.ops++
		if d.ops == d.cutAt {
			d.dead = true
			return nil, true, errPowerCut
		}
	}
	f = d.faults[op]
	if f == nil {
		return nil, false, nil
	}
	if f.after > 0 {
		f.after--
		return nil, false, nil
	}
	if f.count > 0 {
		if f.count--; f.count == 0 {
			delete(d.faults, op)
		}
	}
	return f, false, f.err
}

// fail breaks an operation from now on; heal mends all of them. A spare may be in the making meanwhile.
func (d *disk) fail(op string, f *fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults[op] = f
}

func (d *disk) heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.faults)
}

func (d *disk) mend(op string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.faults, op)
}

func (d *disk) failing(op string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.faults[op] != nil
}

// restart is the disk as the next start finds it: what was flushed, a part of the last write, and the
// directory changes up to some point in their order, as a journaling file system keeps them.
func (d *disk) restart() *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, change := range d.pending[:d.rng.IntN(len(d.pending)+1)] {
		change(d.durable)
	}
	next := newDisk(d.rng.Uint64())
	for name, n := range d.durable {
		next.names[name] = &inode{data: slices.Clone(n.durable), durable: slices.Clone(n.durable)}
	}
	next.durable = maps.Clone(next.names)
	return next
}

func (d *disk) change(f func(map[string]*inode)) {
	f(d.names)
	d.pending = append(d.pending, f)
}

func (d *disk) MkdirAll(op, _ string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, _, err := d.step(op, false)
	return err
}

func (d *disk) Names(op, dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, _, err := d.step(op, false); err != nil {
		return nil, err
	}
	var out []string
	for name := range d.names {
		if rest, ok := strings.CutPrefix(name, dir+string(filepath.Separator)); ok {
			out = append(out, rest)
		}
	}
	return out, nil
}

func (d *disk) get(name string) (*inode, error) {
	n, ok := d.names[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return n, nil
}

func (d *disk) ReadFile(op, name string, uncached bool) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, _, err := d.step(op, false); err != nil {
		return nil, err
	}
	n, err := d.get(name)
	if err != nil {
		return nil, err
	}
	if uncached {
		return slices.Clone(n.durable), nil
	}
	return slices.Clone(n.data), nil
}

func (d *disk) Size(op, name string) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, _, err := d.step(op, false); err != nil {
		return 0, err
	}
	n, err := d.get(name)
	if err != nil {
		return 0, err
	}
	return int64(len(n.data)), nil
}

func (d *disk) Create(op, name string, size int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, cut, err := d.step(op, true)
	n := &inode{data: make([]byte, size), durable: make([]byte, size)}
	if cut { // of any length, up to all of it
		n.durable = n.durable[:d.rng.Int64N(size+1)]
	}
	if err == nil || cut {
		d.change(func(names map[string]*inode) { names[name] = n })
	}
	return err
}

// WriteCached leaves on the platter, when the power fails, any of the sectors.
func (d *disk) WriteCached(op, name string, p []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, _, err := d.step(op, true); err != nil {
		return err
	}
	n, ok := d.names[name]
	if !ok {
		n = &inode{}
		d.change(func(names map[string]*inode) { names[name] = n })
	}
	n.data = append(slices.Clone(p), n.data[min(len(p), len(n.data)):]...)
	n.durable = append(n.durable, make([]byte, max(0, len(p)-len(n.durable)))...)
	for off := 0; off < len(p); off += sector {
		if d.rng.IntN(3) > 0 {
			copy(n.durable[off:], p[off:min(off+sector, len(p))])
		}
	}
	return nil
}

func (d *disk) Rename(op, from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, cut, err := d.step(op, true)
	if err != nil && !cut {
		return err
	}
	n, getErr := d.get(from)
	if getErr != nil {
		return getErr
	}
	d.change(func(names map[string]*inode) {
		names[to] = n
		delete(names, from)
	})
	return err
}

func (d *disk) Remove(op, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, cut, err := d.step(op, true)
	if err != nil && !cut {
		return err
	}
	if _, err := d.get(name); err != nil {
		return err
	}
	d.change(func(names map[string]*inode) { delete(names, name) })
	return err
}

func (d *disk) SyncDir(op, _ string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, cut, err := d.step(op, true)
	if err != nil && !cut {
		return err
	}
	if err == nil {
		d.flushes[op]++
		for _, change := range d.pending {
			change(d.durable)
		}
		d.pending = nil
	}
	return err
}

func (d *disk) Lock(op, name string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, _, err := d.step(op, false); err != nil {
		return nil, err
	}
	if d.locked[name] {
		return nil, ErrLocked
	}
	d.locked[name] = true
	return unlocker{d, name}, nil
}

type unlocker struct {
	d    *disk
	name string
}

func (u unlocker) Close() error {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	delete(u.d.locked, u.name)
	return nil
}

func (d *disk) Open(op, name string) (File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, _, err := d.step(op, false); err != nil {
		return nil, err
	}
	n, err := d.get(name)
	if err != nil {
		return nil, err
	}
	return &diskFile{d, n}, nil
}

type diskFile struct {
	d *disk
	n *inode
}

func (f *diskFile) WriteSync(op string, p []byte, off int64) error {
	d := f.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if off%sector != 0 || len(p)%sector != 0 || off+int64(len(p)) > int64(len(f.n.data)) {
		return fmt.Errorf("%s: write of %d bytes at %d is no whole sectors within the file", op, len(p), off)
	}
	fault, cut, err := d.step(op, true)
	put := func(to []byte, sectors int) {
		for i := range len(p) / sector {
			if sectors < 0 || i < sectors {
				copy(to[off+int64(i)*sector:], p[i*sector:(i+1)*sector])
			}
		}
	}
	switch {
	case cut: // any of the sectors, in any order
		for i := range len(p) / sector {
			if d.rng.IntN(2) == 0 {
				copy(f.n.durable[off+int64(i)*sector:], p[i*sector:(i+1)*sector])
			}
		}
	case fault != nil:
		put(f.n.durable, fault.write)
		put(f.n.data, fault.cache)
	case err == nil:
		d.flushes[op]++
		put(f.n.data, -1)
		put(f.n.durable, -1)
	}
	return err
}

func (f *diskFile) Sync(op string) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	_, cut, err := f.d.step(op, true)
	if err == nil && !cut {
		f.d.flushes[op]++
		copy(f.n.durable, f.n.data)
	}
	return err
}

func (f *diskFile) Close() error { return nil }
