package wire_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/sync/wire"
)

// TestGoldenMessages holds the bytes of every message still, signed where it goes to the box.
func TestGoldenMessages(t *testing.T) {
	kinds := map[wire.Kind]bool{}
	for name, m := range samples(t) {
		b, err := wire.Encode(m)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		golden(t, name, b)
		back := wire.NewMessage(m.Kind())
		if err := wire.Decode(b, back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(m, back); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		kinds[m.Kind()] = true
		if m.Kind().Down() {
			golden(t, name+"-signed", sealed(t, m))
		}
	}
	if len(kinds) != len(wire.Kinds()) {
		t.Errorf("samples of %d kinds; there are %d", len(kinds), len(wire.Kinds()))
	}
}

// TestSamplesSetEveryField makes sure that a golden vector covers each field of each message.
func TestSamplesSetEveryField(t *testing.T) {
	set := map[string]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() { //nolint:exhaustive // what messages are made of
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			if !strings.HasSuffix(v.Type().PkgPath(), "/wire") {
				return
			}
			for i := range v.NumField() {
				name := v.Type().Name() + "." + v.Type().Field(i).Name
				set[name] = set[name] || !v.Field(i).IsZero()
				walk(v.Field(i))
			}
		}
	}
	for _, m := range samples(t) {
		walk(reflect.ValueOf(m))
	}
	for name, ok := range set {
		if !ok {
			t.Errorf("no sample sets %s", name)
		}
	}
}

func TestValidate(t *testing.T) {
	anna := smartbox.MustID[smartbox.User]("anna")
	bad := smartbox.UserID(1<<64 - 1)
	many := make([]smartbox.UserID, wire.MaxErase+1)
	for i := range many {
		many[i] = anna
	}
	change := func(name string, f func(m wire.Message)) wire.Message {
		m := samples(t)[name]
		if m == nil {
			t.Fatalf("no sample %q", name)
		}
		f(m)
		return m
	}
	open := func(f func(c *wire.Command)) wire.Message {
		return change("msg-cmd-open", func(m wire.Message) { f(m.(*wire.Command)) })
	}
	update := func(f func(u *wire.Update)) wire.Message {
		return change("msg-cmd-update", func(m wire.Message) { f(m.(*wire.Command).Update) })
	}
	hello := func(f func(h *wire.Hello)) wire.Message {
		return change("msg-hello", func(m wire.Message) { f(m.(*wire.Hello)) })
	}
	events := func(f func(e *wire.Events)) wire.Message {
		return change("msg-ev", func(m wire.Message) { f(m.(*wire.Events)) })
	}
	chunk := func(f func(c *wire.Chunk)) wire.Message {
		return change("msg-snap", func(m wire.Message) { f(m.(*wire.Chunk)) })
	}
	d := func(f func(d *wire.Delta)) wire.Message {
		return change("msg-delta", func(m wire.Message) { f(m.(*wire.Delta)) })
	}
	tel := func(f func(d *wire.Telemetry)) wire.Message {
		return change("msg-tel", func(m wire.Message) { f(m.(*wire.Telemetry)) })
	}
	for name, m := range map[string]wire.Message{
		"delta without an epoch":          d(func(m *wire.Delta) { m.Delta.Revision.Epoch, m.Delta.Base.Epoch = 0, 0 }),
		"delta over epochs":               d(func(m *wire.Delta) { m.Delta.Base.Epoch-- }),
		"delta backwards":                 d(func(m *wire.Delta) { m.Delta.Revision.Version = m.Delta.Base.Version - 1 }),
		"delta that changes and stays":    d(func(m *wire.Delta) { m.Delta.Revision = m.Delta.Base }),
		"delta without a stamp":           d(func(m *wire.Delta) { m.Delta.IssuedAt = 0 }),
		"delta that erases no id":         d(func(m *wire.Delta) { m.Erase = []smartbox.UserID{bad} }),
		"delta that erases nobody":        d(func(m *wire.Delta) { m.Erase = []smartbox.UserID{0} }),
		"delta that erases too many":      d(func(m *wire.Delta) { m.Erase = many }),
		"chunk without an epoch":          chunk(func(c *wire.Chunk) { c.Revision.Epoch = 0 }),
		"chunk of none":                   chunk(func(c *wire.Chunk) { c.Count, c.Index = 0, 0 }),
		"chunk of too many":               chunk(func(c *wire.Chunk) { c.Count = wire.MaxChunks + 1 }),
		"chunk out of range":              chunk(func(c *wire.Chunk) { c.Index = c.Count }),
		"chunk without bytes":             chunk(func(c *wire.Chunk) { c.Data = nil }),
		"chunk with too many":             chunk(func(c *wire.Chunk) { c.Data = make([]byte, wire.MaxChunk+1) }),
		"command without id":              open(func(c *wire.Command) { c.ID = 0 }),
		"command without counter":         open(func(c *wire.Command) { c.Counter = 0 }),
		"command without type":            open(func(c *wire.Command) { c.Type = 0 }),
		"command of no type":              open(func(c *wire.Command) { c.Type = 99 }),
		"order that never expires":        open(func(c *wire.Command) { c.Expires, c.NotBefore = 0, 0 }),
		"command that expires first":      open(func(c *wire.Command) { c.NotBefore = c.Expires }),
		"open for 31 s":                   open(func(c *wire.Command) { c.Expires = c.NotBefore + smartbox.Stamp(31*time.Second/time.Millisecond) }),
		"open without slot":               open(func(c *wire.Command) { c.Slot = 0 }),
		"open of no slot":                 open(func(c *wire.Command) { c.Slot = smartbox.SlotID(bad) }),
		"open that erases":                open(func(c *wire.Command) { c.Erase = []smartbox.UserID{anna} }),
		"open with settings":              open(func(c *wire.Command) { c.Config = &wire.Config{} }),
		"open with a release":             open(func(c *wire.Command) { c.Update = &wire.Update{} }),
		"open by nobody's id":             open(func(c *wire.Command) { c.User = bad }),
		"command before 1970":             open(func(c *wire.Command) { c.NotBefore = -1 }),
		"release with slot":               open(func(c *wire.Command) { c.Type, c.AtBox = wire.CommandRelease, false }),
		"release at the box":              open(func(c *wire.Command) { c.Type, c.Slot = wire.CommandRelease, 0 }),
		"expunge of nobody":               &wire.Command{ID: 1, Counter: 1, Type: wire.CommandExpunge},
		"config of nothing":               &wire.Command{ID: 1, Counter: 1, Type: wire.CommandConfig},
		"config too often":                &wire.Command{ID: 1, Counter: 1, Type: wire.CommandConfig, Config: &wire.Config{TelemetryEvery: 9}},
		"update of nothing":               &wire.Command{ID: 1, Counter: 1, Expires: 1, Type: wire.CommandUpdate},
		"update by http":                  update(func(u *wire.Update) { u.URL = "http://x/y" }),
		"update by no address":            update(func(u *wire.Update) { u.URL = "https://%zz" }),
		"update from too far":             update(func(u *wire.Update) { u.URL = "https://x/" + strings.Repeat("y", 512) }),
		"update without version":          update(func(u *wire.Update) { u.Version = "" }),
		"update of no size":               update(func(u *wire.Update) { u.Size = 0 }),
		"ack without epoch":               &wire.Ack{UpTo: 1},
		"ack before 1970":                 &wire.Ack{Epoch: 1, At: -1},
		"hello without protocol":          hello(func(h *wire.Hello) { h.Protocol = 0 }),
		"hello without connection":        hello(func(h *wire.Hello) { h.Connection = 0 }),
		"hello of a talker":               hello(func(h *wire.Hello) { h.Firmware = strings.Repeat("x", wire.MaxWord+1) }),
		"hello without event epoch":       hello(func(h *wire.Hello) { h.EventEpoch = 0 }),
		"hello with events from 0":        hello(func(h *wire.Hello) { h.First = 0 }),
		"hello with events backwards":     hello(func(h *wire.Hello) { h.First = h.Next + 1 }),
		"hello with no such chunk":        hello(func(h *wire.Hello) { h.Staged.Next = wire.MaxChunks }),
		"hello with no such clock":        hello(func(h *wire.Hello) { h.Clock = 3 }),
		"events without epoch":            events(func(e *wire.Events) { e.Epoch = 0 }),
		"events after themselves":         events(func(e *wire.Events) { e.After = e.First }),
		"no events":                       events(func(e *wire.Events) { e.Batch = nil }),
		"too many events":                 events(func(e *wire.Events) { e.Batch = make([]wire.Entry, wire.MaxBatch+1) }),
		"event without bytes":             events(func(e *wire.Events) { e.Batch[0].Payload = nil }),
		"event too long":                  events(func(e *wire.Events) { e.Batch[0].Payload = make([]byte, 4097) }),
		"events past the last number":     events(func(e *wire.Events) { e.First = 1<<64 - 1 }),
		"refusal without a reason":        &wire.Applied{Refused: smartbox.Revision{Epoch: 1}},
		"reason without a refusal":        &wire.Applied{Reason: smartbox.SnapshotOld},
		"too many receipts":               &wire.Applied{Erased: many},
		"response to nothing":             &wire.Response{Outcome: wire.Done},
		"response of no outcome":          &wire.Response{ID: 1},
		"response of no such outcome":     &wire.Response{ID: 1, Outcome: 99},
		"presence without connection":     &wire.Presence{Online: true},
		"telemetry of too many slots":     tel(func(m *wire.Telemetry) { m.Slots = make([]wire.SlotState, 65) }),
		"telemetry of no slot":            tel(func(m *wire.Telemetry) { m.Slots[0].Slot = 0 }),
		"telemetry of no such clock":      tel(func(m *wire.Telemetry) { m.Clock = 3 }),
		"telemetry of too full a battery": tel(func(m *wire.Telemetry) { *m.Battery = 101 }),
	} {
		if err := m.Validate(); !errors.Is(err, wire.ErrMessage) || !strings.Contains(err.Error(), m.Kind().String()) {
			t.Errorf("%s: %v; want ErrMessage that names the kind", name, err)
		}
		if b, err := wire.Encode(m); err == nil {
			t.Errorf("%s was encoded: %x", name, b)
		}
		raw, err := wire.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := wire.Decode(raw, wire.NewMessage(m.Kind())); err == nil {
			t.Errorf("%s was decoded", name)
		}
	}
}

func TestMessageBounds(t *testing.T) {
	whole := bytes.Repeat([]byte{7}, 2*wire.MaxChunk+1)
	parts, err := wire.Split(smartbox.Revision{Epoch: 1, Version: 2}, whole)
	if err != nil || len(parts) != 3 || len(parts[2].Data) != 1 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	var back []byte
	for i := range parts {
		if b := sealed(t, &parts[i]); len(b) > wire.MaxMessage {
			t.Errorf("part %d has %d bytes", i, len(b))
		}
		back = append(back, parts[i].Data...)
	}
	if !bytes.Equal(back, whole) || parts[0].Sum != sha256.Sum256(whole) {
		t.Error("the parts are not the whole")
	}
	for name, n := range map[string]int{"nothing": 0, "too much": wire.MaxChunk*wire.MaxChunks + 1} {
		if _, err := wire.Split(smartbox.Revision{Epoch: 1}, make([]byte, n)); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s was split: %v", name, err)
		}
	}
	big := samples(t)["msg-delta"].(*wire.Delta)
	big.Delta.Put.Users = append(big.Delta.Put.Users, smartbox.User{ID: 5, Name: strings.Repeat("x", wire.MaxPayload)})
	if _, err := wire.Encode(big); !errors.Is(err, wire.ErrMessage) {
		t.Errorf("a message over the bound: %v", err)
	}
	raw, err := wire.Marshal(big)
	if err != nil {
		t.Fatal(err)
	}
	if err := wire.Decode(raw, new(wire.Delta)); !errors.Is(err, wire.ErrMessage) {
		t.Errorf("and decoded: %v", err)
	}
	if err := ring().Open(box, append(raw, make([]byte, 100)...), new(wire.Delta)); !errors.Is(err, wire.ErrMessage) {
		t.Errorf("and opened: %v", err)
	}
}

func TestEventsChain(t *testing.T) {
	m := samples(t)["msg-ev"].(*wire.Events)
	start := smartbox.ChainStart(77)
	if bad, ok := m.CheckChain(start); !ok {
		t.Errorf("event %d does not follow", bad)
	}
	if bad, ok := m.CheckChain(smartbox.ChainStart(78)); ok || bad != 9 {
		t.Errorf("the chain of another epoch: %d, %t", bad, ok)
	}
	all, err := m.DecodeEvents()
	if err != nil || len(all) != 2 || all[1].Seq != 10 || m.Last() != 10 {
		t.Errorf("%d events, last %d, %v", len(all), m.Last(), err)
	}
	m.Batch[1].Payload[len(m.Batch[1].Payload)-1] ^= 1
	if bad, ok := m.CheckChain(start); ok || bad != 10 {
		t.Errorf("an event was edited: %d, %t", bad, ok)
	}
	m.After = 5
	if bad, ok := m.CheckChain(smartbox.ChainStart(78)); ok || bad != 10 || !m.Gap() {
		t.Errorf("behind a gap the second event is the first to be checked: %d, %t", bad, ok)
	}
	m.Batch[1] = m.Batch[0]
	if _, err := m.DecodeEvents(); !errors.Is(err, wire.ErrMessage) {
		t.Errorf("an event in another's place: %v", err)
	}
	m.Batch[0].Payload = []byte{0xff}
	if _, err := m.DecodeEvents(); !errors.Is(err, wire.ErrForm) {
		t.Errorf("no event: %v", err)
	}
}

func TestWords(t *testing.T) {
	seen := map[string]bool{}
	for c := wire.CommandOpen; c <= wire.CommandHello; c++ {
		seen[c.String()] = true
	}
	for o := wire.Done; o <= wire.NotBefore; o++ {
		seen[o.String()] = true
		if o.Final() == (o == wire.Waiting || o == wire.NotBefore) {
			t.Errorf("%s: final %t", o, o.Final())
		}
	}
	for _, k := range wire.Kinds() {
		seen[k.String()] = true
	}
	if len(seen) != 9+8+10-1 { // hello is a message and a command
		t.Errorf("words stand twice: %v", seen)
	}
	if got := wire.CommandType(77).String() + wire.Outcome(77).String() + wire.Kind(77).String(); got != "command(77)outcome(77)kind(77)" {
		t.Errorf("unknown words: %q", got)
	}
	if wire.NewMessage(0) != nil {
		t.Error("there is a message of no kind")
	}
}
