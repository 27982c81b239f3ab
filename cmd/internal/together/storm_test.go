package together

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/trust"
	"smartbox/sync/agent"
	"smartbox/sync/wire"
)

// BenchmarkStorm is a thousand light boxes (the real agent, on memory in place of cache, journal and cabinet) that come
// online at once at one cloud, which is a process of its own. It measures until all have their state, until a change
// for all is in force at all, and how fast the cloud takes events in.
//
// SMARTBOX_STORM_BOXES says otherwise how many.
func BenchmarkStorm(b *testing.B) {
	boxes := 1000
	if text := os.Getenv("SMARTBOX_STORM_BOXES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		boxes = n
	}
	const each = 100 // events
	cloud := newCloud(b, "")
	cloud.start()
	fleet := newFleet(b, cloud, boxes, each)
	api := cloud.api()
	cloud.end()
	c := newChild(b, cloud)
	for b.Loop() {
		c.start()
		ctx, cancel := context.WithCancel(b.Context())
		began := time.Now()
		var work sync.WaitGroup
		for _, l := range fleet {
			work.Go(func() { _ = l.agent.Run(ctx) })
		}
		settled := func(holds func(*light) bool) time.Duration {
			limit := time.Now().Add(5 * time.Minute)
			for _, l := range fleet {
				for !holds(l) {
					time.Sleep(time.Millisecond)
					if time.Now().After(limit) {
						b.Fatal("a box waits for ever")
					}
				}
			}
			return time.Since(began)
		}
		b.ReportMetric(settled(func(l *light) bool { return l.Revision().Version > 0 }).Seconds(), "storm-s")
		took := settled(func(l *light) bool { return l.acked.Load() == each })
		b.ReportMetric(took.Seconds(), "all-events-s")
		b.ReportMetric(float64(boxes*each)/took.Seconds(), "events/s")
		before := make(map[*light]smartbox.Revision, boxes)
		for _, l := range fleet {
			before[l] = l.Revision()
		}
		began = time.Now()
		api.do(http.StatusOK, http.MethodPost, "/v1/members/hugo/suspend", nil)
		b.ReportMetric(time.Since(began).Seconds(), "change-for-all-commit-s")
		b.ReportMetric(settled(func(l *light) bool { return l.Revision() != before[l] }).Seconds(), "change-for-all-s")
		b.ReportMetric(residentOf(b, strconv.Itoa(c.cmd.Process.Pid)), "cloud-rss-MB")
		cancel()
		work.Wait()
		c.end()
	}
}

// residentOf is what a process has in memory.
func residentOf(b *testing.B, pid string) float64 {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb / 1024
}

// light is a box that is nothing but its agent.
type light struct {
	agent *agent.Agent
	acked atomic.Uint64
	log   []agent.Entry
	epoch uint64
	cert  tls.Certificate
	trust *trust.Authority

	mu    sync.Mutex
	snap  *smartbox.Snapshot
	parts map[string][][]byte
}

// newFleet makes boxes with certificates and full journals.
func newFleet(b *testing.B, c *cloudEnd, n, events int) []*light {
	b.Helper()
	keys := filepath.Join(c.cfg.Data, "keys")
	authority, err := trust.OpenAuthority(keys, nil)
	if err != nil {
		b.Fatal(err)
	}
	signers, err := trust.OpenSigners(keys)
	if err != nil {
		b.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	dir, actor := c.c.Directory(), directory.SystemActor(c.demo.Org)
	all := make([]*light, n)
	for i := range all {
		id := smartbox.MustID[smartbox.Box](fmt.Sprintf("light-%d", i))
		if _, err := dir.Boxes.Create(b.Context(), actor, directory.Box{ID: id, Name: id.String(), Location: smartbox.MustID[smartbox.Location]("depot")}); err != nil {
			b.Fatal(err)
		}
		leaf, err := authority.Box(id, key.Public())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := dir.Enrolled(b.Context(), id, trust.IdentityOf(leaf)); err != nil {
			b.Fatal(err)
		}
		l := &light{
			epoch: uint64(i + 1), parts: map[string][][]byte{}, trust: authority,
			cert: tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf},
		}
		l.write(b, events)
		ledger, err := agent.OpenLedger(filepath.Join(b.TempDir(), "commands"))
		if err != nil {
			b.Fatal(err)
		}
		if l.agent, err = agent.New(agent.Options{
			Box: id, Firmware: "light", Boot: 1, URL: "ssl://" + c.cfg.MQTT, Keys: signers.Keyring(), State: l, Journal: outbox{l},
			Orders: l, Clock: l, Ledger: ledger, Credentials: l,
		}); err != nil {
			b.Fatal(err)
		}
		all[i] = l
	}
	return all
}

// write fills the journal.
func (l *light) write(b *testing.B, n int) {
	b.Helper()
	hash := smartbox.ChainStart(l.epoch)
	for seq := uint64(1); seq <= uint64(n); seq++ {
		payload, err := wire.Codec{}.EncodeEvent(nil, smartbox.Event{
			Seq: seq, Boot: 1, At: smartbox.StampOf(time.Now()), Trust: smartbox.ClockSynced, Kind: smartbox.TamperOpened,
		})
		if err != nil {
			b.Fatal(err)
		}
		hash = hash.Next(payload)
		l.log = append(l.log, agent.Entry{Seq: seq, Hash: hash, Payload: payload})
	}
}

// Revision, and what follows, are agent.State.
func (l *light) Revision() smartbox.Revision {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.snap == nil {
		return smartbox.Revision{}
	}
	return l.snap.Revision
}

func (l *light) Digest() (smartbox.Revision, smartbox.StateSum, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.snap == nil {
		return smartbox.Revision{}, smartbox.StateSum{}, nil
	}
	sum, err := wire.StateDigest(l.snap)
	return l.snap.Revision, sum, err
}

func (l *light) Apply(d smartbox.Delta) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.snap == nil {
		return smartbox.ErrBase
	}
	s, err := l.snap.With(d)
	if err == nil {
		l.snap = s
	}
	return err
}

func (*light) Confirm(smartbox.Stamp) error { return nil }

func (l *light) Stage(id string, i, n int, chunk []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.parts[id] == nil {
		l.parts[id] = make([][]byte, n)
	}
	l.parts[id][i] = slices.Clone(chunk)
	return nil
}

func (*light) Staged() (string, []int, error) { return "", nil, nil }

func (l *light) Commit(id string, sum [32]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	whole := slices.Concat(l.parts[id]...)
	clear(l.parts)
	if sha256.Sum256(whole) != sum {
		return agent.ErrStaged
	}
	s := new(smartbox.Snapshot)
	if err := wire.Unmarshal(whole, s); err != nil {
		return err
	}
	l.snap = s
	return nil
}

func (*light) Erase([]smartbox.UserID) error { return nil }

func (*light) Carry(context.Context, agent.Order) (wire.Outcome, smartbox.Reason) {
	return wire.Done, 0
}

func (*light) Moment() smartbox.Moment {
	return smartbox.Moment{Wall: time.Now(), Trust: smartbox.ClockSynced}
}

func (l *light) TLS() (*tls.Config, error) {
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: l.trust.Pool(), Certificates: []tls.Certificate{l.cert}}, nil
}

func (l *light) Life() (from, until time.Time) { return l.cert.Leaf.NotBefore, l.cert.Leaf.NotAfter }

func (*light) Renew(context.Context) error { return nil }

// outbox is the light box's journal.
type outbox struct{ l *light }

func (o outbox) Cursor() agent.Cursor {
	return agent.Cursor{Epoch: o.l.epoch, First: 1, Next: uint64(len(o.l.log)) + 1, Acked: o.l.acked.Load()}
}

func (o outbox) Read(from uint64, limit int) ([]agent.Entry, error) {
	rest := o.l.log[min(from-1, uint64(len(o.l.log))):]
	return rest[:min(limit, len(rest))], nil
}

func (o outbox) Ack(upTo uint64) error {
	o.l.acked.Store(max(o.l.acked.Load(), upTo))
	return nil
}

func (o outbox) Wake(seq uint64) <-chan struct{} {
	c := make(chan struct{})
	if seq <= uint64(len(o.l.log)) {
		close(c)
	}
	return c
}
