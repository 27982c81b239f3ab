package panel_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smartbox"
	"smartbox/board"
	"smartbox/board/sim"
	"smartbox/board/sim/panel"
	"smartbox/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	badge = smartbox.Badge("uid:04C0FFEE000001")
	fob   = smartbox.Badge("uid:04A1B2C3D4E501")
)

func id[T any](s string) smartbox.ID[T] { return smartbox.MustID[T](s) }

// feed is a Feed of what the test says.
type feed struct {
	past []panel.Update
	live chan panel.Update
}

func (f *feed) Recent(n int) []panel.Update { return f.past[max(0, len(f.past)-n):] }

func (f *feed) Subscribe(ctx context.Context) <-chan panel.Update {
	out := make(chan panel.Update)
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case u := <-f.live:
				select {
				case out <- u:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}

func (f *feed) People() []panel.Person {
	return []panel.Person{{Name: "Anna Amsel", Code: "482913", Badge: badge, Note: "may take Van 1"}, {Name: "Cleo Clown", Code: "159067"}}
}
func (f *feed) Keys() []panel.KeyTag { return []panel.KeyTag{{Name: "Van 1", Fob: fob}} }

func (f *feed) UserName(u smartbox.UserID) string {
	return map[smartbox.UserID]string{id[smartbox.User]("anna"): "Anna Amsel"}[u]
}

func (f *feed) KeyName(k smartbox.KeyID) string {
	return map[smartbox.KeyID]string{id[smartbox.Key]("van-1"): "Van 1"}[k]
}

func (f *feed) SlotNumber(s smartbox.SlotID) uint16 {
	return map[smartbox.SlotID]uint16{id[smartbox.Slot]("s1"): 1}[s]
}

// house is a cabinet with its drivers running and the page served.
type house struct {
	*sim.Cabinet
	t    *testing.T
	url  string
	feed *feed
	ctx  context.Context

	mu     sync.Mutex
	events []device.Event
	came   chan struct{}
}

func serve(t *testing.T) *house {
	t.Helper()
	p, err := board.Builtin("sim-8")
	if err != nil {
		t.Fatal(err)
	}
	c, err := sim.New(p, sim.Options{Keys: map[smartbox.SlotID]smartbox.Badge{id[smartbox.Slot]("s1"): fob}})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Cabinet: c, t: t, feed: &feed{live: make(chan panel.Update)}, came: make(chan struct{}, 1000)}
	ctx, cancel := context.WithCancel(t.Context())
	h.ctx = ctx
	var wg sync.WaitGroup
	for _, s := range c.Set().Sources {
		wg.Go(func() {
			if err := s.Run(ctx, h.emit); err != nil {
				t.Error(err)
			}
		})
	}
	srv := httptest.NewServer(panel.Handler(c, h.feed))
	h.url = srv.URL
	t.Cleanup(func() {
		cancel()
		srv.CloseClientConnections()
		srv.Close()
		wg.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) emit(e device.Event) {
	h.mu.Lock()
	h.events = append(h.events, e)
	h.mu.Unlock()
	h.came <- struct{}{}
}

// await waits for an event of the cabinet, told before or from now on.
func (h *house) await(want func(device.Event) bool) {
	h.t.Helper()
	for n := 0; ; {
		h.mu.Lock()
		events := h.events[n:]
		n = len(h.events)
		h.mu.Unlock()
		if slices.ContainsFunc(events, want) {
			return
		}
		select {
		case <-h.came:
		case <-time.After(20 * time.Second):
			h.t.Fatalf("the cabinet did not tell; it told %+v", h.events)
		}
	}
}

func (h *house) do(body string) (status int, text string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.ctx, http.MethodPost, h.url+"/do", strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(b))
}

func (h *house) must(body string) {
	h.t.Helper()
	if status, text := h.do(body); status != http.StatusNoContent {
		h.t.Fatalf("%s: %d %s", body, status, text)
	}
}

// message is one server-sent event.
type message struct {
	name string
	data map[string]any
}

// look opens the stream; the channel is closed with it.
func (h *house) look() <-chan message {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.ctx, http.MethodGet, h.url+"/live", http.NoBody)
	if err != nil {
		h.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req) //nolint:bodyclose // by the goroutine
	if err != nil {
		h.t.Fatal(err)
	}
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		h.t.Errorf("content type %q", got)
	}
	out := make(chan message, 1000)
	go func() {
		defer close(out)
		defer func() { _ = res.Body.Close() }()
		var m message
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
			case "event":
				m = message{name: value}
			case "data":
				if json.Unmarshal([]byte(value), &m.data) == nil {
					out <- m
				}
			}
		}
	}()
	return out
}

func find(t *testing.T, from <-chan message, want func(message) bool) message {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case m, ok := <-from:
			if !ok {
				t.Fatal("the stream ended")
			}
			if want(m) {
				return m
			}
		case <-limit:
			t.Fatal("the page was not told")
		}
	}
}

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
	h.must(`{"do":"tap","card":"p0"}`)
	h.await(func(e device.Event) bool { return e == device.Tapped{Badge: badge} })
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
