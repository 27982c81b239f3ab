package directory

import (
	"context"
	"net/mail"
	"strings"

	"smartbox"
)

// NewMember is what it takes to add a member.
type NewMember struct {
	Member       // ID may be chosen; Org, Meta, Status and Profile are given to it
	Code         CodeWish
	Badges       []smartbox.Badge
	BadgesActive bool    // activated already
	Grants       []Grant // Member is given to them
	Reason       string  // for the audit
}

// Shown is what is shown once and never again.
type Shown struct {
	Code smartbox.Code // "" = none was made. Code.String hides it: who shows it must say string(Code)
}

func memberKind() *kind[Member] {
	return &kind[Member]{
		name: kindMember, set: Tx.Members, head: memberHead, see: SeeMembers, manage: ManageMembers, order: FieldName,
		noCreate: true, noDelete: true,
		check: checkMember,
		after: func(ctx context.Context, c *change, _, now *Member) error { return c.member(ctx, *now) },
	}
}

// member projects one member onto every box that has her or should.
func (c *change) member(ctx context.Context, m Member) error {
	boxes, err := c.tx.State().Holding(ctx, smartbox.ItemUser, m.ID.String())
	if err != nil {
		return err
	}
	on := make(map[smartbox.BoxID]bool, len(boxes))
	for _, box := range boxes {
		on[box] = true
	}
	if !gone(m.Status) {
		should, err := c.memberBoxes(ctx, m)
		if err != nil {
			return err
		}
		for _, box := range should {
			on[box] = true
		}
	}
	for _, box := range sorted(on) {
		if err := c.people(ctx, box, []smartbox.UserID{m.ID}); err != nil {
			return err
		}
	}
	return nil
}

// memberBoxes are the boxes on which a member belongs by her role and grants.
func (c *change) memberBoxes(ctx context.Context, m Member) ([]smartbox.BoxID, error) {
	if m.Role.Can(smartbox.CanServe) {
		return c.boxesOf(ctx, smartbox.OnAll())
	}
	grants, err := c.tx.Grants().Find(ctx, Query{Where: []Cond{Eq(FieldMember, m.ID)}})
	if err != nil {
		return nil, err
	}
	on := map[smartbox.BoxID]bool{}
	for _, g := range grants {
		boxes, err := c.boxesOf(ctx, g.Target)
		if err != nil {
			return nil, err
		}
		for _, box := range boxes {
			on[box] = true
		}
	}
	return sorted(on), nil
}

func checkMember(ctx context.Context, c *change, old, now *Member) error {
	if now.Kind > KindSmartbox || now.Role > smartbox.RoleAdministrator {
		return invalid(kindMember, "kind", "or role is something unknown", "use full or smartbox; basic, manager or administrator")
	}
	if old != nil {
		now.Kind, now.Profile, now.LastUsed = old.Kind, old.Profile, old.LastUsed
		now.Status, now.StatusAt, now.StatusBy = old.Status, old.StatusAt, old.StatusBy
		if gone(old.Status) {
			return notFound(kindMember, old.ID)
		}
	}
	if now.Role != smartbox.RoleBasic || (old != nil && old.Role != smartbox.RoleBasic) {
		if err := c.actor.need(AdministerRoles); err != nil {
			return err
		}
	}
	if old != nil && old.Role.Can(smartbox.CanServe) && !now.Role.Can(smartbox.CanServe) {
		if err := c.adminLeft(ctx, old.ID); err != nil {
			return err
		}
	}
	if old != nil {
		if err := c.mayManage(ctx, old.ID); err != nil {
			return err
		}
	}
	if err := checkSpan(kindMember, now.From, now.Until); err != nil {
		return err
	}
	return checkPerson(now)
}

func checkPerson(m *Member) error {
	p := &m.Person
	p.FirstName, p.LastName = strings.TrimSpace(p.FirstName), strings.TrimSpace(p.LastName)
	p.Email, p.Phone = strings.ToLower(strings.TrimSpace(p.Email)), strings.TrimSpace(p.Phone)
	if err := checkName(kindMember, "first-name", p.FirstName, m.Kind == KindSmartbox); err != nil {
		return err
	}
	if err := checkName(kindMember, "last-name", p.LastName, m.Kind == KindSmartbox); err != nil {
		return err
	}
	if err := checkName(kindMember, "name", p.Name(), true); err != nil {
		return err
	}
	if p.Email != "" || m.Kind == KindFull {
		at, err := mail.ParseAddress(p.Email)
		if err != nil || at.Address != p.Email || len(p.Email) > 254 {
			return invalid(kindMember, "email", "is no address", "write it like anna@example.org")
		}
	}
	if len(p.Language) > 8 {
		return invalid(kindMember, "language", "is no language", "use a code such as en or de")
	}
	if len(p.Comment) > 1000 {
		return invalid(kindMember, "comment", "is longer than 1000 bytes", "shorten it")
	}
	if p.Phone != "" && (len(p.Phone) > 16 || p.Phone[0] != '+' || strings.Trim(p.Phone[1:], "0123456789") != "" || len(p.Phone) < 5) {
		return invalid(kindMember, "phone", "is no phone number", "write it with country code and digits alone, such as +4930123456")
	}
	return nil
}

// adminLeft refuses to take the last administrator away.
func (c *change) adminLeft(ctx context.Context, except smartbox.UserID) error {
	n, err := c.tx.Members().Count(ctx, Eq(FieldOrg, c.actor.Org), Eq(FieldRole, smartbox.RoleAdministrator),
		Eq(FieldStatus, smartbox.StatusValidated), Cond{FieldID, OpNot, except})
	if err != nil || n > 0 {
		return err
	}
	return &RefusedError{Reason: RefusedLastAdmin, Problem: "nobody else administers the organization", Mend: "make another member an administrator first"}
}

// mayManage lets managers manage users in the groups they belong to, and those who are in none yet.
func (c *change) mayManage(ctx context.Context, id smartbox.UserID) error {
	if c.actor.Can(RemoveMembers) || c.actor.Member == 0 || c.actor.Member == id {
		return nil
	}
	theirs, err := c.tx.Grants().Find(ctx, Query{Where: []Cond{Eq(FieldMember, id)}})
	if err != nil || len(theirs) == 0 {
		return err
	}
	for _, g := range theirs {
		if c.mayGrant(ctx, g.Target) == nil {
			return nil
		}
	}
	return &ForbiddenError{Need: "a group in which both are"}
}

// CreateMember adds a member with code, badges and grants, all or nothing. A smartbox member starts validated, a full
// one invited.
func (s *Service) CreateMember(ctx context.Context, a Actor, n NewMember) (m Member, shown Shown, err error) {
	if err := a.need(ManageMembers); err != nil {
		return m, shown, err
	}
	err = s.change(ctx, a, func(c *change) error {
		m, shown, err = c.createMember(ctx, n)
		return err
	})
	if err != nil {
		return Member{}, Shown{}, err
	}
	return m, shown, nil
}

func (c *change) createMember(ctx context.Context, n NewMember) (m Member, shown Shown, err error) {
	m = n.Member
	m.Profile, m.LastUsed = 0, 0
	m.Status, m.StatusAt, m.StatusBy = smartbox.StatusInvited, c.now, c.actor.Name()
	if m.Kind == KindSmartbox {
		m.Status = smartbox.StatusValidated
	}
	if err := create(ctx, c, memberKind(), &m); err != nil {
		return m, shown, err
	}
	for _, g := range n.Grants {
		g.ID, g.Member = 0, m.ID
		if err := create(ctx, c, grantKind(), &g); err != nil {
			return m, shown, err
		}
	}
	for _, b := range n.Badges {
		if _, err := c.addBadge(ctx, m.ID, b, n.BadgesActive); err != nil {
			return m, shown, err
		}
	}
	if shown, err = c.setCode(ctx, m.ID, n.Code); err != nil {
		return m, shown, err
	}
	if len(n.Badges) == 0 && n.Code == (CodeWish{}) {
		return m, shown, nil
	}
	return m, shown, c.member(ctx, m)
}
