package daemon

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"smartbox"
	"smartbox/cmd/smartboxd/adminapi"
	"smartbox/device/session"
)

func placeWord(p smartbox.Place) string {
	switch p {
	case smartbox.InSlot:
		return "in-slot"
	case smartbox.WithUser:
		return "with-user"
	case smartbox.InDoubt:
		return "in-doubt"
	case smartbox.Nowhere:
	}
	return "unknown"
}

func powerWord(p smartbox.Power) string {
	switch p {
	case smartbox.PowerBattery:
		return "battery"
	case smartbox.PowerLow:
		return "low"
	case smartbox.PowerMains:
	}
	return "mains"
}

func (d *Daemon) getStatus(r *http.Request) (any, error) { return d.Status(r.Context()), nil }

// Status is how the box fares.
func (d *Daemon) Status(ctx context.Context) adminapi.Status {
	st, err := d.state(ctx)
	book := smartbox.NewBook()
	if r := d.runner.Load(); err == nil {
		if book, err = r.Book(ctx); err != nil {
			book = smartbox.NewBook()
		}
	}
	now, v := d.clock.Now(), d.View()
	out := adminapi.Status{
		Box: d.box.String(), Profile: d.cfg.Profile, Version: d.deps.Version, Boot: fmt.Sprintf("%016x", d.boot),
		Uptime: now.Uptime.Round(time.Second).String(), Time: now.Stamp(), Trust: now.Trust,
		Knowledge: d.knowledge(now), Record: d.recordStatus(st, book),
		Power: powerWord(st.Power), Service: st.Service, Tampered: st.Tampered, Alive: err == nil, Parts: d.health.parts(),
		Notes: d.notes(now),
	}
	out.Slots, out.Keys = []adminapi.Slot{}, []adminapi.Key{}
	n := names{v}
	for _, s := range st.Slots {
		out.Slots = append(out.Slots, adminapi.Slot{
			ID: s.Slot, Number: s.Number, Key: s.Key, KeyName: n.key(s.Key), Trouble: troubles(s),
		})
	}
	if v == nil {
		return out
	}
	out.Name = v.Box().Name
	for _, k := range v.Keys() {
		c := book.Where(v, k)
		x := adminapi.Key{
			ID: k, Name: n.key(k), Place: placeWord(c.Place), User: c.User, UserName: n.user(c.User),
			Since: c.Since, Due: c.Due, Overdue: c.Overdue,
		}
		if c.Place == smartbox.InSlot {
			x.Slot, x.Number = c.Slot, n.slot(c.Slot)
		}
		out.Keys = append(out.Keys, x)
	}
	out.Counts = adminapi.Counts{Slots: len(v.Slots()), Keys: len(out.Keys)}
	return out
}

func (d *Daemon) knowledge(now smartbox.Moment) adminapi.Knowledge {
	k := adminapi.Knowledge{Source: "empty"}
	if d.cache != nil {
		k.Source, k.Confirmed = d.cache.Opened().From, d.cache.Confirmed()
	}
	v := d.View()
	if v == nil {
		return k
	}
	k.Epoch, k.Version, k.IssuedAt = v.Revision().Epoch, v.Revision().Version, v.IssuedAt()
	if k.Source == "empty" {
		k.Source = "applied"
	}
	if age := d.age(now); age >= 0 {
		k.Age = age.Round(time.Second).String()
	}
	return k
}

// age is how old the knowledge in force is; negative where that is not known.
func (d *Daemon) age(now smartbox.Moment) time.Duration {
	v := d.View()
	if v == nil || now.Trust == smartbox.ClockUntrusted {
		return -1
	}
	return max(0, now.Wall.Sub(max(v.IssuedAt(), d.cache.Confirmed()).Time()))
}

// recordStatus asks the loop only, so that a journal that hangs does not keep the answer back.
func (d *Daemon) recordStatus(st session.Status, book *smartbox.Book) adminapi.Record {
	out := adminapi.Record{Works: true, Held: int(st.Held), Next: book.LastSeq + 1}
	if err := d.record.broken(); err != nil {
		out.Works, out.Error = false, oneLine(err.Error())
	}
	out.Lost = d.record.lost()
	for _, c := range d.record.damage() {
		out.Damage = append(out.Damage, oneLine(c.Error()))
	}
	return out
}

// notes are what a person should see to.
func (d *Daemon) notes(now smartbox.Moment) []string {
	var out []string
	if d.clock.Held() {
		out = append(out, "the clock contradicts the records: check the network time, or the battery clock")
	} else if now.Trust == smartbox.ClockUntrusted {
		out = append(out, "the clock is not synced: grants with schedules are refused, unless the box's policy says otherwise")
	}
	if len(d.trusted) == 0 {
		out = append(out, "no trusted_keys are configured: no snapshot can be brought")
	}
	if d.cache != nil {
		for _, f := range d.cache.Opened().Quarantined {
			out = append(out, "a damaged file was set aside: "+f)
		}
	}
	return out
}

// troubles are what is wrong with a slot, in words.
func troubles(s session.SlotStatus) string {
	var out []string
	for _, t := range []struct {
		holds bool
		word  string
	}{
		{s.Trouble == smartbox.DoorOpenLong, "open-long"},
		{s.Trouble == smartbox.DoorBroken, "forced"},
		{s.Trouble == smartbox.DoorJammed, "jammed"},
		{s.Retired, "retired"},
		{s.LockDown, "lock-down"},
		{s.SensorDown, "sensor-down"},
		{s.Open && s.Trouble == smartbox.DoorFine, "open"},
	} {
		if t.holds {
			out = append(out, t.word)
		}
	}
	return strings.Join(out, ", ")
}
