package directory

import (
	"context"
	"fmt"
	"strings"

	"smartbox"
)

// Things are all things of one kind, as an actor may see and change them. Another organization's are not found.
type Things[T any, I ~uint64] struct {
	s *Service
	k *kind[T]
}

// head is what the code that serves every kind needs of a thing.
type head struct {
	id   *uint64
	org  *OrgID
	meta *Meta
}

// kind is what sets one kind of thing apart.
type kind[T any] struct {
	name   string
	set    func(Tx) Set[T]
	head   func(*T) head
	see    Capability
	manage Capability // "" = not created, changed or deleted by Things
	order  Field      // of lists where nobody asks for another

	// check refuses a thing that cannot be; old is nil for a new one. It may complete it.
	check func(ctx context.Context, c *change, old, now *T) error
	// guard refuses a deletion; it may take along what hangs on the thing.
	guard func(ctx context.Context, c *change, old *T) error
	// after writes what boxes must know; old is nil for a new thing, now for a deleted one.
	after func(ctx context.Context, c *change, old, now *T) error
	// only narrows what the actor sees; nil = everything of the organization.
	only func(a Actor) []Cond
	// What a kind with manage still has another way for.
	noCreate, noUpdate, noDelete bool
}

// Create adds a thing; its id, organization and Meta are given to it. An id that is set already is kept, so that
// a name may be chosen.
func (t Things[T, I]) Create(ctx context.Context, a Actor, thing T) (T, error) {
	if err := t.may(a, t.k.noCreate); err != nil {
		return thing, err
	}
	err := t.s.change(ctx, a, func(c *change) error {
		fresh := thing
		if err := create(ctx, c, t.k, &fresh); err != nil {
			return err
		}
		thing = fresh
		return nil
	})
	return thing, err
}

func create[T any](ctx context.Context, c *change, k *kind[T], thing *T) error {
	h := k.head(thing)
	if *h.id == 0 {
		*h.id = newID()
	}
	if !smartbox.ID[any](*h.id).Valid() {
		return &InvalidError{Kind: k.name, Field: "id", Problem: "is no id", Mend: "use a-z, 0-9 and '-', or leave it out"}
	}
	*h.org, *h.meta = c.actor.Org, Meta{Created: c.now, Updated: c.now}
	if k.check != nil {
		if err := k.check(ctx, c, nil, thing); err != nil {
			return err
		}
	}
	if err := k.set(c.tx).Insert(ctx, thing); err != nil {
		return err
	}
	if k.after != nil {
		if err := k.after(ctx, c, nil, thing); err != nil {
			return err
		}
	}
	return c.audit(ctx, "create", k.name, *h.id, "")
}

// Get finds one.
func (t Things[T, I]) Get(ctx context.Context, a Actor, id I) (thing T, err error) {
	if err := t.maySee(a, uint64(id)); err != nil {
		return thing, err
	}
	err = t.s.o.Repo.View(ctx, func(tx Tx) error {
		thing, err = get(ctx, tx, a, t.k, uint64(id))
		return err
	})
	return thing, err
}

func get[T any](ctx context.Context, tx Tx, a Actor, k *kind[T], id uint64) (T, error) {
	thing, err := k.set(tx).Get(ctx, id)
	if err != nil {
		return thing, err
	}
	if *k.head(&thing).org != a.Org {
		var none T
		return none, notFound(k.name, smartbox.ID[any](id))
	}
	return thing, nil
}

// List gives a page.
func (t Things[T, I]) List(ctx context.Context, a Actor, l List) (p Page[T], err error) {
	if err := a.need(t.k.see); err != nil {
		return p, err
	}
	q := Query{Where: append([]Cond{Eq(FieldOrg, a.Org)}, l.Where...), Order: l.Order, Down: l.Down, Limit: l.Limit}
	if t.k.only != nil {
		q.Where = append(q.Where, t.k.only(a)...)
	}
	if q.Order == "" {
		q.Order = t.k.order
	}
	if s := strings.TrimSpace(l.Search); s != "" {
		field := FieldName
		if t.k.name == kindMember {
			field = FieldSearch
		}
		q.Where = append(q.Where, Cond{field, OpHas, strings.ToLower(s)})
	}
	if q.Limit <= 0 {
		q.Limit = DefaultPage
	}
	q.Limit = min(q.Limit, MaxPage)
	if l.After != "" {
		if q.After, err = parseCursor(q.Order, l.After); err != nil {
			return p, err
		}
	}
	want := q.Limit
	q.Limit++ // one more shows whether there is a next page
	err = t.s.o.Repo.View(ctx, func(tx Tx) error {
		p.Things, err = t.k.set(tx).Find(ctx, q)
		if err != nil || len(p.Things) <= want {
			return err
		}
		p.Things = p.Things[:want]
		last := *t.k.head(&p.Things[want-1]).id
		value, err := t.k.set(tx).Value(ctx, last, q.Order)
		p.Next = cursor(q.Order, Position{Value: value, ID: last})
		return err
	})
	return p, err
}

// Update replaces a thing; Meta.Version names the one that the caller has read.
func (t Things[T, I]) Update(ctx context.Context, a Actor, thing T) (T, error) {
	if err := t.may(a, t.k.noUpdate); err != nil {
		return thing, err
	}
	err := t.s.change(ctx, a, func(c *change) error {
		now := thing
		old, err := get(ctx, c.tx, a, t.k, *t.k.head(&now).id)
		if err != nil {
			return err
		}
		if t.k.head(&old).meta.Version != t.k.head(&now).meta.Version {
			return fmt.Errorf("%s %s: %w", t.k.name, smartbox.ID[any](*t.k.head(&old).id), ErrStale)
		}
		if err := update(ctx, c, t.k, &old, &now); err != nil {
			return err
		}
		if err := c.audit(ctx, "update", t.k.name, *t.k.head(&now).id, ""); err != nil {
			return err
		}
		thing = now
		return nil
	})
	return thing, err
}

// update writes now over old, with what follows from it for boxes.
func update[T any](ctx context.Context, c *change, k *kind[T], old, now *T) error {
	h := k.head(now)
	*h.org, h.meta.Created, h.meta.Updated = c.actor.Org, k.head(old).meta.Created, c.now
	if k.check != nil {
		if err := k.check(ctx, c, old, now); err != nil {
			return err
		}
	}
	if err := k.set(c.tx).Update(ctx, now); err != nil {
		return err
	}
	if k.after == nil {
		return nil
	}
	return k.after(ctx, c, old, now)
}

// Delete takes a thing away; version 0 takes it away whatever its version.
func (t Things[T, I]) Delete(ctx context.Context, a Actor, id I, version int64) error {
	if err := t.may(a, t.k.noDelete); err != nil {
		return err
	}
	return t.s.change(ctx, a, func(c *change) error {
		old, err := get(ctx, c.tx, a, t.k, uint64(id))
		if err != nil {
			return err
		}
		if version != 0 && t.k.head(&old).meta.Version != version {
			return fmt.Errorf("%s %s: %w", t.k.name, smartbox.ID[any](id), ErrStale)
		}
		return remove(ctx, c, t.k, &old)
	})
}

func remove[T any](ctx context.Context, c *change, k *kind[T], old *T) error {
	if k.guard != nil {
		if err := k.guard(ctx, c, old); err != nil {
			return err
		}
	}
	if err := k.set(c.tx).Delete(ctx, *k.head(old).id); err != nil {
		return err
	}
	if k.after != nil {
		if err := k.after(ctx, c, old, nil); err != nil {
			return err
		}
	}
	return c.audit(ctx, "delete", k.name, *k.head(old).id, "")
}

func (t Things[T, I]) may(a Actor, never bool) error {
	if t.k.manage == "" || never {
		return &ForbiddenError{Need: "another way: a " + t.k.name + " is not changed like other things"}
	}
	return a.need(t.k.manage)
}

// maySee lets everybody see her own record.
func (t Things[T, I]) maySee(a Actor, id uint64) error {
	if t.k.name == kindMember && id == uint64(a.Member) && a.Can(SeeOwn) {
		return nil
	}
	return a.need(t.k.see)
}
