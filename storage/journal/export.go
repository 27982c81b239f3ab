package journal

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"smartbox"
)

// Format is a format of Export.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl" // an object a line: the event's fields by name, and its hash
	RawCBOR   Format = "cbor"  // the codec's bytes, one event after the other (a CBOR sequence, RFC 8742)
)

// Export writes the events from..to (0 = the newest at the time) to w. Events that cannot be had are left out
// and the rest is written; the error then names them all. There is no personal data in events.
func (j *Journal) Export(w io.Writer, from, to uint64, f Format) error {
	return export(j.walk(context.Background(), from, false), j.o.Codec, w, to, f)
}

func export(items iter.Seq[item], c Codec, w io.Writer, to uint64, f Format) error {
	if f != JSONLines && f != RawCBOR {
		return fmt.Errorf("export: unknown format %q: use %q or %q", f, JSONLines, RawCBOR)
	}
	out := bufio.NewWriter(w)
	var missing error
	for it := range items {
		if it.err != nil {
			missing = errors.Join(missing, it.err)
			continue
		}
		if to != 0 && it.rec.seq > to {
			break
		}
		if err := exportOne(out, c, it, f); err != nil {
			if _, ok := errors.AsType[*CorruptError](err); !ok {
				return fmt.Errorf("export event %d: %w", it.rec.seq, err)
			}
			missing = errors.Join(missing, err)
		}
	}
	return errors.Join(out.Flush(), missing)
}

func exportOne(w io.Writer, c Codec, it item, f Format) error {
	e, err := decode(c, it.name, it.rec)
	if err != nil {
		return err
	}
	if f == RawCBOR {
		_, err = w.Write(it.rec.payload)
		return err
	}
	return json.NewEncoder(w).Encode(lineOf(e, it.rec.hash))
}

// line is an event in JSON. Numbers of 64 bits that are no counters stand in hexadecimal text, since a
// reader may take a JSON number for a float.
type line struct {
	Seq      uint64   `json:"seq"`
	Boot     string   `json:"boot"`
	UptimeMS int64    `json:"uptime_ms"`
	At       string   `json:"at,omitempty"`
	Trust    string   `json:"trust"`
	Kind     string   `json:"kind"`
	Reason   string   `json:"reason,omitempty"`
	User     string   `json:"user,omitempty"`
	Other    string   `json:"other,omitempty"`
	Third    string   `json:"third,omitempty"`
	Key      string   `json:"key,omitempty"`
	Slot     string   `json:"slot,omitempty"`
	Exchange uint64   `json:"exchange,omitempty"`
	Factors  []string `json:"factors,omitempty"`
	Cred     uint32   `json:"credential,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	RuleRef  string   `json:"rule_ref,omitempty"`
	Epoch    string   `json:"revision_epoch,omitempty"`
	Version  uint64   `json:"revision_version,omitempty"`
	AgeMS    int64    `json:"age_ms,omitempty"`
	Due      string   `json:"due,omitempty"`
	Count    uint32   `json:"count,omitempty"`
	Answer   uint32   `json:"answer,omitempty"`
	Assumed  bool     `json:"assumed,omitempty"`
	Actor    string   `json:"actor,omitempty"`
	Part     string   `json:"part,omitempty"`
	Hash     string   `json:"hash"`
}

func lineOf(e smartbox.Event, h Hash) line {
	l := line{
		Seq: e.Seq, Boot: hex64(e.Boot), UptimeMS: e.Uptime.Milliseconds(), At: e.At.String(),
		Trust: e.Trust.String(), Kind: e.Kind.String(),
		User: e.User.String(), Other: e.Other.String(), Third: e.Third.String(), Key: e.Key.String(), Slot: e.Slot.String(),
		Exchange: e.Exchange, Factors: factorNames(e.Factors), Cred: e.Cred,
		RuleRef: hex64(e.Rule.Ref), Epoch: hex64(e.Revision.Epoch), Version: e.Revision.Version,
		AgeMS: int64(e.Age), Due: e.Due.String(), Count: e.Count, Answer: e.Answer, Assumed: e.Assumed, Actor: e.Actor,
		Hash: hex.EncodeToString(h[:]),
	}
	if e.Reason != 0 {
		l.Reason = e.Reason.String()
	}
	if e.Rule.Kind != 0 {
		l.Rule = e.Rule.Kind.String()
	}
	if e.Part != 0 {
		l.Part = e.Part.String()
	}
	return l
}

func hex64(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%016x", n)
}

func factorNames(f smartbox.Factors) []string {
	var out []string
	for i, name := range []string{"code", "badge", "backup", "duress", "fob"} {
		if f.Has(1 << i) {
			out = append(out, name)
		}
	}
	return out
}
