package wire_test

import (
	"errors"
	"strings"
	"testing"

	"smartbox"
	"smartbox/sync/wire"
)

func TestTopics(t *testing.T) {
	want := map[wire.Kind]string{
		wire.KindDelta: "sb/v1/yard-1/d/delta", wire.KindChunk: "sb/v1/yard-1/d/snap",
		wire.KindCommand: "sb/v1/yard-1/d/cmd", wire.KindAck: "sb/v1/yard-1/d/ack",
		wire.KindHello: "sb/v1/yard-1/u/hello", wire.KindEvents: "sb/v1/yard-1/u/ev",
		wire.KindApplied: "sb/v1/yard-1/u/applied", wire.KindResponse: "sb/v1/yard-1/u/rsp",
		wire.KindPresence: "sb/v1/yard-1/u/st", wire.KindTelemetry: "sb/v1/yard-1/u/tel",
	}
	for _, k := range wire.Kinds() {
		topic := wire.Topic(box, k)
		if topic != want[k] {
			t.Errorf("%s: %q, want %q", k, topic, want[k])
		}
		b, back, err := wire.ParseTopic(topic)
		if b != box || back != k || err != nil {
			t.Errorf("%q reads back as %s, %s, %v", topic, b, back, err)
		}
		filter := wire.Uplinks(box)
		if k.Down() {
			filter = wire.Downlinks(box)
		}
		if !strings.HasPrefix(topic, strings.TrimSuffix(filter, "+")) {
			t.Errorf("%q is not under %q", topic, filter)
		}
		if strings.Count(topic, "/") > 7 {
			t.Errorf("%q has too many levels", topic)
		}
		if (k.QoS() == 0) != (k == wire.KindTelemetry) || k.Retained() != (k == wire.KindPresence) {
			t.Errorf("%s: QoS %d, retained %t", k, k.QoS(), k.Retained())
		}
	}
}

func TestParseTopicRefuses(t *testing.T) {
	for _, topic := range []string{
		"", "sb/v1/", "sb/v1//d/delta", "sb/v1/yard-1", "sb/v1/yard-1/", "sb/v1/yard-1/d", "sb/v1/yard-1/d/", "sb/v1/yard-1/d/hello",
		"sb/v1/yard-1/u/delta", "sb/v1/yard-1/d/delta/", "sb/v1/yard-1/d/delta/x", "sb/v2/yard-1/d/delta", "/sb/v1/yard-1/d/delta",
		"sb/v1/Yard-1/d/delta", "sb/v1/yard 1/d/delta", "sb/v1/+/d/delta", "sb/v1/#", "sb/v1/-yard/d/delta",
		"sb/v1/thirteen-char/d/delta", "sb/v1/yard-1/d/\x00", strings.Repeat("a", 1<<16),
	} {
		if b, k, err := wire.ParseTopic(topic); !errors.Is(err, wire.ErrTopic) || len(err.Error()) > 200 {
			t.Errorf("%.40q is %s, %s, %v", topic, b, k, err)
		}
	}
}

func FuzzParseTopic(f *testing.F) {
	for _, k := range wire.Kinds() {
		f.Add(wire.Topic(box, k))
	}
	f.Fuzz(func(t *testing.T, topic string) {
		b, k, err := wire.ParseTopic(topic)
		if err == nil && wire.Topic(b, k) != topic {
			t.Fatalf("%q reads as %q", topic, wire.Topic(b, k))
		}
		if err == nil && b == smartbox.BoxID(0) {
			t.Fatal("no box")
		}
	})
}
