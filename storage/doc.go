// Package storage holds what a box keeps on its disk, one kind a package below: the event journal,
// the bolt database, the persisted snapshot and the index that decisions are looked up in.
//
// Storage knows the domain and nothing else of this module; codecs are injected.
package storage
