package api

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"smartbox"
)

// listener is a client of the stream.
type listener struct {
	t     testing.TB
	lines *bufio.Scanner
}

func (c *cloud) listen(token, path string, headers ...string) *listener {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.web.Client().Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		c.t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	l := &listener{c.t, bufio.NewScanner(res.Body)}
	if got := l.block(); len(got) != 1 || got[0] != "retry: 3000" {
		c.t.Fatalf("the stream begins with %q", got)
	}
	return l
}

// block is the stream up to the next empty line.
func (l *listener) block() (lines []string) {
	for l.lines.Scan() {
		if l.lines.Text() == "" {
			return lines
		}
		lines = append(lines, l.lines.Text())
	}
	return nil
}

func (l *listener) event() (e Event) {
	l.t.Helper()
	b := l.block()
	if len(b) != 3 || b[1] != "event: event" {
		l.t.Fatalf("%q", b)
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(b[2], "data: ")), &e); err != nil {
		l.t.Fatal(err)
	}
	return e
}

func TestLive(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.fill()
	c.happen(box1(), smartbox.Event{Kind: smartbox.Started})
	all := c.listen(c.a.token, "/v1/events/live")
	lost := c.listen(c.a.token, "/v1/events/live?kind=mains-lost")
	foreign := c.listen(c.b.token, "/v1/events/live")
	c.happen(box1(), smartbox.Event{Kind: smartbox.TamperOpened}, smartbox.Event{Kind: smartbox.MainsLost})
	if a, b := all.event(), all.event(); a.Kind != smartbox.TamperOpened || b.Kind != smartbox.MainsLost || b.ID != a.ID+1 {
		t.Errorf("%+v, %+v", a, b)
	}
	if e := lost.event(); e.Kind != smartbox.MainsLost {
		t.Errorf("%+v", e)
	}
	// One that comes back goes on behind what it saw.
	back := c.listen(c.a.token, "/v1/events/live", "Last-Event-ID", "1")
	if e := back.event(); e.ID != 2 {
		t.Errorf("%+v", e)
	}
	c.refused(c.a.token, 422, sortInvalid, "GET", "/v1/events/live?after=soon", "")
	c.refused("", 401, sortUnauthorized, "GET", "/v1/events/live", "")
	c.live.Close()
	c.live.Close() // twice is once
	for _, l := range []*listener{all, lost, back, foreign} {
		for {
			b := l.block()
			if b == nil {
				break
			}
			if l == foreign {
				t.Errorf("another organization hears %q", b)
			}
		}
	}
}

func TestStreamsAreCounted(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(d *Deps) { d.Limits.Streams = 2 })
	c.listen(c.a.token, "/v1/events/live")
	c.listen(c.a.token, "/v1/events/live")
	c.refused(c.a.token, 429, sortTooMany, "GET", "/v1/events/live", "")
	c.listen(c.b.token, "/v1/events/live")
	if r := c.do(c.b.token, "HEAD", "/v1/events/live", ""); r.status != 200 {
		t.Errorf("HEAD: %d", r.status)
	}
}
