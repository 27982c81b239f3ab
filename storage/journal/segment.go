package journal

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
)

// Names of the files in a journal's directory beside the segments.
const (
	lockFile  = "LOCK"
	ackFile   = "acked"
	spareFile = "spare" // zeroed and flushed, the next segment: the reserve
	tmpSuffix = ".tmp"  // unfinished; deleted at open
)

// segName is a segment's file name: index-first.seg, both hexadecimal, .bad where it is quarantined.
type segName struct {
	index uint64
	first uint64
	bad   bool
}

func (n segName) file() string {
	suffix := "seg"
	if n.bad {
		suffix = "bad"
	}
	return fmt.Sprintf("%08x-%016x.%s", n.index, n.first, suffix)
}

// parseSegName is run for every segment at every start, and so takes nothing apart that it need not.
func parseSegName(s string) (n segName, ok bool) {
	const tail = len("-0123456789abcdef.seg")
	if len(s) < 8+tail || s[len(s)-tail] != '-' {
		return n, false
	}
	switch s[len(s)-4:] {
	case ".seg":
	case ".bad":
		n.bad = true
	default:
		return n, false
	}
	left, right := s[:len(s)-tail], s[len(s)-tail+1:len(s)-4]
	var leftOK, rightOK bool
	n.index, leftOK = parseHex(left)
	n.first, rightOK = parseHex(right)
	return n, leftOK && rightOK && n.first > 0
}

// parseHex reads up to 16 digits, none of them a capital letter.
func parseHex(s string) (n uint64, ok bool) {
	if len(s) > 16 {
		return 0, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			n = n<<4 | uint64(c-'0')
		case 'a' <= c && c <= 'f':
			n = n<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// listing is what stands in a journal's directory.
type listing struct {
	segs  []segName // ascending by index
	tmp   []string
	spare bool
	acks  bool
}

func list(fsys FS, dir string) (listing, error) {
	names, err := fsys.Names("list", dir)
	if err != nil {
		return listing{}, err
	}
	var l listing
	for _, n := range names {
		seg, ok := parseSegName(n)
		switch {
		case ok:
			l.segs = append(l.segs, seg)
		case n == spareFile:
			l.spare = true
		case n == ackFile:
			l.acks = true
		case filepath.Ext(n) == tmpSuffix:
			l.tmp = append(l.tmp, n)
		}
	}
	slices.SortFunc(l.segs, func(a, b segName) int { return cmp.Compare(a.index, b.index) })
	return l, nil
}

// limits gives for each segment the first event that does not belong to it; 0 for the last one. What a
// segment holds from its limit on is void: it was written without success, and made anew in a later one.
func limits(segs []segName) []uint64 {
	out := make([]uint64, len(segs))
	lowest := uint64(0)
	for i, s := range slices.Backward(segs) {
		out[i] = lowest
		if lowest == 0 || s.first < lowest {
			lowest = s.first
		}
	}
	return out
}

// loadSegment reads and scans one segment.
func loadSegment(fsys FS, dir string, name segName, limit, epoch uint64) (*scan, error) {
	if limit == name.first && limit != 0 {
		return &scan{name: name, next: limit, head: header{epoch: epoch, first: name.first}}, nil // void
	}
	b, err := fsys.ReadFile("segment.read", filepath.Join(dir, name.file()), false)
	switch {
	case errors.Is(err, syscall.EIO): // nothing of it can be had, which is damage of the worst sort
		s := &scan{name: name, next: name.first, head: header{epoch: epoch, index: name.index, first: name.first}, bad: true}
		s.lose(0, max(limit, name.first+longestSegment/sector)-name.first, "file cannot be read: "+err.Error())
		return s, nil
	case err != nil: // the system's trouble, not the medium's
		return nil, err
	}
	return scanSegment(b, name, limit, epoch)
}
