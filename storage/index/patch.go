package index

import (
	"bytes"

	"smartbox"
)

// Difference is what a delta took away and what it put, cascades included. Neither part is a whole snapshot: each
// holds the things concerned only, in no order. What stands in both as it was may be left out, or be in both.
type Difference struct {
	Out, In smartbox.Snapshot
}

// With is the index with the delta applied; x is not changed. A delta that is small beside the index costs little: its
// changes stand over the tables that both share. Errors: smartbox.ErrBase, and Validate's.
func (x *Index) With(d smartbox.Delta) (*Index, error) {
	n, _, err := x.Change(d)
	return n, err
}

// Change is With, and tells what changed; nil where that would be as large as the index itself.
func (x *Index) Change(d smartbox.Delta) (*Index, *Difference, error) {
	if _, err := (&smartbox.Snapshot{Revision: x.Revision()}).With(smartbox.Delta{Base: d.Base}); err != nil {
		return nil, nil, err // it builds on another revision
	}
	if n, diff := x.overlaid(&d); n != nil {
		return n, diff, nil
	}
	s, err := x.Snapshot().With(d)
	if err != nil {
		return nil, nil, err
	}
	n, err := Build(s, x.key, x.zones)
	return n, nil, err
}

// overlaid is the index with the changes laid over the tables of x, and nil wherever that is not certain to give what
// the plain way gives: the delta is large, or something in it looks wrong, which the plain way finds words for.
func (x *Index) overlaid(d *smartbox.Delta) (*Index, *Difference) {
	put, drop := &d.Put, &d.Drop
	size := len(put.Users) + len(put.Credentials) + len(put.Grants) + len(drop.Users) + len(drop.Credentials) + len(drop.Grants)
	if x.over.changed()+size > maxChanged {
		return nil, nil
	}
	e := newEdit(x, d)
	e.putThings()
	e.putUsers()
	e.putCredentials()
	e.putGrants()
	e.settle()
	if e.unsure || e.over.changed() > maxChanged {
		return nil, nil
	}
	return &Index{people: x.people, things: e.things, over: e.over, key: x.key, zones: x.zones}, &e.diff
}

// Same reports whether the two hold the same snapshot.
func (x *Index) Same(y *Index) bool {
	if x.Revision() != y.Revision() || x.IssuedAt() != y.IssuedAt() {
		return false
	}
	x, err := x.Packed()
	if err != nil {
		return false
	}
	y, err = y.Packed()
	return err == nil && bytes.Equal(x.flat, y.flat)
}
