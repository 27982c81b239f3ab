package index

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"smartbox"
)

// Snapshot is what the index was built from, in a copy that shares nothing with it.
func (x *Index) Snapshot() *smartbox.Snapshot {
	s := x.things.snapshot()
	s.Locations, s.Schedules, s.Groups = slices.Clone(s.Locations), slices.Clone(s.Schedules), slices.Clone(s.Groups)
	s.Keys, s.Custody = slices.Clone(s.Keys), slices.Clone(s.Custody)
	detach(s)
	x.appendPeople(s)
	return s
}

// appendPeople adds users, credentials and grants in a snapshot's order.
func (x *Index) appendPeople(s *smartbox.Snapshot) {
	p, o := x.people, x.over
	if o == nil {
		o = &overlay{}
	}
	s.Users = make([]smartbox.User, 0, p.userCount()+len(o.people))
	s.Grants = make([]smartbox.Grant, 0, p.grants.rows+len(o.grants))
	s.Credentials = make([]smartbox.Credential, 0, p.credentials.rows+len(o.credentials))
	for row := range p.userCount() {
		if _, changed := o.people[p.userID(row)]; changed {
			continue
		}
		u := p.user(row, x.things.Languages)
		u.Name = strings.Clone(u.Name)
		s.Users = append(s.Users, u)
		from, to := p.grantsOf(row)
		for g := from; g < to; g++ {
			s.Grants = append(s.Grants, p.grant(g))
		}
	}
	for _, c := range o.people {
		if !c.gone {
			c.user.Name = strings.Clone(c.user.Name)
			s.Users = append(s.Users, c.user)
			s.Grants = append(s.Grants, o.grants[c.from:c.to]...)
		}
	}
	for row := range p.credentials.rows {
		c := p.credential(row)
		if _, changed := o.credentials[c.Digest]; !changed {
			s.Credentials = append(s.Credentials, c)
		}
	}
	packed := len(s.Credentials) // these are in their order
	for _, c := range o.credentials {
		if !c.gone {
			s.Credentials = append(s.Credentials, c.Credential)
		}
	}
	if len(s.Credentials) > packed {
		slices.SortFunc(s.Credentials, func(a, b smartbox.Credential) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	}
	slices.SortFunc(s.Users, func(a, b smartbox.User) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Grants, func(a, b smartbox.Grant) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.ID, b.ID))
	})
}
