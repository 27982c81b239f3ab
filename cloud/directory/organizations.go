package directory

import (
	"context"
	"fmt"

	"smartbox"
)

func checkOrganization(o *Organization) error {
	if o.Plan > PlanPaid {
		return invalid(kindOrganization, "plan", "is something unknown", "use free or paid")
	}
	if n := o.Settings.CodeLength; n != 0 && (n < smartbox.MinCode || n > smartbox.MaxCode) {
		return invalid(kindOrganization, "code length", fmt.Sprintf("is not %d to %d", smartbox.MinCode, smartbox.MaxCode), "use 0 for as short as is safe")
	}
	if o.Settings.InactiveAfter < 0 {
		return invalid(kindOrganization, "inactive after", "is negative", "use 0 for 90 days")
	}
	return checkName(kindOrganization, "name", o.Name, true)
}

// CreateOrganization makes a tenant with its first administrator. A full administrator is invited like others are.
func (s *Service) CreateOrganization(ctx context.Context, o Organization, admin NewMember) (made Organization, m Member, shown Shown, err error) {
	if o.ID == 0 {
		o.ID = OrgID(newID())
	}
	if !o.ID.Valid() {
		return made, m, shown, invalid(kindOrganization, "id", "is no id", "use a-z, 0-9 and '-', or leave it out")
	}
	if err := checkOrganization(&o); err != nil {
		return made, m, shown, err
	}
	err = s.change(ctx, SystemActor(o.ID), func(c *change) error {
		made = o
		made.Meta = Meta{Created: c.now, Updated: c.now}
		if err := c.tx.Organizations().Insert(ctx, &made); err != nil {
			return err
		}
		if err := c.audit(ctx, "create", kindOrganization, uint64(made.ID), ""); err != nil {
			return err
		}
		admin.Role = smartbox.RoleAdministrator
		m, shown, err = c.createMember(ctx, admin)
		return err
	})
	if err != nil {
		return Organization{}, Member{}, Shown{}, err
	}
	return made, m, shown, nil
}

// Organization is the actor's own.
func (s *Service) Organization(ctx context.Context, a Actor) (o Organization, err error) {
	if err := a.need(SeeOwn); err != nil {
		return o, err
	}
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		o, err = tx.Organizations().Get(ctx, uint64(a.Org))
		return err
	})
	return o, err
}

// Organizations lists all there are, for the operator's own programs.
func (s *Service) Organizations(ctx context.Context) (list []Organization, err error) {
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		list, err = tx.Organizations().Find(ctx, Query{})
		return err
	})
	return list, err
}

// UpdateOrganization changes the actor's own, all but its plan.
func (s *Service) UpdateOrganization(ctx context.Context, a Actor, o Organization) (made Organization, err error) {
	if err := a.need(ManageTokens); err != nil {
		return made, err
	}
	err = s.change(ctx, a, func(c *change) error {
		old, err := c.tx.Organizations().Get(ctx, uint64(a.Org))
		if err != nil {
			return err
		}
		if o.Version != old.Version {
			return fmt.Errorf("%s %s: %w", kindOrganization, a.Org, ErrStale)
		}
		made = o
		made.ID, made.Created, made.Updated, made.Plan = a.Org, old.Created, c.now, old.Plan
		if err := checkOrganization(&made); err != nil {
			return err
		}
		if err := c.tx.Organizations().Update(ctx, &made); err != nil {
			return err
		}
		if made.Settings.Language != old.Settings.Language {
			if err := c.reframeAt(ctx, 0); err != nil {
				return err
			}
		}
		return c.audit(ctx, "update", kindOrganization, uint64(a.Org), "")
	})
	return made, err
}
