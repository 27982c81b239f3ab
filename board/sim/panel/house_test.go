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
	end, ok := t.Deadline()
	if !ok {
		end = time.Now().Add(24 * time.Hour)
	}
	ctx, cancel := context.WithDeadline(t.Context(), end.Add(-10*time.Second)) // early enough to say what was missed
	h.ctx = ctx
	var wg sync.WaitGroup
	for _, s := range c.Set().Sources {
		wg.Go(func() {
			if err := s.Run(ctx, h.emit); err != nil {
				t.Error(err)
			}
		})
	}
	for _, s := range c.Set().Sources { // what is typed before they listen is lost
		if l, ok := s.(device.Listener); ok {
			<-l.Listening()
		}
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
		case <-h.ctx.Done():
			h.t.Fatalf("the test ended before the cabinet told; it told %+v", h.events)
		}
	}
}

// tap brings a card until the reader has seen it, as a person does: she holds it for a moment, which a reader that gets no
// time to look can miss.
func (h *house) tap(card string, want device.Event) {
	h.t.Helper()
	for h.ctx.Err() == nil {
		h.must(`{"do":"tap","card":"` + card + `"}`)
		h.mu.Lock()
		seen := slices.Contains(h.events, want)
		h.mu.Unlock()
		if seen {
			return
		}
	}
	h.t.Fatal("the reader did not see the card")
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
	for m := range from { // the stream ends with the test's context
		if want(m) {
			return m
		}
	}
	t.Fatal("the stream ended")
	return message{}
}
