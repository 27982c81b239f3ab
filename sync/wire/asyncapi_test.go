package wire_test

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"

	"smartbox/sync/wire"
)

const asyncInfo = `A box is told its state by the cloud, and tells the cloud what happened. Correctness does not depend on the broker: each box
has an ordered, versioned desired state at the cloud, and keeps its events until the cloud, not the broker, has acknowledged
them. Any MQTT 3.1.1 broker serves. QoS 2 is not used; nothing to a box is retained.

**Encoding.** CBOR (RFC 8949), core deterministic, integer keys: see x-cbor-key here, and messages.cddl. What is zero, empty
or false, or a record with nothing in it, is left out, but for values of which it says "said even if zero". What is not known is
refused.

**Signatures.** What goes to a box is: version (2 bytes, big-endian), key id (8), Ed25519 signature (64), payload. The signature
is over "sb1", kind (1 byte, x-kind), version (2), box (8, its id as a number, big-endian), payload. The key id is the first 8
bytes of the SHA-256 of the public key. A box trusts one or two keys for the state (delta, snap, ack, and the commands expunge,
config, hello) and one or two others for orders (open, release, maintenance, end-maintenance, reboot, update). What a box says is
not signed: its certificate, of which the common name is the box's id, ties it to its topics.

**Enrolment** is not by MQTT: by then box and cloud share the box's key of 32 bytes, and the box trusts the public keys of the
cloud.

**Ids** are numbers in messages and texts in topics; see messages.cddl for the packing.

**Credentials** are digests: the first 16 bytes of HMAC-SHA256 under the box's key over a text. Of an access code and a backup code
the text is "code:" and the digits; of a badge or a fob "w26:", "w34:" or "w37:" with facility and card number in decimal, as in
"w26:8-12345", or "uid:" or "ibutton:" with the bytes in upper-case hexadecimal, first byte first, as in "uid:04A224B2C35D80".

**A connection.** The box connects with a clean session, its id as client id, and a will on u/st; subscribes to
sb/v1/{box}/d/+; publishes u/st (online, retained) and u/hello. The cloud answers hello with an ack that names the hello's
connection and says after which event the box is to go on, and with deltas, a snapshot, or a delta that changes nothing and so
confirms that the box has the newest. A hello without an answer is said again after 30 s, then after twice that, up to 5 min.

**State.** A snapshot, and what a delta leads to, is whole: it is of the box and has its location; every id is set, stands once and
points at something that is there; every revision has an epoch, and every delta one and the same; IssuedAt is set; names have at most 64
bytes; the zones are known. A list in a snapshot is ascending by id, unless messages.cddl says otherwise. A delta is applied if its base is what is in force. One that leads to what is in force or before is answered by
applied, and otherwise dropped; any other is answered by hello. Epochs grow: a delta or snapshot of an epoch before that in force is
dropped. The parts of a snapshot may come in any order and more than once; sum names the transfer, and hello says how far
it is. The digest in hello and applied is the sum modulo 2^256, big-endian, of SHA-256("smartbox state 1", kind of the item (1
byte: 1 box, 2 slot, 3 location, 4 schedule, 5 group, 6 key, 7 user, 8 credential, 9 grant, 10 booking), item in CBOR) over all
items in force.

**Events** go out in batches of which up to 1,024 events may be under way. The cloud takes a batch in when it has event
after, or a later one; otherwise it says again what it has. The hash of an event is SHA-256(hash of the one before, payload); before the
first it is SHA-256("smartbox journal 1", epoch as 8 bytes big-endian). Where first is not after + 1, the box has lost what lies
between. An ack is cumulative, and only it lets the box forget. Without one for 30 s, the box sends again from there.

**Commands** are done at most once: the counter is above that of every command before, and is on the box's disk before it
acts. A command that comes again is answered with what became of it. Commands with a time are refused while the box's clock is not trusted.
An order has an expiry; that of an order to open is at most 30 s (x-bounds: openSeconds) after it is received, or after NotBefore. The next
counter is above the one that hello names.`

func schema(items ...any) yaml.MapSlice {
	var s yaml.MapSlice
	for i := 0; i+1 < len(items); i += 2 {
		s = append(s, yaml.MapItem{Key: items[i], Value: items[i+1]})
	}
	return s
}

func ref(path string) yaml.MapSlice { return schema("$ref", path) }

func (m *model) asyncAPI() yaml.MapSlice {
	var channels, operations, messages, schemas yaml.MapSlice
	for _, k := range wire.Kinds() {
		name := k.String()
		typ := m.messages[k]
		action, dir := "send", "d"
		if !k.Down() {
			action, dir = "receive", "u"
		}
		channels = append(channels, yaml.MapItem{Key: name, Value: schema(
			"address", "sb/v1/{box}/"+dir+"/"+name,
			"messages", schema(name, ref("#/components/messages/"+name)),
			"parameters", schema("box", ref("#/components/parameters/box")),
		)})
		operations = append(operations, yaml.MapItem{Key: name, Value: schema(
			"action", action,
			"channel", ref("#/channels/"+name),
			"summary", m.docs[typ.String()],
			"bindings", schema("mqtt", schema("qos", k.QoS(), "retain", k.Retained(), "bindingVersion", "0.2.0")),
		)})
		kind := "application/cbor"
		if k.Down() {
			kind = "application/vnd.smartbox.signed+cbor"
		}
		messages = append(messages, yaml.MapItem{Key: name, Value: schema(
			"name", name, "contentType", kind, "x-kind", uint8(k),
			"payload", ref("#/components/schemas/"+ruleName(typ)),
		)})
	}
	for _, t := range m.structs {
		var props yaml.MapSlice
		var required []string
		for _, f := range m.fields(t) {
			if f.required {
				required = append(required, f.name)
			}
			p := jsonType(f.typ)
			if f.comment != "" {
				p = append(p, yaml.MapItem{Key: "description", Value: f.comment})
			}
			props = append(props, yaml.MapItem{Key: f.name, Value: append(schema("x-cbor-key", f.number), p...)})
		}
		s := schema("type", "object", "description", m.docs[t.String()], "additionalProperties", false)
		if required != nil {
			s = append(s, yaml.MapItem{Key: "required", Value: required})
		}
		schemas = append(schemas, yaml.MapItem{Key: ruleName(t), Value: append(s, yaml.MapItem{Key: "properties", Value: props})})
	}
	for _, t := range m.enums {
		schemas = append(schemas, yaml.MapItem{Key: ruleName(t), Value: schema(
			"type", "integer", "minimum", 0, "maximum", 255, "description", m.enumDoc(t))})
	}
	return schema(
		"asyncapi", "3.1.0",
		"info", schema("title", "SmartBox: box and cloud", "version", fmt.Sprintf("%d.0.0", wire.Version), "description", asyncInfo),
		"defaultContentType", "application/cbor",
		"servers", schema("broker", schema(
			"host", "{host}:8883", "protocol", "mqtts", "protocolVersion", "3.1.1",
			"description", "Any MQTT 3.1.1 broker that takes payloads of 128 KiB; TLS with the box's certificate.",
			"variables", schema("host", schema("description", "where the cloud's broker listens")),
		)),
		"channels", channels,
		"operations", operations,
		"components", schema(
			"parameters", schema("box", schema("description", "The box's id: 1 to 12 characters of a-z, 0-9 and, not first, '-'.")),
			"messages", messages,
			"schemas", schemas,
		),
		"x-bounds", schema(
			"message", wire.MaxMessage, "chunk", wire.MaxChunk, "chunks", wire.MaxChunks,
			"batch", wire.MaxBatch, "erase", wire.MaxErase, "openSeconds", int(wire.MaxOpen.Seconds()),
		),
	)
}

// jsonType is a type as AsyncAPI's schemas tell it.
func jsonType(t reflect.Type) yaml.MapSlice {
	c := cddlType(t)
	switch {
	case c == "bool":
		return schema("type", "boolean")
	case c == "tstr":
		return schema("type", "string")
	case c == "id":
		return schema("type", "integer", "minimum", 0, "format", "smartbox-id")
	case c == "stamp":
		return schema("type", "integer", "format", "unix-milliseconds")
	case c == "duration":
		return schema("type", "integer", "format", "nanoseconds")
	case c == "int":
		return schema("type", "integer")
	case strings.HasPrefix(c, "uint"):
		return schema("type", "integer", "minimum", 0)
	case strings.HasPrefix(c, "bstr"):
		s := schema("type", "string", "format", "binary")
		if t.Kind() == reflect.Array {
			s = append(s, schema("minLength", t.Len(), "maxLength", t.Len())...)
		}
		return s
	case strings.HasPrefix(c, "["):
		return schema("type", "array", "items", jsonType(t.Elem()))
	default:
		return ref("#/components/schemas/" + c)
	}
}
