package storetest

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"smartbox"
	"smartbox/cloud/directory"
)

// walk is a random life of an organization, with boxes that follow it at their own pace.
type walk struct {
	*House
	t       *rapid.T
	boxes   []smartbox.BoxID
	copies  []*box
	keys    []smartbox.KeyID
	members []smartbox.UserID
	grants  []smartbox.GrantID
	groups  []smartbox.GroupID
	times   []smartbox.ScheduleID
}

// testDeltasGiveSnapshot checks, over random lives, that a box that follows by deltas, from wherever it happens to
// stand, comes to the state that a new box would get, and that every state is valid and has the digest that was kept up.
func testDeltasGiveSnapshot(t *testing.T, open Open) {
	h := NewHouse(t, open)
	rapid.Check(t, func(rt *rapid.T) {
		w := &walk{House: h, t: rt, boxes: []smartbox.BoxID{h.North, h.South}, groups: []smartbox.GroupID{h.Fleet}}
		for _, id := range w.boxes {
			w.copies = append(w.copies, &box{id: id}, &box{id: id}, &box{id: id})
		}
		w.keys = append(w.keys, h.Key(h.North, true), h.Key(h.South, false))
		rt.Repeat(map[string]func(*rapid.T){
			"member": w.addMember, "grant": w.addGrant, "key": w.addKey, "schedule": w.addSchedule, "booking": w.addBooking,
			"regroup": w.regroup, "move key": w.moveKey, "delete key": w.deleteKey, "delete grant": w.deleteGrant,
			"change member": w.changeMember, "move member": w.moveMember, "code": w.newCode, "badge": w.addBadge,
			"change schedule": w.changeSchedule, "follow": w.followOne, "applied": w.applied, "box": w.changeBox,
			"": func(*rapid.T) {},
		})
		for _, b := range w.copies {
			w.follow(b)
			w.same(b)
		}
		w.tidy()
	})
}

func pick[T any](w *walk, list []T) (one T, ok bool) {
	if len(list) == 0 {
		return one, false
	}
	return rapid.SampledFrom(list).Draw(w.t, "one"), true
}

// allow passes refusals: a random life may ask for what cannot be.
func (w *walk) allow(err error) bool {
	for _, fine := range []error{directory.ErrRefused, directory.ErrConflict, directory.ErrInvalid, directory.ErrNotFound} {
		if errors.Is(err, fine) {
			return false
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return true
}

func (w *walk) target() smartbox.Target {
	key, haveKey := pick(w, w.keys)
	group, _ := pick(w, w.groups)
	switch n := rapid.IntRange(0, 9).Draw(w.t, "target"); {
	case n < 5 && haveKey:
		return smartbox.OnKey(key)
	case n < 8:
		return smartbox.OnGroup(group)
	case n < 9:
		return smartbox.OnLocation(w.Depot)
	default:
		return smartbox.OnAll()
	}
}

func (w *walk) addMember(*rapid.T) {
	n := w.NewMember("Walker", w.target())
	n.Code.Random = rapid.Bool().Draw(w.t, "code")
	if rapid.IntRange(0, 9).Draw(w.t, "role") == 0 {
		n.Role = smartbox.RoleAdministrator
	}
	m, _, err := w.Service.CreateMember(w.Ctx, w.Admin, n)
	if w.allow(err) {
		w.members = append(w.members, m.ID)
	}
}

func (w *walk) addGrant(*rapid.T) {
	m, ok := pick(w, w.members)
	if !ok {
		return
	}
	g := directory.Grant{Member: m, Target: w.target(), Role: smartbox.PermitExchange}
	if id, ok := pick(w, w.times); ok && rapid.Bool().Draw(w.t, "scheduled") {
		g.Schedule = id
	}
	g, err := w.Service.Grants.Create(w.Ctx, w.Admin, g)
	if w.allow(err) {
		w.grants = append(w.grants, g.ID)
	}
}

func (w *walk) deleteGrant(*rapid.T) {
	if id, ok := pick(w, w.grants); ok {
		w.allow(w.Service.Grants.Delete(w.Ctx, w.Admin, id, 0))
	}
}

func (w *walk) addSchedule(*rapid.T) {
	s, err := w.Service.Schedules.Create(w.Ctx, w.Admin, directory.Schedule{
		Name: "Times", Windows: []smartbox.Window{{Days: 127, From: 60, To: 120}},
	})
	if w.allow(err) {
		w.times = append(w.times, s.ID)
	}
}

func (w *walk) changeSchedule(*rapid.T) {
	id, ok := pick(w, w.times)
	if !ok {
		return
	}
	s, err := w.Service.Schedules.Get(w.Ctx, w.Admin, id)
	if !w.allow(err) {
		return
	}
	s.Windows[0].To = smartbox.Minute(rapid.IntRange(61, 1440).Draw(w.t, "to")) //nolint:gosec // in bounds
	_, err = w.Service.Schedules.Update(w.Ctx, w.Admin, s)
	w.allow(err)
}

func (w *walk) addBooking(*rapid.T) {
	m, ok := pick(w, w.members)
	k, have := pick(w, w.keys)
	if !ok || !have {
		return
	}
	from := smartbox.StampOf(w.Now.Now()) + smartbox.Stamp(rapid.IntRange(0, 1000).Draw(w.t, "hour"))*3_600_000
	_, err := w.Service.Bookings.Create(w.Ctx, w.Admin, directory.Booking{Member: m, Key: k, From: from, Until: from + 1_800_000})
	w.allow(err)
}

func (w *walk) changeMember(*rapid.T) {
	id, ok := pick(w, w.members)
	if !ok {
		return
	}
	m, err := w.Service.Members.Get(w.Ctx, w.Admin, id)
	if !w.allow(err) {
		return
	}
	m.Role = rapid.SampledFrom([]smartbox.Role{smartbox.RoleBasic, smartbox.RoleManager, smartbox.RoleAdministrator}).Draw(w.t, "role")
	m.MaxKeys = rapid.Uint8Max(5).Draw(w.t, "max")
	_, err = w.Service.Members.Update(w.Ctx, w.Admin, m)
	w.allow(err)
}

func (w *walk) moveMember(*rapid.T) {
	if id, ok := pick(w, w.members); ok {
		move := rapid.SampledFrom([]directory.Move{
			directory.MoveSuspend, directory.MoveRestore, directory.MoveBan, directory.MoveValidate, directory.MoveRemove, directory.MoveExpunge,
		}).Draw(w.t, "move")
		_, err := w.Service.MoveMember(w.Ctx, w.Admin, id, 0, move, "")
		w.allow(err)
	}
}
