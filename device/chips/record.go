package chips

import (
	"fmt"
	"strings"
	"sync"
)

// Recording keeps the transfers of a bus as lines of text: "20 w 14 00 00" or "20 w 12 r 7f ff", an
// error at the end. It is safe for concurrent use.
type Recording struct {
	mu    sync.Mutex
	lines strings.Builder
}

// Record taps the bus from now on; it takes the place of a tap that was there.
func Record(b *Bus) *Recording {
	r := &Recording{}
	b.Tap(r.add)
	return r
}

// Note puts a line of its own between the transfers, to say what they are for.
func (r *Recording) Note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.lines, "# %s\n", text)
}

// String is all that was recorded.
func (r *Recording) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.String()
}

func (r *Recording) add(t Transfer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.lines, "%02x", t.Addr)
	if len(t.W) > 0 {
		fmt.Fprintf(&r.lines, " w % x", t.W)
	}
	if len(t.R) > 0 {
		fmt.Fprintf(&r.lines, " r % x", t.R)
	}
	if t.Err != nil {
		fmt.Fprintf(&r.lines, " ! %v", t.Err)
	}
	r.lines.WriteByte('\n')
}
