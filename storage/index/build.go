package index

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"smartbox"
)

// Build validates the snapshot and makes an index of it; s is not kept. The error is Validate's.
func Build(s *smartbox.Snapshot, key smartbox.BoxKey, zones smartbox.ZoneFunc) (*Index, error) {
	if err := s.Validate(zones); err != nil {
		return nil, err
	}
	flat, err := image(s, &key)
	if err != nil {
		return nil, err
	}
	return Load(flat, key, zones)
}

// image writes the flat image of a valid snapshot.
func image(s *smartbox.Snapshot, key *smartbox.BoxKey) ([]byte, error) {
	if n := max(len(s.Users), len(s.Credentials), len(s.Grants), len(s.Bookings)); n >= maxRows {
		return nil, fmt.Errorf("index: a list of %d does not fit; at most %d", n, maxRows-1)
	}
	var parts [sections][]byte
	t := thingsOf(s)
	rank := packUsers(&parts, s, t)
	packCredentials(&parts, s, rank)
	var err error
	if parts[secThings], err = t.encode(); err != nil {
		return nil, err
	}
	return seal(parts, key), nil
}

// packUsers writes users and grants, and adds the users' languages to t. rank[i] is the row of s.Users[i].
func packUsers(parts *[sections][]byte, s *smartbox.Snapshot, t *things) (rank []int32) {
	n := len(s.Users)
	order := make([]int32, n) // order[row] is a place in s.Users
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Compare(mix(uint64(s.Users[a].ID)), mix(uint64(s.Users[b].ID)))
	})
	rank = make([]int32, n)
	names := make([]uint64, n+1)
	grants := make([]uint64, n+1)
	classes := newClasses[userTuple](n)
	granted := make([]int32, 0, len(s.Grants)) // granted[row] is a place in s.Grants
	var blob []byte
	for row, i := range order {
		u := &s.Users[i]
		rank[i] = int32(row)
		names[row] = uint64(len(blob))
		blob = append(blob, u.Name...)
		classes.add(userTuple{
			uint64(u.Role), uint64(u.Status), uint64(u.Switches), uint64(u.MaxKeys), t.language(u.Language),
			uint64(u.From), uint64(u.Until), //nolint:gosec // as they are
		})
		grants[row] = uint64(len(granted))
		g, _ := slices.BinarySearchFunc(s.Grants, u.ID, func(g smartbox.Grant, id smartbox.UserID) int {
			return cmp.Compare(g.User, id)
		})
		for ; g < len(s.Grants) && s.Grants[g].User == u.ID; g++ {
			granted = append(granted, int32(g)) //nolint:gosec // fewer than maxRows
		}
	}
	names[n], grants[n] = uint64(len(blob)), uint64(len(granted))
	hash := func(row int) uint64 {
		if row == n {
			row = max(0, n-1)
		}
		if n == 0 {
			return 0
		}
		return mix(uint64(s.Users[order[row]].ID))
	}
	parts[secNames] = blob
	parts[secUsers] = pack(n+1, hash,
		func(row int) uint64 { return names[row] },
		func(row int) uint64 { return classes.row(row) },
		func(row int) uint64 { return grants[row] })
	parts[secUserDir] = packDirectory(n, hash)
	parts[secUserClasses] = packClasses(classes, userClassColumns, func(t *userTuple) []uint64 { return t[:] })
	packGrants(parts, s, granted, grants)
	return rank
}

func packGrants(parts *[sections][]byte, s *smartbox.Snapshot, granted []int32, starts []uint64) {
	classes := newClasses[grantTuple](len(granted))
	for _, i := range granted {
		g := &s.Grants[i]
		classes.add(grantTuple{
			uint64(g.Target.Kind), g.Target.Ref, uint64(g.Role), uint64(g.Schedule),
			uint64(g.From), uint64(g.Until), //nolint:gosec // as they are
		})
	}
	owners := make([]uint64, 0, len(granted)/ownerStep+1)
	user := 0
	for row := 0; row < len(granted); row += ownerStep {
		for starts[user+1] <= uint64(row) {
			user++
		}
		owners = append(owners, uint64(user))
	}
	parts[secGrants] = pack(len(granted),
		func(row int) uint64 { return uint64(s.Grants[granted[row]].ID) },
		func(row int) uint64 { return classes.row(row) })
	parts[secGrantOwners] = pack(len(owners), func(row int) uint64 { return owners[row] })
	parts[secGrantClasses] = packClasses(classes, grantClassColumns, func(t *grantTuple) []uint64 { return t[:] })
}

func packCredentials(parts *[sections][]byte, s *smartbox.Snapshot, rank []int32) {
	n := len(s.Credentials)
	users := make([]uint64, n)
	classes := newClasses[credentialTuple](n)
	for i := range s.Credentials {
		c := &s.Credentials[i]
		at, ok := slices.BinarySearchFunc(s.Users, c.User, func(u smartbox.User, id smartbox.UserID) int {
			return cmp.Compare(u.ID, id)
		})
		if ok {
			users[i] = uint64(rank[at]) + 1 //nolint:gosec // a row
		}
		active := uint64(0)
		if c.Active {
			active = 1
		}
		classes.add(credentialTuple{uint64(c.Kind), active, uint64(c.Key), uint64(c.Until)}) //nolint:gosec // as it is
	}
	high := func(row int) uint64 { return binary.BigEndian.Uint64(s.Credentials[row].Digest[:]) }
	parts[secCredentials] = pack(n, high,
		func(row int) uint64 { return binary.BigEndian.Uint64(s.Credentials[row].Digest[8:]) },
		func(row int) uint64 { return uint64(s.Credentials[row].Number) },
		func(row int) uint64 { return users[row] },
		func(row int) uint64 { return classes.row(row) })
	parts[secCredentialDir] = packDirectory(n, high)
	parts[secCredentialClasses] = packClasses(classes, credentialClassColumns, func(t *credentialTuple) []uint64 { return t[:] })
}

// language is the place of a language in the list, to which it is added where it is new.
func (t *things) language(name string) uint64 {
	i := slices.Index(t.Languages, name)
	if i < 0 {
		i = len(t.Languages)
		t.Languages = append(t.Languages, name)
	}
	return uint64(i)
}
