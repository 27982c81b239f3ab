package store

import (
	"strings"

	"smartbox"
	"smartbox/cloud/directory"
)

func organizationTable() *table[directory.Organization] {
	return &table[directory.Organization]{
		kind: "organization", name: "organizations", columns: []string{"name", "plan", "settings"},
		meta: func(o *directory.Organization) (*uint64, *directory.Meta) { return (*uint64)(&o.ID), &o.Meta },
		fields: func(o *directory.Organization) []field {
			return []field{text[string]{&o.Name}, num[directory.Plan]{&o.Plan}, inJSON[directory.Settings]{&o.Settings}}
		},
	}
}

func profileTable() *table[directory.Profile] {
	return &table[directory.Profile]{
		kind: "profile", name: "profiles", columns: []string{"email", "phone", "password", "disabled"},
		meta: func(p *directory.Profile) (*uint64, *directory.Meta) { return (*uint64)(&p.ID), &p.Meta },
		fields: func(p *directory.Profile) []field {
			return []field{text[string]{&p.Email}, text[string]{&p.Phone}, text[string]{&p.Password}, flag{&p.Disabled}}
		},
	}
}

func memberTable() *table[directory.Member] {
	return &table[directory.Member]{
		kind: "member", name: "members",
		columns: []string{
			"org", "kind", "role", "status", "status_at", "status_by", "profile", "switches", "max_keys",
			"from_at", "until_at", "last_used", "first_name", "last_name", "email", "phone", "language", "comment",
		},
		derived: []string{"name", "search"},
		numbers: []string{"kind", "role", "status", "status_at", "last_used", "from_at", "until_at"},
		inside: map[directory.Field]string{
			directory.FieldGroup: "id IN (SELECT member FROM grants WHERE target%s)", // of a group's target
		},
		meta: func(m *directory.Member) (*uint64, *directory.Meta) { return (*uint64)(&m.ID), &m.Meta },
		fields: func(m *directory.Member) []field {
			return []field{
				ident[directory.OrgID]{&m.Org},
				num[directory.MemberKind]{&m.Kind},
				num[smartbox.Role]{&m.Role},
				num[smartbox.Status]{&m.Status},
				num[smartbox.Stamp]{&m.StatusAt},
				text[string]{&m.StatusBy},
				ident[directory.ProfileID]{&m.Profile},
				inJSON[directory.MemberSwitches]{&m.Switches},
				num[uint8]{&m.MaxKeys},
				num[smartbox.Stamp]{&m.From},
				num[smartbox.Stamp]{&m.Until},
				num[smartbox.Stamp]{&m.LastUsed},
				text[string]{&m.Person.FirstName},
				text[string]{&m.Person.LastName},
				text[string]{&m.Person.Email},
				text[string]{&m.Person.Phone},
				text[string]{&m.Person.Language},
				text[string]{&m.Person.Comment},
			}
		},
		derive: func(m *directory.Member) []any {
			name := strings.ToLower(m.Person.Name())
			return []any{name, name + "\n" + strings.ToLower(m.Person.Email) + "\n" + m.Person.Phone}
		},
	}
}

func credentialTable() *table[directory.Credential] {
	return &table[directory.Credential]{
		kind: "credential", name: "credentials",
		columns: []string{"org", "kind", "member", "key_id", "number", "active", "until_at", "length", "tech", "sealed", "lookup"},
		numbers: []string{"kind", "number"},
		inside: map[directory.Field]string{
			// Of the users that a box has; 7 is smartbox.ItemUser.
			directory.FieldBox: "member IN (SELECT item FROM box_items WHERE kind = 7 AND body IS NOT NULL AND box%s)",
		},
		meta: func(c *directory.Credential) (*uint64, *directory.Meta) { return (*uint64)(&c.ID), &c.Meta },
		fields: func(c *directory.Credential) []field {
			return []field{
				ident[directory.OrgID]{&c.Org},
				num[smartbox.CredentialKind]{&c.Kind},
				ident[smartbox.UserID]{&c.Member},
				ident[smartbox.KeyID]{&c.Key},
				num[uint32]{&c.Number},
				flag{&c.Active},
				num[smartbox.Stamp]{&c.Until},
				num[uint8]{&c.Length},
				text[string]{&c.Tech},
				blob{&c.Sealed},
				blob{&c.Lookup},
			}
		},
	}
}

func grantTable() *table[directory.Grant] {
	return &table[directory.Grant]{
		kind: "grant", name: "grants",
		columns: []string{"org", "member", "target", "role", "schedule", "from_at", "until_at"},
		numbers: []string{"role", "from_at", "until_at"},
		meta:    func(g *directory.Grant) (*uint64, *directory.Meta) { return (*uint64)(&g.ID), &g.Meta },
		fields: func(g *directory.Grant) []field {
			return []field{
				ident[directory.OrgID]{&g.Org},
				ident[smartbox.UserID]{&g.Member},
				target{&g.Target},
				num[smartbox.PermissionRole]{&g.Role},
				ident[smartbox.ScheduleID]{&g.Schedule},
				num[smartbox.Stamp]{&g.From},
				num[smartbox.Stamp]{&g.Until},
			}
		},
	}
}

func tokenTable() *table[directory.Token] {
	return &table[directory.Token]{
		kind: "token", name: "tokens",
		columns: []string{"org", "name", "digest", "scopes", "role", "member", "expires", "last_used"},
		meta:    func(t *directory.Token) (*uint64, *directory.Meta) { return (*uint64)(&t.ID), &t.Meta },
		fields: func(t *directory.Token) []field {
			return []field{
				ident[directory.OrgID]{&t.Org},
				text[string]{&t.Name},
				blob{&t.Digest},
				inJSON[[]directory.Scope]{&t.Scopes},
				num[smartbox.Role]{&t.Role},
				ident[smartbox.UserID]{&t.Member},
				num[smartbox.Stamp]{&t.Expires},
				num[smartbox.Stamp]{&t.LastUsed},
			}
		},
	}
}
