package panel

import (
	"embed"
	"net/http"
	"strconv"
	"time"

	"smartbox"
	"smartbox/board/sim"
)

//go:embed web
var web embed.FS

// policy lets the page load what it brings along and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// stranger is a badge that belongs to nobody.
const stranger = smartbox.Badge("uid:0BADCA4D")

// handler serves one cabinet.
type handler struct {
	cabinet *sim.Cabinet
	feed    Feed
	pace    time.Duration // least time between two states
	beat    time.Duration // longest silence
}

// Handler is the front panel of a cabinet. It is meant for the browser of the person who started the simulator:
// whoever reaches it can do what hands can do to the cabinet, and reads the codes of the demonstration. Requests from
// pages of other origins are refused.
func Handler(c *sim.Cabinet, f Feed) http.Handler {
	h := &handler{cabinet: c, feed: f, pace: 40 * time.Millisecond, beat: 15 * time.Second}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.file("web/panel.html", "text/html; charset=utf-8"))
	mux.HandleFunc("GET /panel.css", h.file("web/panel.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /panel.js", h.file("web/panel.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /icon.svg", h.file("web/icon.svg", "image/svg+xml"))
	mux.HandleFunc("GET /live", h.live)
	mux.HandleFunc("POST /do", h.do)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (h *handler) file(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		b, err := web.ReadFile(name)
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		head := w.Header()
		head.Set("Content-Type", kind)
		head.Set("Content-Security-Policy", policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cache-Control", "no-cache")
		_, _ = w.Write(b) // the browser went away
	}
}

// cards are what can be brought to the reader, by the name that the page has for each: badge numbers stay here.
func (h *handler) cards() map[string]smartbox.Badge {
	out := map[string]smartbox.Badge{"stranger": stranger}
	for i, p := range h.feed.People() {
		if p.Badge != "" {
			out["p"+strconv.Itoa(i)] = p.Badge
		}
	}
	for i, k := range h.feed.Keys() {
		out["k"+strconv.Itoa(i)] = k.Fob
	}
	return out
}
