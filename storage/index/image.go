package index

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"smartbox"
)

// The flat image:
//
//	 0  magic "SBXINDEX"
//	 8  version, uint32
//	12  number of sections, uint32
//	16  key check, 16 bytes: the digest of a fixed text under the box's key
//	32  for each section: length uint64, CRC32C uint32, zero uint32
//	 …  CRC32C of all before it, uint32; zero uint32
//	 …  the sections, one after another, nothing between or behind
//
// All numbers are little-endian. The last checksum covers the others, and so every byte of the image.
const (
	magic   = "SBXINDEX"
	version = 1

	headSize  = 32
	entrySize = 16
)

// The sections in their order. A change of any of them, or of what a column means, is a new version.
const (
	secUsers = iota
	secUserDir
	secUserClasses
	secCredentials
	secCredentialDir
	secCredentialClasses
	secGrants
	secGrantOwners
	secGrantClasses
	secNames
	secThings
	sections
)

// keyCheck is digested to tell whether an image was made under the same box key.
const keyCheck = "smartbox index key check"

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s: use another copy, or build it anew from the snapshot", ErrFlat, fmt.Sprintf(format, args...))
}

// seal joins the sections to an image.
func seal(parts [sections][]byte, key *smartbox.BoxKey) []byte {
	size := headSize + sections*entrySize + 8
	for _, p := range parts {
		size += len(p)
	}
	out := make([]byte, 0, size)
	out = append(out, magic...)
	out = binary.LittleEndian.AppendUint32(out, version)
	out = binary.LittleEndian.AppendUint32(out, sections)
	check := key.Digest(keyCheck)
	out = append(out, check[:]...)
	for _, p := range parts {
		out = binary.LittleEndian.AppendUint64(out, uint64(len(p)))
		out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(p, castagnoli()))
		out = binary.LittleEndian.AppendUint32(out, 0)
	}
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli()))
	out = binary.LittleEndian.AppendUint32(out, 0)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// unseal checks an image and parts it into its sections.
func unseal(b []byte, key *smartbox.BoxKey) (parts [sections][]byte, err error) {
	if len(b) < headSize || string(b[:len(magic)]) != magic {
		return parts, damaged("no index begins here")
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v > version {
		return parts, fmt.Errorf("%w: it has version %d, this program reads up to %d", ErrNewer, v, version)
	} else if v != version {
		return parts, damaged("version %d", v)
	}
	const head = headSize + sections*entrySize
	if binary.LittleEndian.Uint32(b[12:]) != sections || len(b) < head+8 {
		return parts, damaged("it is cut short")
	}
	if binary.LittleEndian.Uint32(b[head:]) != crc32.Checksum(b[:head], castagnoli()) || binary.LittleEndian.Uint32(b[head+4:]) != 0 {
		return parts, damaged("its head does not match its checksum")
	}
	if check := key.Digest(keyCheck); !bytes.Equal(b[16:32], check[:]) {
		return parts, ErrKey
	}
	rest := b[head+8:]
	for i := range parts {
		entry := b[headSize+i*entrySize:]
		n := binary.LittleEndian.Uint64(entry)
		if n > uint64(len(rest)) {
			return parts, damaged("section %d is cut short", i)
		}
		parts[i], rest = rest[:n:n], rest[n:]
		if crc32.Checksum(parts[i], castagnoli()) != binary.LittleEndian.Uint32(entry[8:]) {
			return parts, damaged("section %d does not match its checksum", i)
		}
	}
	if len(rest) != 0 {
		return parts, damaged("%d bytes stand behind it", len(rest))
	}
	return parts, nil
}
