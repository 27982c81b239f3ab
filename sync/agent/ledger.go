package agent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"smartbox/sync/wire"
)

// ErrLedger says that the file of the ledger is damaged. Set it aside to begin anew: orders always expire, so that what
// could be replayed then is no older than that.
var ErrLedger = errors.New("the command ledger is damaged: set it aside to begin a new one")

// ledgerKept is how many commands are remembered with their outcome.
const ledgerKept = 64

// ledgerHead begins the file: a name, then a sum over what follows it.
const ledgerHead = "SBLEDGR1"

// FileLedger is a Ledger in one small file. Each change is a new file, flushed, that takes the place of the old one, so
// that a power cut leaves either. It is safe for any number of goroutines.
type FileLedger struct {
	path string
	mu   sync.Mutex
	book ledgerBook
}

type ledgerBook struct {
	Last    uint64   `cbor:"1,keyasint,omitempty"`
	Records []Record `cbor:"2,keyasint,omitempty"` // in the order of Begin, the latest last
}

// OpenLedger reads the ledger at path, or begins one. The errors are the file system's, and ErrLedger.
func OpenLedger(path string) (*FileLedger, error) {
	l := &FileLedger{path: path}
	b, err := os.ReadFile(path) //nolint:gosec // the daemon names it
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("command ledger: %w", err)
	}
	head := len(ledgerHead) + 4
	if len(b) < head || string(b[:len(ledgerHead)]) != ledgerHead ||
		string(ledgerSum(b[head:])) != string(b[len(ledgerHead):head]) {
		return nil, fmt.Errorf("%w: %s", ErrLedger, path)
	}
	if err := wire.Unmarshal(b[head:], &l.book); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrLedger, path, err)
	}
	return l, nil
}

func ledgerSum(b []byte) []byte {
	return binary.BigEndian.AppendUint32(nil, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// Last is the greatest counter begun.
func (l *FileLedger) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.book.Last
}

// Find is the record of a command, if it is among the latest 64.
func (l *FileLedger) Find(id uint64) (Record, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.book.Records {
		if r.ID == id {
			return r, true
		}
	}
	return Record{}, false
}

// Begin puts a command on record. An error means that it may or may not be; it must not be acted upon.
func (l *FileLedger) Begin(r Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := ledgerBook{Last: max(l.book.Last, r.Counter)}
	n.Records = append(n.Records, l.book.Records[max(0, len(l.book.Records)-ledgerKept+1):]...)
	n.Records = append(n.Records, r)
	return l.write(n)
}

// End puts on record what became of a command.
func (l *FileLedger) End(r Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := ledgerBook{Last: l.book.Last, Records: append([]Record(nil), l.book.Records...)}
	for i := range n.Records {
		if n.Records[i].ID == r.ID {
			n.Records[i] = r
		}
	}
	return l.write(n)
}

// write makes the book durable; on an error the old one goes on to hold in memory, but for the greatest counter.
func (l *FileLedger) write(n ledgerBook) error {
	l.book.Last = n.Last
	body, err := wire.Marshal(&n)
	if err != nil {
		return err
	}
	b := append([]byte(ledgerHead), ledgerSum(body)...)
	if err := replaceFile(l.path, append(b, body...)); err != nil {
		return err
	}
	l.book = n
	return nil
}

// replaceFile puts b in the file's place: written beside it, flushed, renamed, and the directory flushed.
func replaceFile(path string, b []byte) (err error) {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the daemon names it
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(tmp, path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
