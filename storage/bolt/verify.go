package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
)

// The layout of a bbolt file, from its internal/common/{page,meta,bucket}.go (v1.5.0, file format 2). All numbers
// are in the byte order of the machine, which is little-endian on every board we know.
const (
	metaMagic   = 0xED0CDAED
	metaVersion = 2

	pageHeader = 16 // id uint64, flags uint16, count uint16, overflow uint32
	metaSize   = 64 // magic, version, pagesize, flags uint32; root uint64, sequence, freelist, pgid, txid, checksum uint64
	element    = 16 // branch: pos, ksize uint32, pgid uint64; leaf: flags, pos, ksize, vsize uint32
	bucketHead = 16 // root uint64, sequence uint64; an inline page follows where root is 0

	flagBranch, flagLeaf = 0x01, 0x02
	flagBucket           = 0x01

	maxDepth = 64
)

// walker reads a file page by page, without a mapping, and checks all that bbolt takes on trust.
type walker struct {
	path     string
	f        *os.File
	pageSize int64
	pages    uint64 // how many the meta page says
	seen     map[uint64]bool
	have     map[string]*seal // counted
	want     map[string]seal  // recorded
	version  bool
}

// verify checks the structure of a file, every value's checksum and every bucket's seal.
func verify(path string) error {
	f, err := os.Open(path) //nolint:gosec // the caller's path
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	w := &walker{path: path, f: f, seen: map[uint64]bool{}, have: map[string]*seal{}, want: map[string]seal{}}
	root, err := w.meta()
	if err != nil {
		return err
	}
	if err := w.tree(root, "", 0, nil, nil); err != nil {
		return err
	}
	return w.compare()
}

func (w *walker) corrupt(format string, args ...any) error {
	return fmt.Errorf("%s: %w: %s", w.path, ErrCorrupt, fmt.Sprintf(format, args...))
}

// meta finds the newer of the two meta pages that are good, as bbolt does. The second stands one page behind the
// first; the file may come from a machine with another page size.
func (w *walker) meta() (root uint64, err error) {
	info, err := w.f.Stat()
	if err != nil {
		return 0, err
	}
	var best []byte
	for at := int64(0); at <= 64<<10; at = max(1<<10, at*2) {
		b := make([]byte, pageHeader+metaSize)
		if _, err := w.f.ReadAt(b, at); err != nil {
			break // behind the end
		}
		m := b[pageHeader:]
		h := fnv.New64a()
		_, _ = h.Write(m[:metaSize-8])
		size := int64(binary.LittleEndian.Uint32(m[8:]))
		if h.Sum64() != binary.LittleEndian.Uint64(m[metaSize-8:]) || binary.LittleEndian.Uint32(m) != metaMagic ||
			binary.LittleEndian.Uint32(m[4:]) != metaVersion || size < 1<<10 || (at != 0 && at != size) {
			continue
		}
		if best == nil || binary.LittleEndian.Uint64(m[48:]) > binary.LittleEndian.Uint64(best[48:]) {
			best, w.pageSize = m, size
		}
	}
	if best == nil {
		return 0, w.corrupt("neither of its meta pages is good")
	}
	w.pages = binary.LittleEndian.Uint64(best[40:])
	if w.pages > uint64(info.Size()/w.pageSize) { //nolint:gosec // a size
		return 0, w.corrupt("it is cut short: %d bytes for %d pages", info.Size(), w.pages)
	}
	return binary.LittleEndian.Uint64(best[16:]), nil
}

// page reads a page with its overflow; no page is reached twice.
func (w *walker) page(id uint64) ([]byte, error) {
	if id < 2 || id >= w.pages {
		return nil, w.corrupt("page %d is outside", id)
	}
	b := make([]byte, w.pageSize)
	if _, err := w.f.ReadAt(b, int64(id)*w.pageSize); err != nil { //nolint:gosec // within the file
		return nil, fmt.Errorf("%s: page %d: %w", w.path, id, err)
	}
	more := uint64(binary.LittleEndian.Uint32(b[12:]))
	if binary.LittleEndian.Uint64(b) != id || more >= w.pages-id {
		return nil, w.corrupt("page %d has a wrong head", id)
	}
	for i := id; i <= id+more; i++ {
		if w.seen[i] {
			return nil, w.corrupt("page %d is reached twice", i)
		}
		w.seen[i] = true
	}
	if more > 0 {
		b = append(b, make([]byte, int64(more)*w.pageSize)...)         //nolint:gosec // within the file
		if _, err := w.f.ReadAt(b, int64(id)*w.pageSize); err != nil { //nolint:gosec // within the file
			return nil, fmt.Errorf("%s: page %d: %w", w.path, id, err)
		}
	}
	return b, nil
}

// tree walks a page and all below. Its keys stand between low and high; nil = no bound.
func (w *walker) tree(id uint64, bucket string, depth int, low, high []byte) error {
	if depth > maxDepth {
		return w.corrupt("page %d lies too deep", id)
	}
	b, err := w.page(id)
	if err != nil {
		return err
	}
	return w.node(b, id, bucket, depth, low, high)
}

func (w *walker) node(b []byte, id uint64, bucket string, depth int, low, high []byte) error {
	flags, count := binary.LittleEndian.Uint16(b[8:]), int(binary.LittleEndian.Uint16(b[10:]))
	if flags != flagLeaf && flags != flagBranch || pageHeader+count*element > len(b) || (flags == flagBranch && count == 0) {
		return w.corrupt("page %d is neither leaf nor branch", id)
	}
	var last []byte
	for i := range count {
		e := pageHeader + i*element
		at, ksize, vsize := uint64(e), uint64(binary.LittleEndian.Uint32(b[e+4:])), uint64(0)
		if flags == flagLeaf {
			at += uint64(binary.LittleEndian.Uint32(b[e+4:]))
			ksize, vsize = uint64(binary.LittleEndian.Uint32(b[e+8:])), uint64(binary.LittleEndian.Uint32(b[e+12:]))
		} else {
			at += uint64(binary.LittleEndian.Uint32(b[e:]))
		}
		if at < uint64(pageHeader+count*element) || at+ksize+vsize > uint64(len(b)) || ksize == 0 {
			return w.corrupt("page %d, element %d lies outside", id, i)
		}
		key := b[at : at+ksize]
		if (i > 0 && bytes.Compare(last, key) >= 0) || (low != nil && bytes.Compare(key, low) < 0) ||
			(high != nil && bytes.Compare(key, high) >= 0) {
			return w.corrupt("page %d, element %d is out of order", id, i)
		}
		last = key
		var err error
		if flags == flagLeaf {
			err = w.leaf(bucket, depth, binary.LittleEndian.Uint32(b[e:]), key, b[at+ksize:at+ksize+vsize])
		} else {
			next := high
			if i+1 < count {
				next = w.branchKey(b, i+1)
			}
			err = w.tree(binary.LittleEndian.Uint64(b[e+8:]), bucket, depth+1, key, next)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// branchKey is the key of an element, nil where it lies outside; its own turn reports that.
func (w *walker) branchKey(b []byte, i int) []byte {
	e := pageHeader + i*element
	from := uint64(e) + uint64(binary.LittleEndian.Uint32(b[e:])) //nolint:gosec // a place
	to := from + uint64(binary.LittleEndian.Uint32(b[e+4:]))
	if to > uint64(len(b)) {
		return nil
	}
	return b[from:to]
}

// leaf checks one record: a bucket at the top, a value below.
func (w *walker) leaf(bucket string, depth int, flags uint32, key, value []byte) error {
	switch {
	case bucket == "" && flags == flagBucket && len(value) >= bucketHead:
		name := string(key)
		w.have[name] = &seal{}
		if root := binary.LittleEndian.Uint64(value); root != 0 {
			return w.tree(root, name, depth+1, nil, nil)
		}
		if len(value) < bucketHead+pageHeader {
			return w.corrupt("bucket %q is cut short", name)
		}
		return w.node(value[bucketHead:], 0, name, depth+1, nil, nil)
	case bucket != "" && flags == 0:
		v, crc, ok := unwrap(bucket, key, value)
		if !ok {
			return w.corrupt("bucket %q, key %x: the value does not match its checksum", bucket, key)
		}
		w.have[bucket].add(crc)
		return w.remember(bucket, key, v)
	default:
		return w.corrupt("bucket %q, key %x: not a record of ours", bucket, key)
	}
}

// remember takes the seals out of the head bucket.
func (w *walker) remember(bucket string, key, value []byte) error {
	if bucket != head {
		return nil
	}
	if string(key) == versionKey {
		w.version = true
		return nil
	}
	name, isSeal := bytes.CutPrefix(key, []byte(sealPrefix))
	s, ok := parseSeal(value)
	if !isSeal || !ok {
		return w.corrupt("bucket %q, key %x: not a record of ours", bucket, key)
	}
	w.want[string(name)] = s
	return nil
}

// compare holds what was found against what should be there.
func (w *walker) compare() error {
	if !w.version {
		return w.corrupt("it does not say its version")
	}
	for name, have := range w.have {
		if name != head && w.want[name] != *have {
			return w.corrupt("bucket %q lacks records, or has too many", name)
		}
		delete(w.want, name)
	}
	for name, want := range w.want {
		if want != (seal{}) {
			return w.corrupt("bucket %q is missing", name)
		}
	}
	return nil
}
