package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/sync/wire"
)

func TestSeal(t *testing.T) {
	for name, m := range samples(t) {
		b, err := wire.Seal(key(signer(m)), box, m)
		if !m.Kind().Down() {
			if !errors.Is(err, wire.ErrMessage) {
				t.Errorf("%s comes from the box and was signed: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := wire.NewMessage(m.Kind())
		if err := ring().Open(box, b, got); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		next, err := wire.Seal(key(signer(m)+1), box, m)
		if err != nil {
			t.Fatal(err)
		}
		if err := ring().Open(box, next, wire.NewMessage(m.Kind())); err != nil {
			t.Errorf("%s by the key that follows: %v", name, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	all := samples(t)
	del, ack, open, config := all["msg-delta"], all["msg-ack"], all["msg-cmd-open"], all["msg-cmd-config"]
	by := func(seed byte, m wire.Message) []byte {
		b, err := wire.Seal(key(seed), box, m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	payload := func(m wire.Message) []byte {
		b, err := wire.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good := by(1, del)
	newer := bytes.Clone(good)
	newer[1]++
	unknown := wire.SealPayload(key(1), box, wire.KindAck, []byte{0xa1, 0x18, 0x63, 0x01})
	for name, c := range map[string]struct {
		b    []byte
		into wire.Message
		box  smartbox.BoxID
		want error
	}{
		"nothing":                        {nil, del, box, wire.ErrSignature},
		"cut in the head":                {good[:40], del, box, wire.ErrSignature},
		"cut behind the head":            {good[:74], del, box, wire.ErrSignature},
		"cut short":                      {good[:len(good)-1], del, box, wire.ErrSignature},
		"made longer":                    {append(bytes.Clone(good), 0), del, box, wire.ErrSignature},
		"for another box":                {good, del, smartbox.MustID[smartbox.Box]("yard-2"), wire.ErrSignature},
		"as another kind":                {good, new(wire.Chunk), box, wire.ErrSignature},
		"by a stranger":                  {by(9, del), del, box, wire.ErrSignature},
		"delta by the orders' key":       {by(3, del), del, box, wire.ErrSignature},
		"ack by the orders' key":         {by(3, ack), ack, box, wire.ErrSignature},
		"open by the state's key":        {by(1, open), open, box, wire.ErrSignature},
		"settings by the orders' key":    {by(3, config), config, box, wire.ErrSignature},
		"version raised behind the seal": {newer, del, box, wire.ErrSignature},
		"not signed at all":              {payload(del), del, box, wire.ErrSignature},
		"a field that is not known":      {unknown, ack, box, wire.ErrForm},
		"out of bounds":                  {wire.SealPayload(key(1), box, wire.KindAck, []byte{0xa0}), ack, box, wire.ErrMessage},
	} {
		if err := ring().Open(c.box, c.b, wire.NewMessage(c.into.Kind())); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
	if err := (wire.Keyring{}).Open(box, good, new(wire.Delta)); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("a box that trusts nobody: %v", err)
	}
}

// TestEveryFlipOfAMessageIsNoticed turns each bit of each signed message, one at a time.
func TestEveryFlipOfAMessageIsNoticed(t *testing.T) {
	for name, m := range samples(t) {
		if !m.Kind().Down() {
			continue
		}
		b := sealed(t, m)
		for i := range b {
			for bit := range 8 {
				b[i] ^= 1 << bit
				if err := ring().Open(box, b, wire.NewMessage(m.Kind())); err == nil {
					t.Fatalf("%s: byte %d bit %d turned, and it opens", name, i, bit)
				}
				b[i] ^= 1 << bit
			}
		}
	}
}
