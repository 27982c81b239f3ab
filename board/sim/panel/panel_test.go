package panel_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"smartbox"
	"smartbox/board/sim/panel"
	"smartbox/device"
)

func TestPageIsWholeAndLoadsNothingFromElsewhere(t *testing.T) {
	h := serve(t)
	for path, kind := range map[string]string{
		"/": "text/html", "/panel.css": "text/css", "/panel.js": "text/javascript", "/icon.svg": "image/svg+xml",
	} {
		res := httptest.NewRecorder()
		panel.Handler(h.Cabinet, h.feed).ServeHTTP(res, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		body := res.Body.String()
		if res.Code != http.StatusOK || !strings.HasPrefix(res.Header().Get("Content-Type"), kind) || body == "" {
			t.Errorf("%s: %d %v", path, res.Code, res.Header())
		}
		csp := res.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for _, bad := range []string{"https://", " onclick=", " style=", "<script>", "innerHTML"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %q in it", path, bad)
			}
		}
	}
	res := httptest.NewRecorder()
	panel.Handler(h.Cabinet, h.feed).ServeHTTP(res, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/panel.go", http.NoBody))
	if res.Code != http.StatusNotFound {
		t.Errorf("/panel.go: %d", res.Code)
	}
}

func TestHandsReachTheDrivers(t *testing.T) {
	h := serve(t)
	h.must(`{"do":"press","keys":"48#"}`)
	for _, k := range "48#" {
		h.await(func(e device.Event) bool { return e == device.Pressed{Key: k} })
	}
	h.tap("p0", device.Tapped{Badge: badge})
	h.must(`{"do":"tamper","on":true}`)
	h.await(func(e device.Event) bool { return e == device.Tamper{Open: true} })
	h.must(`{"do":"force","slot":"s1"}`)
	h.await(func(e device.Event) bool { return e == device.Door{Slot: id[smartbox.Slot]("s1"), Open: true} })
	h.must(`{"do":"take","slot":"s1"}`)
	h.await(func(e device.Event) bool { return e == device.KeySensed{Slot: id[smartbox.Slot]("s1")} })
	h.must(`{"do":"put","slot":"s1","card":"k0"}`)
	h.must(`{"do":"shut","slot":"s1"}`)
	if h.KeyIn(id[smartbox.Slot]("s1")) != fob {
		t.Error("the key does not hang there")
	}
}

func TestWhatCannotBeDoneIsSaid(t *testing.T) {
	h := serve(t)
	for _, tc := range []struct {
		body   string
		status int
		text   string
	}{
		{`{"do":"open","slot":"s1"}`, http.StatusConflict, "locked"},
		{`{"do":"take","slot":"s1"}`, http.StatusConflict, "shut"},
		{`{"do":"open","slot":"s9"}`, http.StatusConflict, "no such slot"},
		{`{"do":"open","slot":"NO SLOT"}`, http.StatusBadRequest, "reload"},
		{`{"do":"press","keys":""}`, http.StatusBadRequest, "keys"},
		{`{"do":"press","keys":"x"}`, http.StatusConflict, "'x'"},
		{`{"do":"tap","card":"uid:04C0FFEE000001"}`, http.StatusBadRequest, "no card"},
		{`{"do":"battery","percent":900}`, http.StatusConflict, "0 to 100"},
		{`{"do":"fault","part":"moon","fault":"nack"}`, http.StatusConflict, "locks"},
		{`{"do":"dance"}`, http.StatusBadRequest, "dance"},
		{`{"do":"open","unlock":true}`, http.StatusBadRequest, "reload"},
		{`nonsense`, http.StatusBadRequest, "reload"},
		{`{"keys":"` + strings.Repeat("1", 9000) + `"}`, http.StatusBadRequest, "reload"},
	} {
		if status, text := h.do(tc.body); status != tc.status || !strings.Contains(text, tc.text) {
			t.Errorf("%.60s: %d %s", tc.body, status, text)
		}
	}
	if n := len(h.Pulses()); n != 0 {
		t.Errorf("%d pulses", n)
	}
}

func TestOtherOriginsHaveNoHands(t *testing.T) {
	h := serve(t)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/do", strings.NewReader(`{"do":"force","slot":"s1"}`))
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res := httptest.NewRecorder()
	panel.Handler(h.Cabinet, h.feed).ServeHTTP(res, req)
	if res.Code != http.StatusForbidden || h.State().Doors[0].Open {
		t.Errorf("%d, open %v", res.Code, h.State().Doors[0].Open)
	}
}

func TestStreamShowsTheCabinet(t *testing.T) {
	h := serve(t)
	h.feed.past = []panel.Update{{Event: &smartbox.Event{Seq: 1, Kind: smartbox.Started}}}
	from := h.look()
	hello := find(t, from, func(m message) bool { return m.name == "hello" })
	people, _ := hello.data["people"].([]any)
	log, _ := hello.data["log"].([]any)
	if len(people) != 2 || len(log) != 1 {
		t.Errorf("hello %+v", hello.data)
	}
	if err := h.Set().Display.Show(h.ctx, []string{"Guten Tag"}); err != nil {
		t.Fatal(err)
	}
	find(t, from, func(m message) bool {
		glass, _ := m.data["glass"].([]any)
		return m.name == "state" && len(glass) == 4 && glass[0] == "Guten Tag           "
	})
	if err := h.Set().Sounder.Play(h.ctx, device.SoundGood); err != nil {
		t.Fatal(err)
	}
	find(t, from, func(m message) bool { return m.name == "sound" && m.data["sound"] == "good" })
	if err := h.Set().Locks.Unlock(h.ctx, id[smartbox.Slot]("s1")); err != nil {
		t.Fatal(err)
	}
	find(t, from, func(m message) bool {
		doors, _ := m.data["doors"].([]any)
		if m.name != "state" || len(doors) != 8 {
			return false
		}
		door, _ := doors[0].(map[string]any)
		return door["open"] == true
	})
	if err := h.Set().Display.Show(h.ctx, []string{"Guten Tag"}); err != nil { // nothing new, and so nothing to tell
		t.Fatal(err)
	}
	h.Mains(false)
	find(t, from, func(m message) bool { return m.name == "state" && m.data["mains"] == false })
	state := find(t, h.look(), func(m message) bool { return m.name == "state" })
	raw, err := json.Marshal(state.data)
	if err != nil || strings.Contains(string(raw), "uid:") || strings.Contains(string(raw), "C0FFEE") {
		t.Errorf("a badge number reached the page: %s, %v", raw, err)
	}
}

func TestStreamTellsEventsAndDecisionsInWords(t *testing.T) {
	h := serve(t)
	from := h.look()
	find(t, from, func(m message) bool { return m.name == "state" })
	anna, van, s1 := id[smartbox.User]("anna"), id[smartbox.Key]("van-1"), id[smartbox.Slot]("s1")
	h.feed.live <- panel.Update{Event: &smartbox.Event{
		Seq: 7, At: 1_700_000_000_000, Kind: smartbox.PickupTaken, User: anna, Other: id[smartbox.User]("gone"), Key: van, Slot: s1,
		Reason: smartbox.Granted,
	}}
	m := find(t, from, func(m message) bool { return m.name == "log" })
	for field, want := range map[string]any{
		"what": "Key taken", "who": "Anna Amsel, gone", "key": "Van 1", "slot": 1.0, "reason": smartbox.Granted.Explain(),
		"time": "2023-11-14T22:13:20Z", "alarm": false,
	} {
		if m.data[field] != want {
			t.Errorf("%s: %v, want %v", field, m.data[field], want)
		}
	}
	h.feed.live <- panel.Update{Decision: &panel.Decided{
		At: time.Unix(1_700_000_000, 0), Question: smartbox.Question{Action: smartbox.Pickup, User: anna, Key: van},
		Decision: smartbox.Decision{
			Reason: smartbox.OutsideHours, Rule: smartbox.Rule{Kind: smartbox.RuleSchedule, Ref: uint64(id[smartbox.Schedule]("nights"))},
			Revision: smartbox.Revision{Epoch: 1, Version: 42}, Age: 90 * time.Minute,
		},
	}}
	m = find(t, from, func(m message) bool { return m.name == "decision" })
	for field, want := range map[string]any{
		"allowed": false, "action": "Pick up", "who": "Anna Amsel", "key": "Van 1", "explain": smartbox.OutsideHours.Explain(),
		"rule": "schedule nights", "revision": "42 of epoch 1", "age": "1h30m0s",
	} {
		if m.data[field] != want {
			t.Errorf("%s: %v, want %v", field, m.data[field], want)
		}
	}
}
