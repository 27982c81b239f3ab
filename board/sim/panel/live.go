package panel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// recent is how many updates a page gets when it is opened.
const recent = 60

// live streams the cabinet: "hello" once, then "state" after each change, "sound", "log" and "decision" as they come.
func (h *handler) live(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // not every server can; then the page connects again
	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no")
	s := &stream{h: h, w: w, flush: rc.Flush}
	s.run(ctx)
}

// stream is one page that looks on.
type stream struct {
	h     *handler
	w     io.Writer
	flush func() error
	sound uint64 // the last one sent
	state []byte // as it was sent last
	err   error  // the page went away
}

func (s *stream) run(ctx context.Context) {
	updates := s.h.feed.Subscribe(ctx) // first, so that nothing falls between
	s.send("hello", s.h.hello())
	if played := s.h.cabinet.SoundsAfter(0); len(played) > 0 {
		s.sound = played[len(played)-1].Number // what was played before is over
	}
	changed := s.h.cabinet.Changed()
	s.show()
	beat := time.NewTicker(s.h.beat)
	defer beat.Stop()
	var quiet <-chan time.Time // until the next state may be sent
	for s.err == nil {
		wake := changed
		if quiet != nil {
			wake = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			s.write([]byte(": beat\n\n"))
		case u, ok := <-updates:
			if !ok {
				return
			}
			s.update(u)
		case <-wake:
			quiet = time.After(s.h.pace)
			changed = s.h.cabinet.Changed() // before looking, so that no change is missed
			s.sounds()
			s.show()
		case <-quiet:
			quiet = nil
		}
	}
}

// show sends the state where it looks different: a display that is only looked at changes nothing.
func (s *stream) show() {
	b, err := json.Marshal(s.h.state())
	if err != nil {
		s.err = err
	}
	if !bytes.Equal(b, s.state) {
		s.state = b
		s.send("state", json.RawMessage(b))
	}
}

func (s *stream) sounds() {
	for _, p := range s.h.cabinet.SoundsAfter(s.sound) {
		s.sound = p.Number
		s.send("sound", map[string]string{"sound": p.Sound.String()})
	}
}

func (s *stream) update(u Update) {
	if u.Event != nil {
		s.send("log", s.h.entry(u.Event))
	}
	if u.Decision != nil {
		s.send("decision", s.h.decision(u.Decision))
	}
}

func (s *stream) send(name string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.err = err
		return
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "event: %s\ndata: %s\n\n", name, b)
	s.write(out.Bytes())
}

func (s *stream) write(b []byte) {
	if s.err != nil {
		return
	}
	if _, s.err = s.w.Write(b); s.err == nil {
		s.err = s.flush()
	}
}
