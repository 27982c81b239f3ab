package wire_test

import (
	"crypto/sha256"
	"testing"

	"smartbox"
	"smartbox/sync/wire"
)

var box = smartbox.MustID[smartbox.Box]("yard-1")

func ring() wire.Keyring {
	return wire.Keyring{
		State:  wire.TrustedKeys{public(1), public(2)},
		Orders: wire.TrustedKeys{public(3), public(4)},
	}
}

// samples are messages with every field set, by the names of their golden vectors.
//
//go:fix inline
func samples(t testing.TB) map[string]wire.Message {
	t.Helper()
	anna, bert := smartbox.MustID[smartbox.User]("anna"), smartbox.MustID[smartbox.User]("bert")
	sum, err := wire.StateDigest(snapshot())
	if err != nil {
		t.Fatal(err)
	}
	rev := snapshot().Revision
	e := event()
	e.Seq = 9
	first, err := wire.Codec{}.EncodeEvent(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	e.Seq = 10
	second, err := wire.Codec{}.EncodeEvent(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	h9 := smartbox.ChainStart(77).Next(first)
	whole, err := wire.Marshal(snapshot())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]wire.Message{
		"msg-delta":   &wire.Delta{Delta: delta(), Erase: []smartbox.UserID{bert}},
		"msg-confirm": &wire.Delta{Delta: smartbox.Delta{Base: rev, Revision: rev, IssuedAt: 1_772_442_002_000}},
		"msg-snap":    &wire.Chunk{Revision: rev, Sum: sha256.Sum256(whole), Index: 1, Count: 3, Data: []byte("part")},
		"msg-cmd-open": &wire.Command{
			ID: 0xc0ffee, Counter: 41, NotBefore: 1_772_442_000_000, Expires: 1_772_442_030_000, Type: wire.CommandOpen,
			Slot: smartbox.MustID[smartbox.Slot]("s1"), AtBox: true, User: anna,
		},
		"msg-cmd-expunge": &wire.Command{ID: 2, Counter: 42, Type: wire.CommandExpunge, Erase: []smartbox.UserID{bert}},
		"msg-cmd-config": &wire.Command{
			ID: 3, Counter: 43, Type: wire.CommandConfig, Config: &wire.Config{TelemetryEvery: 300, Debug: new(true)},
		},
		"msg-cmd-update": &wire.Command{
			ID: 4, Counter: 44, Expires: 1_772_445_600_000, Type: wire.CommandUpdate,
			Update: &wire.Update{Version: "1.4.2", URL: "https://cloud.example/r/1.4.2.deb", Size: 6_400_000, Sum: sha256.Sum256([]byte("release"))},
		},
		"msg-ack": &wire.Ack{Epoch: 77, UpTo: 8, Connection: 0xabcdef, At: 1_772_442_001_000},
		"msg-hello": &wire.Hello{
			Protocol: wire.Version, Firmware: "1.4.1", Boot: 0xfedcba9876543210, Connection: 0xabcdef, Revision: rev, Digest: sum,
			EventEpoch: 77, First: 5, Next: 11, Counter: 40, Staged: &wire.Staged{Sum: sha256.Sum256(whole), Next: 1},
			Clock: smartbox.ClockSynced, At: 1_772_442_000_500,
		},
		"msg-ev": &wire.Events{
			Epoch: 77, After: 8, First: 9,
			Batch: []wire.Entry{{Hash: h9, Payload: first}, {Hash: h9.Next(second), Payload: second}},
		},
		"msg-applied": &wire.Applied{Revision: rev, Digest: sum, Erased: []smartbox.UserID{bert}},
		"msg-refused": &wire.Applied{
			Revision: rev, Digest: sum, Refused: smartbox.Revision{Epoch: 7, Version: 43}, Reason: smartbox.SnapshotBroken,
		},
		"msg-rsp": &wire.Response{
			ID: 0xc0ffee, Counter: 41, Outcome: wire.Refused, Reason: smartbox.SlotBusy, At: 1_772_442_000_700, Seen: 41,
		},
		"msg-st": &wire.Presence{Online: true, Connection: 0xabcdef, Boot: 0xfedcba9876543210, Since: 1_772_442_000_400},
		"msg-tel": &wire.Telemetry{
			At: 1_772_442_000_600, Clock: smartbox.ClockSynced, Uptime: 3600, Temperature: new(int32(-4500)), Battery: new(uint8(87)),
			Mains: new(false), Tampered: true,
			Slots:     []wire.SlotState{{Slot: smartbox.MustID[smartbox.Slot]("s1"), Flags: wire.SlotDoorOpen | wire.SlotJammed}},
			BusErrors: 3, Backlog: 2, DiskFree: 1 << 30, Memory: 20 << 20, Certificate: 1_780_000_000_000,
		},
	}
}

// signer is the key that a message to the box wants.
func signer(m wire.Message) byte {
	if c, ok := m.(*wire.Command); ok && c.Type.Order() {
		return 3
	}
	return 1
}

func sealed(t testing.TB, m wire.Message) []byte {
	t.Helper()
	b, err := wire.Seal(key(signer(m)), box, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
