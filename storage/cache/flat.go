package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"smartbox"
	"smartbox/storage/bolt"
	"smartbox/storage/index"
)

// A flat copy is a file of 64 bytes of head and the image of an index:
//
//	 0  magic "SBXFLAT1"
//	 8  serial, uint64: the newest copy has the greatest
//	16  epoch and version of the revision, uint64 each
//	32  confirmed, int64
//	40  length of the image, uint64
//	48  number of the full load, uint64
//	56  zero
//	60  CRC32C of the 60 bytes before, uint32
//
// All numbers are little-endian. The image has its own checksums.
const (
	flatMagic = "SBXFLAT1"
	flatHead  = 64
)

// flatNames are the two copies, of which one is good at any time.
func flatNames() [2]string { return [2]string{"flat-a", "flat-b"} }

func flatPlace(name string) int {
	if name == flatNames()[0] {
		return 0
	}
	return 1
}

// errFlat says that a copy is damaged.
var errFlat = errors.New("flat copy is damaged")

// copyHead is the head of a flat copy.
type copyHead struct {
	name      string
	serial    uint64
	load      uint64
	revision  smartbox.Revision
	confirmed smartbox.Stamp
}

func (h *copyHead) encode(image int) []byte {
	b := make([]byte, 0, flatHead)
	b = append(b, flatMagic...)
	b = binary.LittleEndian.AppendUint64(b, h.serial)
	b = binary.LittleEndian.AppendUint64(b, h.revision.Epoch)
	b = binary.LittleEndian.AppendUint64(b, h.revision.Version)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.confirmed)) //nolint:gosec // as it is
	b = binary.LittleEndian.AppendUint64(b, uint64(image))       //nolint:gosec // a length
	b = binary.LittleEndian.AppendUint64(b, h.load)
	b = append(b, make([]byte, flatHead-4-len(b))...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// decode reads the head of b, which is the whole file or its beginning.
func (h *copyHead) decode(b []byte) (image uint64, err error) {
	if len(b) < flatHead || string(b[:8]) != flatMagic ||
		binary.LittleEndian.Uint32(b[60:]) != crc32.Checksum(b[:60], crc32.MakeTable(crc32.Castagnoli)) {
		return 0, fmt.Errorf("cache: %s: %w: its head is not whole", h.name, errFlat)
	}
	h.serial = binary.LittleEndian.Uint64(b[8:])
	h.revision.Epoch, h.revision.Version = binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])
	h.confirmed = smartbox.Stamp(binary.LittleEndian.Uint64(b[32:])) //nolint:gosec // as it is
	h.load = binary.LittleEndian.Uint64(b[48:])
	return binary.LittleEndian.Uint64(b[40:]), nil
}

// readFlat loads a copy into memory: a mapped file that is cut would kill the process at a decision.
func (c *Cache) readFlat(h *copyHead) (*index.Index, error) {
	b, err := os.ReadFile(filepath.Join(c.dir, h.name))
	if err != nil {
		return nil, err
	}
	n, err := h.decode(b)
	if err != nil {
		return nil, err
	}
	if n != uint64(len(b)-flatHead) { //nolint:gosec // decode refused what is shorter than a head
		return nil, fmt.Errorf("cache: %s: %w: it has %d bytes of %d", h.name, errFlat, len(b)-flatHead, n)
	}
	x, err := index.Load(b[flatHead:], c.o.Key, c.o.Zones)
	switch {
	case errors.Is(err, index.ErrFlat):
		return nil, fmt.Errorf("cache: %s: %w: %w", h.name, errFlat, err)
	case err != nil:
		return nil, fmt.Errorf("cache: %s: %w", h.name, err)
	case x.Revision() != h.revision:
		return nil, fmt.Errorf("cache: %s: %w: its head names another revision", h.name, errFlat)
	}
	return x, nil
}

// heads reads the heads of the copies that are there, the newest first. A damaged one is set aside.
func (c *Cache) heads() (all []copyHead, err error) {
	for _, name := range flatNames() {
		h := copyHead{name: name}
		f, err := os.Open(filepath.Join(c.dir, name)) //nolint:gosec // one of two names
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		b := make([]byte, flatHead)
		n, _ := f.Read(b)
		_ = f.Close()
		if _, err := h.decode(b[:n]); err != nil {
			if err := c.setAside(name, err); err != nil {
				return nil, err
			}
			continue
		}
		all = append(all, h)
	}
	if len(all) == 2 && all[0].serial < all[1].serial {
		all[0], all[1] = all[1], all[0]
	}
	if len(all) > 0 {
		c.serial = all[0].serial
	}
	return all, nil
}

func (c *Cache) setAside(name string, why error) error {
	bad, err := bolt.Quarantine(filepath.Join(c.dir, name))
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	c.aside(bad, why)
	return nil
}

// writeFlat writes the copy whose turn it is, under a temporary name until it is whole and on the disk.
func (c *Cache) writeFlat(x *index.Index, in head) error {
	h := copyHead{
		name: flatNames()[(c.serial+1)%2], serial: c.serial + 1, load: in.Load, revision: x.Revision(), confirmed: in.Confirmed,
	}
	path := filepath.Join(c.dir, h.name)
	if err := c.step("flat.create"); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // ours
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	image := x.Flat()
	half := len(image) / 2
	for _, part := range []struct {
		label string
		b     []byte
	}{{"flat.head", h.encode(len(image))}, {"flat.first", image[:half]}, {"flat.second", image[half:]}} {
		err = c.step(part.label)
		if err == nil {
			_, err = f.Write(part.b)
		}
		if err != nil {
			return fmt.Errorf("cache: writing %s: %w", h.name, errors.Join(err, f.Close()))
		}
	}
	err = c.step("flat.sync")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cache: writing %s: %w", h.name, err)
	}
	if err := c.step("flat.rename"); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	c.serial = h.serial
	if err := c.step("flat.dir"); err != nil {
		return err
	}
	return syncDir(c.dir)
}

func syncDir(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // ours
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}
