package index

import (
	"maps"
	"slices"

	"smartbox"
)

// maxChanged bounds what stands over the tables: each delta copies it, and what is larger is packed into new tables.
const maxChanged = 4096

// overlay is what deltas have changed since the tables were packed. Like them it is never written to once an index has
// it: the next delta copies it. Whoever is in it is in it whole, with all her grants, so that a decision looks in one
// place only.
type overlay struct {
	people      map[smartbox.UserID]person
	credentials map[smartbox.Digest]changedCredential
	grants      []smartbox.Grant // the numbers of these go on where the tables' end
}

// person is a changed user.
type person struct {
	user     smartbox.User
	from, to int32 // in overlay.grants, ascending by id
	gone     bool  // dropped: what the tables say of her is void
}

// changedCredential stands in place of what the tables say.
type changedCredential struct {
	smartbox.Credential

	gone bool
}

// changed is how many rows stand over the tables.
func (o *overlay) changed() int {
	if o == nil {
		return 0
	}
	return len(o.people) + len(o.credentials) + len(o.grants)
}

// clone is a copy to write to; of nil, an empty one.
func (o *overlay) clone() *overlay {
	if o == nil {
		return &overlay{
			people:      make(map[smartbox.UserID]person),
			credentials: make(map[smartbox.Digest]changedCredential),
		}
	}
	return &overlay{maps.Clone(o.people), maps.Clone(o.credentials), slices.Clip(o.grants)}
}

// credential is c, ok as the tables say it, unless the digest has changed. It looks either way.
func (o *overlay) credential(d *smartbox.Digest, c smartbox.Credential, ok bool) (smartbox.Credential, bool) {
	switch n, changed := o.credentials[*d]; {
	case !changed:
		return c, ok
	case n.gone:
		return smartbox.Credential{}, false
	default:
		return n.Credential, true
	}
}

// Changed is how many rows of changes stand over the tables: 0 where the index is packed. Each makes the next delta
// a little dearer; Packed works them in.
func (x *Index) Changed() int { return x.over.changed() }

// Packed is the index with all changes worked into its tables, which is what Flat needs. It builds them anew: about a
// second of work at 100,000 users on a board, and none where nothing has changed.
func (x *Index) Packed() (*Index, error) {
	if x.over == nil {
		return x, nil
	}
	flat, err := image(x.Snapshot(), &x.key)
	if err != nil {
		return nil, err
	}
	return Load(flat, x.key, x.zones)
}
