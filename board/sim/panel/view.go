package panel

import (
	"fmt"
	"strconv"
	"time"

	"smartbox"
	"smartbox/board/sim"
)

// What the page gets, as JSON.
type (
	helloView struct {
		Title    string       `json:"title"`
		Layout   []string     `json:"layout"`
		People   []personView `json:"people"`
		Parts    []string     `json:"parts"`
		Log      []entryView  `json:"log"` // the newest last
		Decision *decidedView `json:"decision"`
	}
	personView struct {
		Name string `json:"name"`
		Code string `json:"code"`
		Card string `json:"card"` // "" = no badge
		Note string `json:"note"`
	}
	keyView struct {
		Card string `json:"card"` // "" = a fob that the page cannot name
		Name string `json:"name"`
	}
	doorView struct {
		Slot   smartbox.SlotID `json:"slot"`
		Number int             `json:"number"`
		Open   bool            `json:"open"`
		Jammed bool            `json:"jammed"`
		Coil   bool            `json:"coil"`
		Lit    bool            `json:"lit"`
		Lamp   string          `json:"lamp"`
		Key    *keyView        `json:"key"`
	}
	stateView struct {
		Glass   []string            `json:"glass"`
		Light   bool                `json:"light"`
		Doors   []doorView          `json:"doors"`
		Hand    []keyView           `json:"hand"`
		Reader  bool                `json:"reader"` // something lies on it
		Held    string              `json:"held"`
		Mains   bool                `json:"mains"`
		Battery int                 `json:"battery"`
		Tamper  bool                `json:"tamper"`
		Faults  map[string]sim.Kind `json:"faults"`
	}
	entryView struct {
		Seq    uint64 `json:"seq"`
		Time   string `json:"time"` // RFC 3339; "" = not known
		Kind   string `json:"kind"`
		What   string `json:"what"`
		Who    string `json:"who"`
		Key    string `json:"key"`
		Slot   uint16 `json:"slot"`
		Reason string `json:"reason"`
		Alarm  bool   `json:"alarm"`
		Silent bool   `json:"silent"` // an alarm that the panel does not show
	}
	decidedView struct {
		Time     string `json:"time"`
		Allowed  bool   `json:"allowed"`
		Action   string `json:"action"`
		Who      string `json:"who"`
		Key      string `json:"key"`
		Reason   string `json:"reason"`
		Explain  string `json:"explain"`
		Rule     string `json:"rule"`
		Revision string `json:"revision"`
		Age      string `json:"age"`
		Due      string `json:"due"`
	}
)

func (h *handler) hello() helloView {
	p := h.cabinet.Profile()
	v := helloView{Title: p.Title, Layout: p.Keypad.Layout, Parts: h.cabinet.Parts(), People: []personView{}, Log: []entryView{}}
	for i, x := range h.feed.People() {
		pv := personView{Name: x.Name, Code: x.Code, Note: x.Note}
		if x.Badge != "" {
			pv.Card = "p" + strconv.Itoa(i)
		}
		v.People = append(v.People, pv)
	}
	for _, u := range h.feed.Recent(recent) {
		if u.Event != nil {
			v.Log = append(v.Log, h.entry(u.Event))
		}
		if u.Decision != nil {
			d := h.decision(u.Decision)
			v.Decision = &d
		}
	}
	return v
}

func (h *handler) state() stateView {
	s := h.cabinet.State()
	v := stateView{
		Glass: s.Glass, Light: s.Backlight, Reader: len(s.OnReader) > 0, Held: s.Held, Mains: s.Mains,
		Battery: s.Battery, Tamper: s.Tamper, Faults: s.Faults, Hand: []keyView{},
	}
	for _, d := range s.Doors {
		dv := doorView{
			Slot: d.Slot, Number: d.Number, Open: d.Open, Jammed: d.Jammed, Coil: d.Coil, Lit: d.Lit, Lamp: d.Lamp.String(),
		}
		if n := h.feed.SlotNumber(d.Slot); n != 0 {
			dv.Number = int(n)
		}
		if d.Key != "" {
			k := h.key(d.Key)
			dv.Key = &k
		}
		v.Doors = append(v.Doors, dv)
	}
	for _, b := range s.Hand {
		v.Hand = append(v.Hand, h.key(b))
	}
	return v
}

func (h *handler) key(fob smartbox.Badge) keyView {
	for i, k := range h.feed.Keys() {
		if k.Fob == fob {
			return keyView{Card: "k" + strconv.Itoa(i), Name: k.Name}
		}
	}
	return keyView{Name: "Strange key"}
}

func (h *handler) entry(e *smartbox.Event) entryView {
	v := entryView{
		Seq: e.Seq, Kind: e.Kind.String(), What: say(e), Who: h.who(e), Reason: e.Reason.Explain(),
		Alarm: e.Kind.Alarm(), Silent: e.Kind == smartbox.DuressRaised,
	}
	if e.At != 0 {
		v.Time = e.At.Time().Format(time.RFC3339Nano)
	}
	if e.Key != 0 {
		v.Key = named(h.feed.KeyName(e.Key), e.Key.String())
	}
	if e.Slot != 0 {
		v.Slot = h.feed.SlotNumber(e.Slot)
	}
	return v
}

// who names everybody that an event is about.
func (h *handler) who(e *smartbox.Event) string {
	out := ""
	for _, id := range []smartbox.UserID{e.User, e.Other, e.Third} {
		if id == 0 {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += named(h.feed.UserName(id), id.String())
	}
	if out == "" {
		out = e.Actor
	}
	return out
}

// named is the name, or the id of somebody whose name was forgotten.
func named(name, id string) string {
	if name == "" {
		return id
	}
	return name
}

func (h *handler) decision(d *Decided) decidedView {
	q, x := d.Question, d.Decision
	v := decidedView{
		Time: d.At.UTC().Format(time.RFC3339Nano), Allowed: x.Allowed, Reason: x.Reason.String(), Explain: x.Reason.Explain(),
		Rule: rule(x.Rule), Revision: fmt.Sprintf("%d of epoch %d", x.Revision.Version, x.Revision.Epoch), Age: age(x.Age),
		Action: map[smartbox.Action]string{
			smartbox.Pickup: "Pick up", smartbox.Dropoff: "Bring back", smartbox.Receive: "Take over",
		}[q.Action],
	}
	if q.User != 0 {
		v.Who = named(h.feed.UserName(q.User), q.User.String())
	}
	if q.Key != 0 {
		v.Key = named(h.feed.KeyName(q.Key), q.Key.String())
	}
	if x.Due != 0 {
		v.Due = x.Due.Time().Format(time.RFC3339Nano)
	}
	return v
}

func rule(r smartbox.Rule) string {
	if r.Ref == 0 {
		return r.Kind.String()
	}
	return r.Kind.String() + " " + smartbox.ID[any](r.Ref).String()
}

// age says how old knowledge is, as coarsely as a person would.
func age(d time.Duration) string {
	switch {
	case d < 0:
		return "not known"
	case d < time.Minute:
		return d.Truncate(time.Second).String()
	case d < 48*time.Hour:
		return d.Truncate(time.Minute).String()
	default:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
}
