package panel

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"smartbox"
	"smartbox/board/sim"
)

// action is what the page asks for. Which fields count depends on Do.
type action struct {
	Do      string          `json:"do"`
	Keys    string          `json:"keys"`
	Card    string          `json:"card"`
	Slot    smartbox.SlotID `json:"slot"`
	On      bool            `json:"on"`
	Percent int             `json:"percent"`
	Part    string          `json:"part"`
	Fault   string          `json:"fault"`
}

const (
	maxAction = 4 << 10 // bytes of one action
	maxKeys   = 64      // keys typed by one action
)

// errAsked says that the page, or whoever it is, asked for nonsense.
var errAsked = errors.New("the page asked for something that makes no sense")

// do does one thing to the cabinet: 204 when done, 409 with a sentence when the cabinet does not let it be done,
// 400 when the request makes no sense.
func (h *handler) do(w http.ResponseWriter, r *http.Request) {
	var a action
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAction))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		http.Error(w, "not an action: reload the page", http.StatusBadRequest)
		return
	}
	switch err := h.act(a); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errAsked):
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		http.Error(w, err.Error(), http.StatusConflict)
	}
}

func (h *handler) act(a action) error {
	c := h.cabinet
	switch a.Do {
	case "press":
		if a.Keys == "" || len(a.Keys) > maxKeys {
			return fmt.Errorf("%w: press 1 to %d keys", errAsked, maxKeys)
		}
		return c.Press(a.Keys)
	case "tap", "hold", "lift", "put":
		return h.withCard(a)
	case "open":
		return c.OpenDoor(a.Slot)
	case "shut":
		return c.ShutDoor(a.Slot)
	case "jam":
		return c.Jam(a.Slot, a.On)
	case "force":
		return c.Force(a.Slot)
	case "take":
		_, err := c.TakeKey(a.Slot)
		return err
	case "mains":
		c.Mains(a.On)
	case "tamper":
		c.Tamper(a.On)
	case "battery":
		return c.Battery(a.Percent)
	case "fault":
		return c.Fault(a.Part, sim.Kind(a.Fault))
	default:
		return fmt.Errorf("%w: %q", errAsked, a.Do)
	}
	return nil
}

func (h *handler) withCard(a action) error {
	b, ok := h.cards()[a.Card]
	if !ok {
		return fmt.Errorf("%w: no card %q", errAsked, a.Card)
	}
	switch a.Do {
	case "hold":
		return h.cabinet.HoldBadge(b)
	case "lift":
		return h.cabinet.LiftBadge(b)
	case "put":
		return h.cabinet.PutKey(a.Slot, b)
	default:
		return h.cabinet.Tap(b)
	}
}
