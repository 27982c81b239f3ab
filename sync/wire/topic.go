package wire

import (
	"errors"
	"fmt"
	"strings"

	"smartbox"
)

// ErrTopic says that a text is no topic of the protocol.
var ErrTopic = errors.New("not a topic of SmartBox")

// Kind is the sort of a message. It is the last level of its topic, and part of what a signature covers.
type Kind uint8

// The kinds, first those that go to the box. 1 is the signed snapshot file. Append only.
const (
	KindDelta Kind = iota + 2
	KindChunk
	KindCommand
	KindAck
	KindHello
	KindEvents
	KindApplied
	KindResponse
	KindPresence
	KindTelemetry
)

// kindTexts are the ends of the topics: direction and word.
var kindTexts = [...]string{
	KindDelta: "d/delta", KindChunk: "d/snap", KindCommand: "d/cmd", KindAck: "d/ack",
	KindHello: "u/hello", KindEvents: "u/ev", KindApplied: "u/applied", KindResponse: "u/rsp",
	KindPresence: "u/st", KindTelemetry: "u/tel",
}

// Kinds are all kinds of message, ascending.
func Kinds() []Kind {
	return []Kind{
		KindDelta, KindChunk, KindCommand, KindAck,
		KindHello, KindEvents, KindApplied, KindResponse, KindPresence, KindTelemetry,
	}
}

// String is the last level of the topic, such as "delta".
func (k Kind) String() string {
	if int(k) < len(kindTexts) && kindTexts[k] != "" {
		return kindTexts[k][2:]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Down reports whether messages of this kind go to the box, and so are signed.
func (k Kind) Down() bool { return KindDelta <= k && k <= KindAck }

// QoS is the quality of service that messages of this kind are published with.
func (k Kind) QoS() byte {
	if k == KindTelemetry {
		return 0
	}
	return 1
}

// Retained reports whether the broker keeps the last message of this kind; it never keeps one to a box.
func (k Kind) Retained() bool { return k == KindPresence }

// TopicRoot is what every topic begins with.
const TopicRoot = "sb/v1/"

// AllUplinks is the filter of the cloud: what any box says.
const AllUplinks = TopicRoot + "+/u/+"

// Topic is where messages of the kind go to or come from the box, such as "sb/v1/yard-1/d/delta".
func Topic(box smartbox.BoxID, k Kind) string { return TopicRoot + box.String() + "/" + kindTexts[k] }

// Downlinks is the one filter that a box subscribes to.
func Downlinks(box smartbox.BoxID) string { return TopicRoot + box.String() + "/d/+" }

// Uplinks is the filter of what one box says.
func Uplinks(box smartbox.BoxID) string { return TopicRoot + box.String() + "/u/+" }

// ParseTopic reads what Topic wrote, and nothing else. The error wraps ErrTopic.
func ParseTopic(topic string) (smartbox.BoxID, Kind, error) {
	rest, ok := strings.CutPrefix(topic, TopicRoot)
	name, end, cut := strings.Cut(rest, "/")
	if !ok || !cut {
		return 0, 0, fmt.Errorf("%w: %.64q", ErrTopic, topic)
	}
	box, err := smartbox.ParseID[smartbox.Box](name)
	if err != nil || box == 0 {
		return 0, 0, fmt.Errorf("%w: %.64q names no box", ErrTopic, topic)
	}
	for _, k := range Kinds() {
		if kindTexts[k] == end {
			return box, k, nil
		}
	}
	return 0, 0, fmt.Errorf("%w: %.64q", ErrTopic, topic)
}
