package store

import (
	"context"

	"smartbox"
	"smartbox/cloud/directory"
)

func locationTable() *table[directory.Location] {
	return &table[directory.Location]{
		kind: "location", name: "locations", columns: []string{"org", "name", "zone"},
		meta: func(l *directory.Location) (*uint64, *directory.Meta) { return (*uint64)(&l.ID), &l.Meta },
		fields: func(l *directory.Location) []field {
			return []field{ident[directory.OrgID]{&l.Org}, text[string]{&l.Name}, text[string]{&l.Zone}}
		},
	}
}

func holidayTable() *table[directory.Holiday] {
	return &table[directory.Holiday]{
		kind: "holiday", name: "holidays", columns: []string{"org", "location", "date", "name"},
		numbers: []string{"date"},
		meta:    func(h *directory.Holiday) (*uint64, *directory.Meta) { return (*uint64)(&h.ID), &h.Meta },
		fields: func(h *directory.Holiday) []field {
			return []field{
				ident[directory.OrgID]{&h.Org}, ident[smartbox.LocationID]{&h.Location}, num[smartbox.Date]{&h.Date}, text[string]{&h.Name},
			}
		},
	}
}

func boxTable() *table[directory.Box] {
	return &table[directory.Box]{
		kind: "box", name: "boxes",
		columns: []string{"org", "name", "location", "language", "need_pin", "go_to", "policy", "reasons"},
		meta:    func(b *directory.Box) (*uint64, *directory.Meta) { return (*uint64)(&b.ID), &b.Meta },
		fields: func(b *directory.Box) []field {
			return []field{
				ident[directory.OrgID]{&b.Org},
				text[string]{&b.Name},
				ident[smartbox.LocationID]{&b.Location},
				text[string]{&b.Language},
				flag{&b.NeedPIN},
				text[string]{&b.GoTo},
				inJSON[smartbox.BoxPolicy]{&b.Policy},
				inJSON[[]smartbox.PickupReason]{&b.Reasons},
			}
		},
	}
}

func slotTable() *table[directory.Slot] {
	return &table[directory.Slot]{
		kind: "slot", name: "slots", columns: []string{"org", "box", "number", "retired"}, numbers: []string{"number"},
		meta: func(s *directory.Slot) (*uint64, *directory.Meta) { return (*uint64)(&s.ID), &s.Meta },
		fields: func(s *directory.Slot) []field {
			return []field{ident[directory.OrgID]{&s.Org}, ident[smartbox.BoxID]{&s.Box}, num[uint16]{&s.Number}, flag{&s.Retired}}
		},
	}
}

func keyTable() *table[directory.Key] {
	return &table[directory.Key]{
		kind: "key", name: "keys", columns: []string{"org", "name", "box", "home", "groups_list", "policy", "blocked"},
		inside: map[directory.Field]string{
			directory.FieldGroup: "id IN (SELECT key_id FROM keys_in_groups WHERE group_id%s)",
		},
		meta: func(k *directory.Key) (*uint64, *directory.Meta) { return (*uint64)(&k.ID), &k.Meta },
		fields: func(k *directory.Key) []field {
			return []field{
				ident[directory.OrgID]{&k.Org},
				text[string]{&k.Name},
				ident[smartbox.BoxID]{&k.Box},
				ident[smartbox.SlotID]{&k.Home},
				inJSON[[]smartbox.GroupID]{&k.Groups},
				inJSON[smartbox.KeyPolicy]{&k.Policy},
				flag{&k.Blocked},
			}
		},
		children: func(ctx context.Context, q queryer, k *directory.Key) error {
			if _, err := q.exec(ctx, "DELETE FROM keys_in_groups WHERE key_id = ?", idValue(k.ID)); err != nil {
				return err
			}
			rows := make([][]any, 0, len(k.Groups))
			for _, g := range k.Groups {
				rows = append(rows, []any{idValue(g), idValue(k.ID)})
			}
			return q.bulk(ctx, "INSERT INTO keys_in_groups (group_id, key_id) VALUES", 2, "", rows)
		},
	}
}

func groupTable() *table[directory.Group] {
	return &table[directory.Group]{
		kind: "group", name: "key_groups", columns: []string{"org", "name", "need_pin", "people", "max_per_user", "max_out"},
		meta: func(g *directory.Group) (*uint64, *directory.Meta) { return (*uint64)(&g.ID), &g.Meta },
		fields: func(g *directory.Group) []field {
			return []field{
				ident[directory.OrgID]{&g.Org}, text[string]{&g.Name}, flag{&g.NeedPIN}, num[uint8]{&g.People}, num[uint8]{&g.MaxPerUser}, num[uint8]{&g.MaxOut},
			}
		},
	}
}
