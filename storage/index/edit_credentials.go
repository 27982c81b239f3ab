package index

import "smartbox"

// dropCredential takes a credential away, if there is one that was not taken away before.
func (e *edit) dropCredential(d smartbox.Digest) {
	c, ok := e.x.Credential(d)
	if n, changed := e.over.credentials[d]; !ok || (changed && n.gone) {
		return
	}
	e.diff.Out.Credentials = append(e.diff.Out.Credentials, c)
	e.over.credentials[d] = changedCredential{gone: true}
}

func (e *edit) putCredentials() {
	for _, d := range e.d.Drop.Credentials {
		e.dropCredential(d)
	}
	e.cascadeCredentials()
	seen := make(set[smartbox.Digest], len(e.d.Put.Credentials))
	numbers := make(set[uint32], len(e.d.Put.Credentials))
	for _, c := range e.d.Put.Credentials {
		e.want(seen.add(c.Digest))
		e.dropCredential(c.Digest)
		if e.dropUsers.has(c.User) || e.dropKeys.has(c.Key) {
			continue // goes with her
		}
		e.want(c.Number != 0 && numbers.add(c.Number))
		switch c.Kind {
		case smartbox.AccessCode, smartbox.UserBadge, smartbox.BackupCode:
			e.want(c.Key == 0 && e.hasUser(c.User))
		case smartbox.KeyFob:
			e.want(c.User == 0 && e.hasKey(c.Key))
		default:
			e.want(false)
		}
		e.diff.In.Credentials = append(e.diff.In.Credentials, c)
	}
	if len(numbers) > 0 {
		e.want(!e.numbered(numbers)) // while the old ones are gone and the new ones not there
	}
	for _, c := range e.diff.In.Credentials {
		e.over.credentials[c.Digest] = changedCredential{Credential: c}
	}
}

// cascadeCredentials takes along what belongs to dropped users and keys.
func (e *edit) cascadeCredentials() {
	if len(e.dropUsers)+len(e.dropKeys) == 0 {
		return
	}
	p := e.x.people
	users := newSieve() // as a row names its user
	for id := range e.dropUsers {
		if row, ok := p.findUser(id); ok {
			users.add(uint64(row) + 1) //nolint:gosec // a row
		}
	}
	classes := newSieve()
	for class := range p.credentialClasses.rows {
		if k := smartbox.KeyID(p.credentialClasses.at(class, classKey)); e.dropKeys.has(k) {
			classes.add(uint64(class))
		}
	}
	rows := append(p.credentials.rowsWith(credentialUser, users), p.credentials.rowsWith(credentialClass, classes)...)
	for _, row := range rows {
		if c := p.credential(row); !e.changed(c.Digest) {
			e.dropCredential(c.Digest)
		}
	}
	if e.x.over == nil {
		return
	}
	for d, c := range e.x.over.credentials {
		if !c.gone && (e.dropUsers.has(c.User) || e.dropKeys.has(c.Key)) {
			e.dropCredential(d)
		}
	}
}

// changed reports whether the tables' word on a digest is void, before or by this edit.
func (e *edit) changed(d smartbox.Digest) bool {
	_, ok := e.over.credentials[d]
	return ok
}

// numbered reports whether a credential that stays has one of the numbers.
func (e *edit) numbered(numbers set[uint32]) bool {
	for _, c := range e.over.credentials {
		if !c.gone && numbers.has(c.Number) {
			return true
		}
	}
	p, sought := e.x.people, newSieve()
	for n := range numbers {
		sought.add(uint64(n))
	}
	for _, row := range p.credentials.rowsWith(credentialNumber, sought) {
		if !e.changed(p.credential(row).Digest) {
			return true
		}
	}
	return false
}
