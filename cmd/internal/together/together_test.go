package together

import (
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"smartbox"
	"smartbox/cloud/directory"
)

// What the README walks through: a person, a key and a grant made through the API; her code works at the panel; she is
// suspended, her code is refused, and the cloud says why.
func TestWalkThrough(t *testing.T) {
	h := furnished(t)
	h.box.hung[slotID(8)] = "uid:04A1B2C3D4E508" // hung there before anybody wrote it down
	h.box.start()
	h.api.do(http.StatusCreated, http.MethodPost, "/v1/keys", body{"id": "trike", "name": "Trike", "box": "demo", "home": "s8"})
	made := h.api.do(http.StatusCreated, http.MethodPost, "/members", body{"member": body{
		"kind": "smartbox", "first_name": "Wanda", "last_name": "Wespe", "access_code": "random",
		"grants": []body{{"target": "key:trike", "role": "exchange"}},
	}})
	code, _ := made["access_code"].(string)
	member, _ := made["member"].(body)
	id, _ := member["id"].(string)
	inForce(t, h.cloud, h.box)
	if e := h.box.press(code); e.Kind != smartbox.PickupAuthorised || e.User.String() != id || e.Slot != slotID(8) {
		t.Fatalf("%s, %s, slot %s; display %q", e.Kind, e.Reason, e.Slot, h.box.cab.Glass())
	}
	h.box.seenOpen(slotID(8))
	h.box.do(h.box.cab.ShutDoor(slotID(8))) // she thinks better of it
	h.box.waitEvent(1, smartbox.PickupNotTaken, smartbox.PickupTaken)

	h.api.do(http.StatusOK, http.MethodPost, "/v1/members/"+id+"/suspend", body{"reason": "left without a word"})
	inForce(t, h.cloud, h.box)
	e := h.box.press(code)
	if e.Kind != smartbox.AccessRefused || e.Reason != smartbox.Suspended {
		t.Fatalf("%s, %s; display %q", e.Kind, e.Reason, h.box.cab.Glass())
	}
	h.booked()
	list := h.api.do(http.StatusOK, http.MethodGet, "/v1/events?kind=access-refused&member="+id, nil)
	items, _ := list["items"].([]any)
	if len(items) != 1 {
		t.Fatalf("%d refusals in the cloud: %v", len(items), list)
	}
	event, _ := items[0].(body)
	n, _ := event["id"].(float64)
	why := h.api.do(http.StatusOK, http.MethodGet, "/v1/events/"+strconv.Itoa(int(n))+"/why", nil)
	t.Logf("why: %v", why)
	h.settle()
}

// With the cable pulled the box works on; when it is back, everything is in the cloud, exactly once.
func TestCablePulled(t *testing.T) {
	for _, kind := range []string{"pulled", "half-open"} {
		t.Run(kind, func(t *testing.T) {
			h := newHouse(t)
			if kind == "pulled" {
				h.cable.pull()
			} else {
				h.cable.hush()
			}
			h.box.take()
			h.box.bring()
			h.box.take()
			h.api.do(http.StatusOK, http.MethodPost, "/v1/members/cleo/restore", nil) // the cloud works on too
			h.cable.plug()
			h.booked()
			c := h.api.do(http.StatusOK, http.MethodGet, "/v1/keys/van-1/custody", nil)
			if c["member"] != "anna" {
				t.Errorf("by the cloud the van is with %v", c)
			}
			h.settle()
		})
	}
}

// A broker that acknowledges and forgets loses nothing: the journal is the outbox, and the cloud's word alone empties it.
func TestForgetfulBroker(t *testing.T) {
	var between atomic.Pointer[forgetful]
	h := &house{t: t}
	var mqtt atomic.Value
	h.cable = newProxy(t, func() string {
		if f := between.Load(); f != nil {
			return f.addr()
		}
		to, _ := mqtt.Load().(string)
		return to
	})
	h.cloud = newCloud(t, "ssl://"+h.cable.addr())
	mqtt.Store(h.cloud.cfg.MQTT)
	h.cloud.start()
	h.api = h.cloud.api()
	h.box = newBox(t)
	h.box.enrol(h.cloud)
	f := newForgetful(t, h.cloud, h.box.dir, h.cloud.cfg.MQTT)
	between.Store(f)
	h.box.start()
	inForce(t, h.cloud, h.box)
	f.forget.Store(true)
	h.box.take()
	until(t, "the broker to forget something", func() bool { return f.forgotten.Load() > 0 })
	f.forget.Store(false)
	f.cut() // it starts anew, and does not know what it said
	h.box.bring()
	h.booked()
	h.settle()
}

// The cloud stops and starts while people go on at the panel.
func TestCloudRestarts(t *testing.T) {
	h := newHouse(t)
	for range 2 {
		h.box.take()
		h.cloud.end()
		h.box.bring()
		h.cloud.start()
		h.api.do(http.StatusCreated, http.MethodPost, "/members", body{"member": body{
			"kind": "smartbox", "first_name": "New", "last_name": "Comer", "access_code": "random",
		}})
	}
	h.booked()
	h.settle()
}

// The box stops and starts: what it recorded last is told at the next start, and what changed meanwhile is in force.
func TestBoxRestarts(t *testing.T) {
	h := newHouse(t)
	h.box.take()
	h.box.end()
	h.api.do(http.StatusOK, http.MethodPost, "/v1/members/ben/suspend", nil)
	h.box.start()
	inForce(t, h.cloud, h.box)
	if u, _ := h.box.d.View().User(h.member("ben")); u.Status != smartbox.StatusSuspended {
		t.Errorf("Ben is %s at the box", u.Status)
	}
	h.box.bring()
	h.booked()
	h.settle()
}

// Two boxes with one identity are noticed, and neither loses an event of the other.
func TestTwins(t *testing.T) {
	h := newHouse(t)
	h.box.take()
	h.booked()
	twin := newBox(t)
	twin.do(copyIdentity(h.box.dir, twin.dir))
	twin.start()
	until(t, "the alarm", func() bool {
		return slices.ContainsFunc(h.alarms(), func(k directory.AlarmKind) bool {
			return k == directory.AlarmTwoBoxes || k == directory.AlarmForeignEvents
		})
	})
	twin.end()
	h.box.bring()
	h.booked()
	h.settle()
}
