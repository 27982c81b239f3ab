package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/sync/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

func snapshot() *smartbox.Snapshot {
	return &smartbox.Snapshot{
		Revision: smartbox.Revision{Epoch: 7, Version: 42},
		IssuedAt: 1_772_442_000_000,
		Box: smartbox.Box{
			ID: smartbox.MustID[smartbox.Box]("yard-1"), Name: "Yard", Location: smartbox.MustID[smartbox.Location]("depot"),
			Policy:  smartbox.BoxPolicy{AllowUnrecorded: true, DoorOpenLimit: 30 * time.Second},
			Reasons: []smartbox.PickupReason{{Number: 1, Text: "Service"}},
		},
		Slots: []smartbox.Slot{{ID: smartbox.MustID[smartbox.Slot]("s1"), Number: 1}},
		Locations: []smartbox.Location{{
			ID: smartbox.MustID[smartbox.Location]("depot"), Name: "Depot", Zone: "Europe/Berlin",
			Holidays: []smartbox.Holiday{{Date: 20261225, Name: "Weihnachten"}},
		}},
		Schedules: []smartbox.Schedule{{
			ID: smartbox.MustID[smartbox.Schedule]("night"), Name: "Night",
			Windows: []smartbox.Window{{Days: 0b0111110, From: 1320, To: 360}}, Holidays: smartbox.HolidaysAsUsual,
		}},
		Groups: []smartbox.Group{{ID: smartbox.MustID[smartbox.Group]("fleet"), Name: "Fleet", MaxPerUser: 1}},
		Keys: []smartbox.Key{{
			ID: smartbox.MustID[smartbox.Key]("van-3"), Name: "Van 3", Home: smartbox.MustID[smartbox.Slot]("s1"),
			Groups: []smartbox.GroupID{smartbox.MustID[smartbox.Group]("fleet")},
			Policy: smartbox.KeyPolicy{NeedPIN: true, People: 2, Staleness: 24 * time.Hour},
		}},
		Users: []smartbox.User{{
			ID: smartbox.MustID[smartbox.User]("anna"), Name: "Anna", Role: smartbox.RoleManager,
			Status: smartbox.StatusValidated, Switches: smartbox.CardAccess,
		}},
		Credentials: []smartbox.Credential{{
			Digest: smartbox.Digest{0xde, 0xad}, Number: 1, Kind: smartbox.AccessCode,
			User: smartbox.MustID[smartbox.User]("anna"),
		}},
		Grants: []smartbox.Grant{{
			ID: smartbox.MustID[smartbox.Grant]("g1"), User: smartbox.MustID[smartbox.User]("anna"),
			Target: smartbox.OnGroup(smartbox.MustID[smartbox.Group]("fleet")), Role: smartbox.PermitExchange,
			Schedule: smartbox.MustID[smartbox.Schedule]("night"),
		}},
		Bookings: []smartbox.Booking{{
			ID: smartbox.MustID[smartbox.Booking]("b1"), User: smartbox.MustID[smartbox.User]("anna"),
			Key: smartbox.MustID[smartbox.Key]("van-3"), From: 1_772_442_000_000, Until: 1_772_445_600_000,
		}},
		Custody: []smartbox.Custody{{
			Key: smartbox.MustID[smartbox.Key]("van-3"), Place: smartbox.InSlot, Slot: smartbox.MustID[smartbox.Slot]("s1"),
		}},
	}
}

func event() smartbox.Event {
	return smartbox.Event{
		Seq: 9, Boot: 0xfedcba9876543210, Uptime: 90 * time.Second, At: 1_772_442_000_000, Trust: smartbox.ClockSynced,
		Kind: smartbox.PickupAuthorised, Reason: smartbox.Granted, User: smartbox.MustID[smartbox.User]("anna"),
		Key: smartbox.MustID[smartbox.Key]("van-3"), Slot: smartbox.MustID[smartbox.Slot]("s1"), Exchange: 4,
		Factors: smartbox.ByCode, Rule: smartbox.Rule{Kind: smartbox.RuleGrant, Ref: 3},
		Revision: smartbox.Revision{Epoch: 7, Version: 42}, Age: -1, Actor: "uid:1000",
	}
}

func book() *smartbox.Book {
	b := smartbox.NewBook()
	b.LastSeq, b.LastAt, b.LastExchange = 9, 1_772_442_000_000, 4
	b.Custody = map[smartbox.KeyID]smartbox.Custody{
		smartbox.MustID[smartbox.Key]("van-3"): {
			Key: smartbox.MustID[smartbox.Key]("van-3"), Place: smartbox.WithUser,
			User: smartbox.MustID[smartbox.User]("anna"), Since: 5, Due: 6,
		},
	}
	b.Spent = map[uint32]bool{8: true}
	b.BadPINs = map[smartbox.UserID]uint8{smartbox.MustID[smartbox.User]("anna"): 3}
	return b
}

func delta() smartbox.Delta {
	s := snapshot()
	return smartbox.Delta{
		Base: s.Revision, Revision: smartbox.Revision{Epoch: 7, Version: 43}, IssuedAt: 1_772_442_001_000,
		Put:  smartbox.Changes{Box: &s.Box, Users: s.Users},
		Drop: smartbox.Drops{Keys: []smartbox.KeyID{smartbox.MustID[smartbox.Key]("van-3")}, Credentials: []smartbox.Digest{{1}}},
	}
}

// TestGolden holds the bytes still: a change of them is a change of wire.Version.
func TestGolden(t *testing.T) {
	c := wire.Codec{}
	ev, err := c.EncodeEvent(nil, event())
	if err != nil {
		t.Fatal(err)
	}
	bk, err := c.EncodeBook(book())
	if err != nil {
		t.Fatal(err)
	}
	sn, err := wire.Marshal(snapshot())
	if err != nil {
		t.Fatal(err)
	}
	de, err := wire.Marshal(delta())
	if err != nil {
		t.Fatal(err)
	}
	empty, err := c.EncodeEvent(nil, smartbox.Event{})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"event": ev, "event-empty": empty, "book": bk, "snapshot": sn, "delta": de,
		"snapshot-file": signed(t, snapshot()),
	} {
		golden(t, name, b)
	}
}

// golden compares with the hexadecimal of testdata/wire/<name>.hex, 32 bytes a line.
func golden(t *testing.T, name string, b []byte) {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "wire", name+".hex")
	if *update {
		var out strings.Builder
		for i := 0; i < len(b); i += 32 {
			out.WriteString(hex.EncodeToString(b[i:min(i+32, len(b))]) + "\n")
		}
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(readHex(t, path), b); diff != "" {
		t.Errorf("%s is not what stands in %s (-want +got); raise wire.Version and run with -update:\n%s", name, path, diff)
	}
}

func readHex(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	c := wire.Codec{}
	b, err := c.EncodeEvent([]byte("head"), event())
	if err != nil || !bytes.HasPrefix(b, []byte("head")) {
		t.Fatalf("EncodeEvent = %q, %v; want it appended to what was there", b, err)
	}
	e, err := c.DecodeEvent(b[4:])
	if diff := cmp.Diff(event(), e); err != nil || diff != "" {
		t.Errorf("event: %v %s", err, diff)
	}
	b, err = c.EncodeBook(book())
	if err != nil {
		t.Fatal(err)
	}
	k, err := c.DecodeBook(b)
	if diff := cmp.Diff(book(), k); err != nil || diff != "" {
		t.Errorf("book: %v %s", err, diff)
	}
	for _, v := range []struct{ in, out any }{
		{snapshot(), new(smartbox.Snapshot)},
		{new(smartbox.Snapshot), new(smartbox.Snapshot)},
	} {
		b, err = c.Marshal(v.in)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Unmarshal(b, v.out); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v.in, v.out); diff != "" {
			t.Errorf("%T (-in +out):\n%s", v.in, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	raw := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, b := range map[string][]byte{
		"nothing":                  {},
		"cut short":                raw("a20109"),
		"trailing bytes":           raw("a1010900"),
		"doubled field":            raw("a201090109"),
		"unknown field":            raw("a1186301"),
		"unknown text field":       raw("a1617801"),
		"indefinite map":           raw("bf0109ff"),
		"indefinite text":          raw("a1177f6161ff"),
		"tag":                      raw("a101c109"),
		"broken UTF-8":             raw("a11761ff"),
		"too large for its field":  raw("a106190100"),
		"negative":                 raw("a10120"),
		"array where a map is due": raw("80"),
		"nested too deep":          raw("8181818181818181818101"),
		"claims 2^32 fields":       raw("ba80000000"),
		"claims 65 fields":         append(raw("b841"), make([]byte, 130)...),
	} {
		if e, err := (wire.Codec{}).DecodeEvent(b); !errors.Is(err, wire.ErrForm) {
			t.Errorf("%s: DecodeEvent = %+v, %v; want ErrForm", name, e, err)
		}
	}
	if err := wire.Unmarshal(raw("a1049a80000000"), new(smartbox.Snapshot)); !errors.Is(err, wire.ErrForm) {
		t.Errorf("a list that claims 2^31 slots: %v; want ErrForm", err)
	}
	if b, err := (wire.Codec{}).DecodeBook(raw("a20109")); !errors.Is(err, wire.ErrForm) || b != nil {
		t.Errorf("DecodeBook of a cut book = %v, %v", b, err)
	}
}

// TestDeterministic shows that a map's order, which Go makes random, does not reach the bytes.
func TestDeterministic(t *testing.T) {
	b := book()
	for i := range uint32(200) {
		b.Spent[i] = true
	}
	first, err := wire.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := wire.Marshal(b)
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("the same book has other bytes (%v)", err)
		}
	}
	if err := cbor.Wellformed(first); err != nil {
		t.Error(err)
	}
}

func TestMarshalRefusesWhatHasNoForm(t *testing.T) {
	if b, err := wire.Marshal(make(chan int)); err == nil {
		t.Errorf("a channel has the form %x", b)
	}
}

func TestStateDigest(t *testing.T) {
	a, err := wire.StateDigest(snapshot())
	if err != nil {
		t.Fatal(err)
	}
	other := snapshot()
	other.Users[0].Status = smartbox.StatusBanned
	b, err := wire.StateDigest(other)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := wire.StateDigest(snapshot()); again != a || a == b {
		t.Errorf("equal: %t, different: %t", again == a, a != b)
	}
}
