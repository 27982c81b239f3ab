package index

import (
	"encoding/binary"
	"unsafe"

	"smartbox"
)

// people are the parts of a snapshot that grow with the users: tables over the image, no pointer in them.
type people struct {
	users             table // and one row more, which ends the names and the grants of the last user
	userDir           directory
	userClasses       table
	credentials       table
	credentialDir     directory
	credentialClasses table
	grants            table
	grantOwners       table
	grantClasses      table
	names             []byte
}

// The columns.
const (
	userHash = iota // mix of the id; the table is ascending by it
	userName        // where the name begins
	userClass
	userGrants // where the grants begin
	userColumns
)

const (
	classRole = iota
	classStatus
	classSwitches
	classMaxKeys
	classLanguage // a place in things.Languages
	classFrom
	classUntil
	userClassColumns
)

const (
	credentialHigh = iota // the first 8 bytes of the digest; the table is ascending by digest
	credentialLow
	credentialNumber
	credentialUser // row of the user + 1; 0 = none
	credentialClass
	credentialColumns
)

const (
	classKind = iota
	classActive
	classKey
	classValid // until
	credentialClassColumns
)

const (
	grantID = iota
	grantClass
	grantColumns
)

const (
	classTarget = iota
	classRef
	classPermission
	classSchedule
	classGrantFrom
	classGrantUntil
	grantClassColumns
)

// ownerStep is how many grants share one entry of grantOwners, the row of the first one's user.
const ownerStep = 8

// userCount is how many users there are.
func (p *people) userCount() int { return p.users.rows - 1 }

// findUser is the row of a user.
func (p *people) findUser(id smartbox.UserID) (row int, ok bool) {
	h := mix(uint64(id))
	from, to := p.userDir.bucket(h)
	for from < to {
		m := int(uint(from+to) >> 1)
		if p.users.at(m, userHash) < h {
			from = m + 1
		} else {
			to = m
		}
	}
	return from, from < p.userCount() && p.users.at(from, userHash) == h
}

func (p *people) userID(row int) smartbox.UserID {
	return smartbox.UserID(unmix(p.users.at(row, userHash)))
}

// user is a row. The name shares the image's bytes.
func (p *people) user(row int, languages []string) smartbox.User {
	from, to := p.users.at(row, userName), p.users.at(row+1, userName)
	c := int(p.users.at(row, userClass)) //nolint:gosec // checked when loaded
	k := &p.userClasses
	return smartbox.User{
		ID:       p.userID(row),
		Name:     share(p.names[from:to]),
		Role:     smartbox.Role(k.at(c, classRole)),         //nolint:gosec // one byte
		Status:   smartbox.Status(k.at(c, classStatus)),     //nolint:gosec // one byte
		Switches: smartbox.Switches(k.at(c, classSwitches)), //nolint:gosec // one byte
		MaxKeys:  uint8(k.at(c, classMaxKeys)),              //nolint:gosec // one byte
		Language: languages[k.at(c, classLanguage)],
		From:     smartbox.Stamp(k.at(c, classFrom)),  //nolint:gosec // as it was
		Until:    smartbox.Stamp(k.at(c, classUntil)), //nolint:gosec // as it was
	}
}

// share makes a string of bytes that are never written to.
func share(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // see DESIGN.md: names without an allocation

// findCredential is the row of a digest. Where there is none it is the row of another, so that both cost the same
// reads; -1 only where there are no credentials at all.
func (p *people) findCredential(d *smartbox.Digest) (row int, ok bool) {
	high, low := binary.BigEndian.Uint64(d[:]), binary.BigEndian.Uint64(d[8:])
	from, to := p.credentialDir.bucket(high)
	for from < to {
		m := int(uint(from+to) >> 1)
		at := p.credentials.at(m, credentialHigh)
		if at < high || (at == high && p.credentials.at(m, credentialLow) < low) {
			from = m + 1
		} else {
			to = m
		}
	}
	row = min(from, p.credentials.rows-1)
	return row, row >= 0 && p.credentials.at(row, credentialHigh) == high && p.credentials.at(row, credentialLow) == low
}

func (p *people) credential(row int) smartbox.Credential {
	c := smartbox.Credential{Number: uint32(p.credentials.at(row, credentialNumber))} //nolint:gosec // as it was
	binary.BigEndian.PutUint64(c.Digest[:], p.credentials.at(row, credentialHigh))
	binary.BigEndian.PutUint64(c.Digest[8:], p.credentials.at(row, credentialLow))
	if u := int(p.credentials.at(row, credentialUser)); u != 0 { //nolint:gosec // checked when loaded
		c.User = p.userID(u - 1)
	}
	class := int(p.credentials.at(row, credentialClass)) //nolint:gosec // checked when loaded
	k := &p.credentialClasses
	c.Kind = smartbox.CredentialKind(k.at(class, classKind)) //nolint:gosec // one byte
	c.Active = k.at(class, classActive) != 0
	c.Key = smartbox.KeyID(k.at(class, classKey))
	c.Until = smartbox.Stamp(k.at(class, classValid)) //nolint:gosec // as it was
	return c
}

// grantsOf are the rows of a user's grants.
func (p *people) grantsOf(row int) (from, to int) {
	return int(p.users.at(row, userGrants)), int(p.users.at(row+1, userGrants)) //nolint:gosec // checked when loaded
}

// owner is the row of the user to whom a grant belongs.
func (p *people) owner(grant int) int {
	step := grant / ownerStep
	from, to := int(p.grantOwners.at(step, 0)), p.userCount()-1 //nolint:gosec // checked when loaded
	if step+1 < p.grantOwners.rows {
		to = int(p.grantOwners.at(step+1, 0)) //nolint:gosec // checked when loaded
	}
	for from < to { // the last user whose grants begin at or before this one
		m := int(uint(from+to+1) >> 1)
		if int(p.users.at(m, userGrants)) <= grant { //nolint:gosec // checked when loaded
			from = m
		} else {
			to = m - 1
		}
	}
	return from
}

func (p *people) grant(row int) smartbox.Grant {
	class := int(p.grants.at(row, grantClass)) //nolint:gosec // checked when loaded
	k := &p.grantClasses
	return smartbox.Grant{
		ID:       smartbox.GrantID(p.grants.at(row, grantID)),
		User:     p.userID(p.owner(row)),
		Target:   p.target(class),
		Role:     smartbox.PermissionRole(k.at(class, classPermission)), //nolint:gosec // one byte
		Schedule: smartbox.ScheduleID(k.at(class, classSchedule)),
		From:     smartbox.Stamp(k.at(class, classGrantFrom)),  //nolint:gosec // as it was
		Until:    smartbox.Stamp(k.at(class, classGrantUntil)), //nolint:gosec // as it was
	}
}

// target is what the grants of a class cover.
func (p *people) target(class int) smartbox.Target {
	k := &p.grantClasses
	return smartbox.Target{
		Kind: smartbox.TargetKind(k.at(class, classTarget)), //nolint:gosec // one byte
		Ref:  k.at(class, classRef),
	}
}
