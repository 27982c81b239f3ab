// Package wire is the form in which a box's knowledge and events leave memory: onto a disk, a stick or the network.
// Box and cloud share it, so it knows the domain and nothing else.
//
// The form is CBOR (RFC 8949) in core deterministic encoding (section 4.2.1) with the integer keys that the
// domain's struct tags name: equal values are equal bytes, and can be digested, signed and compared.
package wire

// Version is the version of the wire form: of every message, of every file, of every stored value.
//
// It rises whenever an older reader could misread what a newer writer says, which includes any new field,
// for a field that is not understood may be a restriction.
//
//   - 1 (2026-03-02): the first. Snapshot, Delta, Event, Book; signed snapshot files; the messages between box
//     and cloud, signed where they go to the box.
const Version = 1
