package index

import "smartbox"

// Load makes an index of an image that Flat gave. The index keeps flat, which must not be written to any more.
//
// Every byte is checksummed, and every number that leads from one row to another is checked, so that bytes from a
// damaged card or an ill-meaning hand give ErrFlat and neither a panic nor a read out of bounds. An image of a newer
// program gives ErrNewer, one made under another box key ErrKey.
func Load(flat []byte, key smartbox.BoxKey, zones smartbox.ZoneFunc) (*Index, error) {
	parts, err := unseal(flat, &key)
	if err != nil {
		return nil, err
	}
	x := &Index{people: &people{}, flat: flat, key: key, zones: zones}
	if x.things, err = decodeThings(parts[secThings], zones); err != nil {
		return nil, err
	}
	if err := x.people.open(&parts); err != nil {
		return nil, err
	}
	if err := x.people.check(len(x.things.Languages)); err != nil {
		return nil, err
	}
	return x, nil
}

// open finds the tables in the sections.
func (p *people) open(parts *[sections][]byte) (err error) {
	for _, t := range []struct {
		to      *table
		section int
		columns int
	}{
		{&p.users, secUsers, userColumns},
		{&p.userClasses, secUserClasses, userClassColumns},
		{&p.credentials, secCredentials, credentialColumns},
		{&p.credentialClasses, secCredentialClasses, credentialClassColumns},
		{&p.grants, secGrants, grantColumns},
		{&p.grantOwners, secGrantOwners, 1},
		{&p.grantClasses, secGrantClasses, grantClassColumns},
	} {
		if *t.to, err = unpack(parts[t.section], t.columns); err != nil {
			return err
		}
	}
	if p.users.rows == 0 {
		return damaged("its users have no end")
	}
	p.names = parts[secNames]
	if p.userDir, err = openDirectory(parts[secUserDir], p.userCount()); err != nil {
		return err
	}
	p.credentialDir, err = openDirectory(parts[secCredentialDir], p.credentials.rows)
	return err
}

// check follows every number that leads elsewhere.
func (p *people) check(languages int) error {
	var name, granted, last uint64
	for row := range p.users.rows {
		n, g, h := p.users.at(row, userName), p.users.at(row, userGrants), p.users.at(row, userHash)
		end := row == p.users.rows-1
		switch {
		case n < name || n > uint64(len(p.names)), g < granted || g > uint64(p.grants.rows): //nolint:gosec // lengths
			return damaged("user row %d leads out of its tables", row)
		case row == 0 && (n != 0 || g != 0), end && (n != uint64(len(p.names)) || g != uint64(p.grants.rows)): //nolint:gosec // lengths
			return damaged("users and grants do not cover each other")
		case !end && p.users.at(row, userClass) >= uint64(p.userClasses.rows), !end && row > 0 && h <= last: //nolint:gosec // lengths
			return damaged("user row %d is out of order", row)
		}
		name, granted, last = n, g, h
	}
	var high, low uint64
	for row := range p.credentials.rows {
		h, l := p.credentials.at(row, credentialHigh), p.credentials.at(row, credentialLow)
		if p.credentials.at(row, credentialUser) > uint64(p.userCount()) || //nolint:gosec // a length
			p.credentials.at(row, credentialClass) >= uint64(p.credentialClasses.rows) || //nolint:gosec // a length
			(row > 0 && (h < high || (h == high && l <= low))) {
			return damaged("credential row %d is out of order", row)
		}
		high, low = h, l
	}
	for row := range p.grants.rows {
		if p.grants.at(row, grantClass) >= uint64(p.grantClasses.rows) { //nolint:gosec // a length
			return damaged("grant row %d has no class", row)
		}
	}
	for row := range p.userClasses.rows {
		if p.userClasses.at(row, classLanguage) >= uint64(languages) { //nolint:gosec // a length
			return damaged("user class %d has no language", row)
		}
	}
	return p.checkOwners()
}

func (p *people) checkOwners() error {
	if p.grantOwners.rows != (p.grants.rows+ownerStep-1)/ownerStep {
		return damaged("%d steps for %d grants", p.grantOwners.rows, p.grants.rows)
	}
	for step := range p.grantOwners.rows {
		u := p.grantOwners.at(step, 0)
		if u >= uint64(p.userCount()) { //nolint:gosec // a length
			return damaged("grant step %d has no user", step)
		}
		from, to := p.grantsOf(int(u)) //nolint:gosec // checked just now
		if step*ownerStep < from || step*ownerStep >= to {
			return damaged("grant step %d belongs to another user", step)
		}
	}
	return nil
}
