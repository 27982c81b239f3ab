package storetest

import (
	"errors"
	"testing"

	"smartbox"
	"smartbox/cloud/directory"
)

// testPlaces takes an organization's places apart again, from the inside out; whatever something else stands on is refused.
func testPlaces(t *testing.T, open Open) {
	h := NewHouse(t, open)
	van := h.Key(h.North, true)
	day := Must[directory.Holiday](t)(h.Service.Holidays.Create(h.Ctx, h.Admin, directory.Holiday{Date: 20261225, Name: "Christmas"}))
	Must[directory.Holiday](t)(h.Service.Holidays.Create(h.Ctx, h.Admin, directory.Holiday{Date: 20261225, Name: "Here too", Location: h.Depot}))
	if got := h.Snapshot(h.North).Locations[0].Holidays; len(got) != 1 || got[0].Name != "Here too" {
		t.Fatalf("holidays at the depot: %v", got)
	}
	if _, err := h.Service.Holidays.Create(h.Ctx, h.Admin, directory.Holiday{Date: 20261225}); !errors.Is(err, directory.ErrConflict) {
		t.Fatalf("a day twice: %v", err)
	}
	h.must(h.Service.Holidays.Delete(h.Ctx, h.Admin, day.ID, 0))

	key := Must[directory.Key](t)(h.Service.Keys.Get(h.Ctx, h.Admin, van))
	slot := h.Snapshot(h.North).Slots[0].ID
	key.Home = slot
	key = Must[directory.Key](t)(h.Service.Keys.Update(h.Ctx, h.Admin, key))
	fob := Must[directory.Credential](t)(h.Service.SetFob(h.Ctx, h.Admin, van, "ibutton:0184D5F2010000C3"))
	if fob.Key != van || len(h.Snapshot(h.North).Credentials) != 1 {
		t.Fatal("the fob is not on the box")
	}
	inUse := func(what string, err error) {
		t.Helper()
		if !refused(err, directory.RefusedInUse) {
			t.Errorf("%s: %v", what, err)
		}
	}
	inUse("a key's own slot", h.Service.Slots.Delete(h.Ctx, h.Admin, slot, 0))
	inUse("a group with a key", h.Service.Groups.Delete(h.Ctx, h.Admin, h.Fleet, 0))
	inUse("a box with a key", h.Service.Boxes.Delete(h.Ctx, h.Admin, h.North, 0))
	inUse("a location with boxes", h.Service.Locations.Delete(h.Ctx, h.Admin, h.Depot, 0))

	if _, err := h.Service.SetFob(h.Ctx, h.Admin, van, ""); err != nil || len(h.Snapshot(h.North).Credentials) != 0 {
		t.Fatalf("the fob is still on the box: %v", err)
	}
	h.must(h.Service.Keys.Delete(h.Ctx, h.Admin, van, key.Version))
	h.must(h.Service.Slots.Delete(h.Ctx, h.Admin, slot, 0))
	h.must(h.Service.Groups.Delete(h.Ctx, h.Admin, h.Fleet, 0))
	for _, box := range []smartbox.BoxID{h.North, h.South} {
		_, err := h.Service.Enqueue(h.Ctx, h.Admin, directory.Command{Box: box, Type: "hello", Reason: "test"})
		h.must(err)
		h.must(h.Service.Boxes.Delete(h.Ctx, h.Admin, box, 0))
		if _, err := h.Service.SnapshotFor(h.Ctx, box); !errors.Is(err, directory.ErrNotFound) {
			t.Fatalf("the state of a deleted box: %v", err)
		}
	}
	h.must(h.Service.Locations.Delete(h.Ctx, h.Admin, h.Depot, 0))
	_, err := h.Service.Locations.Create(h.Ctx, h.Admin, directory.Location{Name: "Moon", Zone: "Moon/Tranquility"})
	if !errors.Is(err, directory.ErrInvalid) {
		t.Fatalf("a zone that there is not: %v", err)
	}
}
