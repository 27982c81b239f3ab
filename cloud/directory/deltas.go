package directory

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"smartbox"
	"smartbox/sync/wire"
)

// ErrNeedsSnapshot says that no delta leads from where the box is.
var ErrNeedsSnapshot = errors.New("no delta leads there; send a snapshot")

// DeltaFor is what turns the box's state at (epoch, base) into the newest. ErrNeedsSnapshot where base is of another
// epoch, ahead, or below what tombstones are kept for. A box that is up to date gets an empty one with Base == Revision.
func (s *Service) DeltaFor(ctx context.Context, box smartbox.BoxID, epoch, base uint64) (d StateDelta, err error) {
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		st, err := tx.State().Get(ctx, box)
		if err != nil {
			return err
		}
		if epoch != st.Epoch || base > st.Version || base < st.Floor || base == 0 {
			return fmt.Errorf("box %s at %d.%d: %w", box, epoch, base, ErrNeedsSnapshot)
		}
		d.Base = smartbox.Revision{Epoch: epoch, Version: base}
		d.Revision = smartbox.Revision{Epoch: st.Epoch, Version: st.Version}
		d.IssuedAt = s.now()
		items, err := tx.State().Items(ctx, box, ItemFilter{Above: base})
		if err != nil {
			return err
		}
		for i := range items {
			if err := putOrDrop(&d.Delta, &items[i]); err != nil {
				return fmt.Errorf("box %s, %s %s: %w", box, items[i].Kind, items[i].Item, err)
			}
		}
		d.Erase, err = s.erase(ctx, tx, box)
		return err
	})
	return d, err
}

// erase lists whom the box has still to confirm that it forgot.
func (s *Service) erase(ctx context.Context, tx Tx, box smartbox.BoxID) ([]smartbox.UserID, error) {
	list, err := tx.State().Erasures(ctx, 0, box)
	var ids []smartbox.UserID
	for _, e := range list {
		ids = append(ids, e.Member)
	}
	return ids, err
}

func putOrDrop(d *smartbox.Delta, it *BoxItem) error {
	switch it.Kind {
	case smartbox.ItemBox:
		if it.Body == nil {
			return nil
		}
		d.Put.Box = new(smartbox.Box)
		return wire.Unmarshal(it.Body, d.Put.Box)
	case smartbox.ItemSlot:
		return sortOut(it, &d.Put.Slots, &d.Drop.Slots)
	case smartbox.ItemLocation:
		return sortOut(it, &d.Put.Locations, &d.Drop.Locations)
	case smartbox.ItemSchedule:
		return sortOut(it, &d.Put.Schedules, &d.Drop.Schedules)
	case smartbox.ItemGroup:
		return sortOut(it, &d.Put.Groups, &d.Drop.Groups)
	case smartbox.ItemKey:
		return sortOut(it, &d.Put.Keys, &d.Drop.Keys)
	case smartbox.ItemUser:
		return sortOut(it, &d.Put.Users, &d.Drop.Users)
	case smartbox.ItemGrant:
		return sortOut(it, &d.Put.Grants, &d.Drop.Grants)
	case smartbox.ItemBooking:
		return sortOut(it, &d.Put.Bookings, &d.Drop.Bookings)
	case smartbox.ItemCredential:
		if it.Body != nil {
			return read(it, &d.Put.Credentials)
		}
		b, err := hex.DecodeString(it.Item)
		if err != nil || len(b) != len(smartbox.Digest{}) {
			return errors.New("is stored under what is no digest")
		}
		d.Drop.Credentials = append(d.Drop.Credentials, smartbox.Digest(b))
		return nil
	default:
		return errors.New("is of a kind that there is not")
	}
}

func sortOut[T, I any](it *BoxItem, put *[]T, drop *[]smartbox.ID[I]) error {
	if it.Body != nil {
		return read(it, put)
	}
	id, err := smartbox.ParseID[I](it.Item)
	*drop = append(*drop, id)
	return err
}

func read[T any](it *BoxItem, to *[]T) error {
	var v T
	err := wire.Unmarshal(it.Body, &v)
	*to = append(*to, v)
	return err
}

// SnapshotFor is the box's whole state, normalized and valid. Custody is where the cloud last knew the box's keys.
func (s *Service) SnapshotFor(ctx context.Context, box smartbox.BoxID) (out StateSnapshot, err error) {
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		st, err := tx.State().Get(ctx, box)
		if err != nil {
			return err
		}
		items, err := tx.State().Items(ctx, box, ItemFilter{Live: true})
		if err != nil {
			return err
		}
		var d smartbox.Delta
		for i := range items {
			if err := putOrDrop(&d, &items[i]); err != nil {
				return fmt.Errorf("box %s, %s %s: %w", box, items[i].Kind, items[i].Item, err)
			}
		}
		p := d.Put
		out.Snapshot = &smartbox.Snapshot{
			Revision: smartbox.Revision{Epoch: st.Epoch, Version: st.Version}, IssuedAt: s.now(),
			Slots: p.Slots, Locations: p.Locations, Schedules: p.Schedules, Groups: p.Groups, Keys: p.Keys,
			Users: p.Users, Credentials: p.Credentials, Grants: p.Grants, Bookings: p.Bookings,
		}
		if p.Box != nil {
			out.Box = *p.Box
		}
		out.Digest = st.Digest
		if out.Erase, err = s.erase(ctx, tx, box); err != nil {
			return err
		}
		return seats(ctx, tx, st, out.Snapshot)
	})
	if err != nil {
		return StateSnapshot{}, err
	}
	out.Normalize()
	if err := out.Validate(s.o.Zones); err != nil {
		return StateSnapshot{}, fmt.Errorf("state of box %s: %w", box, err)
	}
	return out, nil
}

// seats tells a new box where its keys are.
func seats(ctx context.Context, tx Tx, st BoxState, snap *smartbox.Snapshot) error {
	list, err := tx.Log().Custody(ctx, CustodyFilter{Org: st.Org, Box: st.Box})
	if err != nil {
		return err
	}
	slots, keys := map[smartbox.SlotID]bool{}, map[smartbox.KeyID]bool{}
	for _, x := range snap.Slots {
		slots[x.ID] = true
	}
	for _, x := range snap.Keys {
		keys[x.ID] = true
	}
	for _, c := range list {
		if keys[c.Key] && (c.Place != smartbox.InSlot || slots[c.Slot]) {
			snap.Custody = append(snap.Custody, c.Custody)
		}
	}
	return nil
}

// StateDigest is the digest of the box's state at the newest version, as the box computes it.
func (s *Service) StateDigest(ctx context.Context, box smartbox.BoxID) (smartbox.Revision, smartbox.StateSum, error) {
	st, err := s.State(ctx, box)
	return smartbox.Revision{Epoch: st.Epoch, Version: st.Version}, st.Digest, err
}
