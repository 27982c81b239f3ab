package storetest

import (
	"pgregory.net/rapid"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/sync/wire"
)

func (w *walk) addKey(*rapid.T) {
	on, _ := pick(w, w.boxes)
	k, err := w.Service.Keys.Create(w.Ctx, w.Admin, directory.Key{Name: "Van", Box: on})
	if w.allow(err) {
		w.keys = append(w.keys, k.ID)
	}
}

func (w *walk) changeKey(change func(k *directory.Key)) {
	id, ok := pick(w, w.keys)
	if !ok {
		return
	}
	k, err := w.Service.Keys.Get(w.Ctx, w.Admin, id)
	if !w.allow(err) {
		return
	}
	change(&k)
	_, err = w.Service.Keys.Update(w.Ctx, w.Admin, k)
	w.allow(err)
}

func (w *walk) moveKey(*rapid.T) {
	w.changeKey(func(k *directory.Key) {
		k.Home = 0
		k.Box, _ = pick(w, append([]smartbox.BoxID{0}, w.boxes...))
	})
}

func (w *walk) regroup(*rapid.T) {
	w.changeKey(func(k *directory.Key) {
		k.Groups = nil
		if rapid.Bool().Draw(w.t, "in a group") {
			k.Groups = []smartbox.GroupID{w.Fleet}
		}
	})
}

func (w *walk) deleteKey(*rapid.T) {
	if id, ok := pick(w, w.keys); ok {
		w.allow(w.Service.Keys.Delete(w.Ctx, w.Admin, id, 0))
	}
}

func (w *walk) newCode(*rapid.T) {
	if id, ok := pick(w, w.members); ok {
		_, err := w.Service.SetCode(w.Ctx, w.Admin, id, directory.CodeWish{Random: rapid.Bool().Draw(w.t, "random")})
		w.allow(err)
	}
}

func (w *walk) addBadge(*rapid.T) {
	if id, ok := pick(w, w.members); ok {
		b := smartbox.WiegandBadge(smartbox.Wiegand34, 7, uint64(rapid.Uint16().Draw(w.t, "card")))
		_, err := w.Service.AddBadge(w.Ctx, w.Admin, id, b, rapid.Bool().Draw(w.t, "active"))
		w.allow(err)
	}
}

func (w *walk) changeBox(*rapid.T) {
	id, _ := pick(w, w.boxes)
	b, err := w.Service.Boxes.Get(w.Ctx, w.Admin, id)
	if !w.allow(err) {
		return
	}
	b.NeedPIN = rapid.Bool().Draw(w.t, "need pin")
	b.GoTo = rapid.SampledFrom([]string{"", "Office", "Gate 2"}).Draw(w.t, "go to")
	_, err = w.Service.Boxes.Update(w.Ctx, w.Admin, b)
	w.allow(err)
}

// followOne lets one copy catch up; the others stay where they are.
func (w *walk) followOne(*rapid.T) {
	b, _ := pick(w, w.copies)
	w.follow(b)
	w.same(b)
}

// applied says that a copy's state is in force, after which tombstones that it has passed are gone.
func (w *walk) applied(*rapid.T) {
	b, _ := pick(w, w.copies)
	if b.state == nil {
		return
	}
	sum, err := wire.StateDigest(b.state)
	w.allow(err)
	same, err := w.Service.Applied(w.Ctx, b.id, b.state.Revision, sum, nil)
	if w.allow(err) && !same {
		w.t.Fatalf("box %s at %v is said to differ", b.id, b.state.Revision)
	}
}

// tidy leaves the house as it was, so that the next life begins small.
func (w *walk) tidy() {
	for _, id := range w.members {
		_, err := w.Service.MoveMember(w.Ctx, w.Admin, id, 0, directory.MoveExpunge, "")
		w.allow(err)
	}
	for _, id := range w.keys {
		w.allow(w.Service.Keys.Delete(w.Ctx, w.Admin, id, 0))
	}
	for _, id := range w.times {
		w.allow(w.Service.Schedules.Delete(w.Ctx, w.Admin, id, 0))
	}
}
