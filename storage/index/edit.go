package index

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"smartbox"
)

// edit lays a delta over an index. It follows smartbox.Snapshot.With and Validate step by step, but asks only about
// what the delta touches: the index that it starts from is valid. Where it finds anything wrong it is unsure, and ends.
type edit struct {
	x      *Index
	d      *smartbox.Delta
	over   *overlay
	things *things
	diff   Difference
	unsure bool

	dropUsers set[smartbox.UserID]
	dropKeys  set[smartbox.KeyID]
	touched   map[smartbox.UserID][]smartbox.Grant // what is changed of them: all grants that they have
}

func newEdit(x *Index, d *smartbox.Delta) *edit {
	return &edit{
		x: x, d: d, over: x.over.clone(), touched: make(map[smartbox.UserID][]smartbox.Grant),
		dropUsers: setOf(d.Drop.Users), dropKeys: setOf(d.Drop.Keys),
	}
}

// want makes the edit unsure where something is not as it must be.
func (e *edit) want(ok bool) { e.unsure = e.unsure || !ok }

// grantsOf are all grants of a user, to be changed.
func (e *edit) grantsOf(u smartbox.UserID) []smartbox.Grant {
	if list, ok := e.touched[u]; ok {
		return list
	}
	from, to := e.x.Grants(u)
	list := make([]smartbox.Grant, 0, to-from+1)
	for i := from; i < to; i++ {
		list = append(list, e.x.Grant(i))
	}
	e.touched[u] = list
	return list
}

func (e *edit) putUsers() {
	e.want(!e.dropUsers.has(0) && !e.dropKeys.has(0)) // which is what nobody's fobs and no key's codes name
	for _, id := range e.d.Drop.Users {
		u, ok := e.x.User(id)
		if !ok {
			continue
		}
		if p := e.over.people[id]; !p.gone {
			e.diff.Out.Users = append(e.diff.Out.Users, u)
			e.diff.Out.Grants = append(e.diff.Out.Grants, e.grantsOf(id)...)
		}
		e.touched[id] = nil
		e.over.people[id] = person{gone: true}
	}
	seen := make(set[smartbox.UserID], len(e.d.Put.Users))
	for _, u := range e.d.Put.Users {
		e.want(seen.add(u.ID) && u.ID != 0 && u.ID.Valid())
		e.want(u.Role <= smartbox.RoleAdministrator && u.Status <= smartbox.StatusExpunged)
		e.want(len(u.Name) <= smartbox.MaxName && utf8.ValidString(u.Name))
		if old, ok := e.x.User(u.ID); ok && !e.dropUsers.has(u.ID) {
			e.diff.Out.Users = append(e.diff.Out.Users, old)
		}
		e.grantsOf(u.ID)
		e.over.people[u.ID] = person{user: u}
		e.diff.In.Users = append(e.diff.In.Users, u)
	}
}

// hasUser reports whether there is a user once the delta is applied.
func (e *edit) hasUser(id smartbox.UserID) bool {
	if p, ok := e.over.people[id]; ok {
		return !p.gone
	}
	_, ok := e.x.people.findUser(id)
	return ok
}

func (e *edit) hasKey(id smartbox.KeyID) bool { _, ok := e.things.keys[id]; return ok }

// settle writes the touched users' grants into the overlay.
func (e *edit) settle() {
	if e.unsure {
		return
	}
	for id, list := range e.touched {
		p, ok := e.over.people[id]
		if p.gone {
			continue
		}
		if !ok {
			p.user, _ = e.x.User(id)
		}
		slices.SortFunc(list, func(a, b smartbox.Grant) int { return cmp.Compare(a.ID, b.ID) })
		p.from = int32(len(e.over.grants)) //nolint:gosec // bounded by maxChanged and one user's grants
		e.over.grants = append(e.over.grants, list...)
		p.to = int32(len(e.over.grants)) //nolint:gosec // see above
		e.over.people[id] = p
	}
}
