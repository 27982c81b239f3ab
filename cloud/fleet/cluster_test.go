package fleet_test

import (
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox/cloud/fleet"
)

func freePort(tb testing.TB) string {
	tb.Helper()
	l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // a test
	return l.Addr().String()
}

// TestClusterLosesANode runs three brokers as one, ends the one that the box is connected to in the middle of its
// upload, and has the box go on at another.
func TestClusterLosesANode(t *testing.T) {
	if os.Getenv("SMARTBOX_CLUSTER") == "" {
		t.Skip("skipped: a cluster of three takes its time to elect leaders; make soak runs it")
	}
	w := newWorld(t)
	routes := []string{freePort(t), freePort(t), freePort(t)}
	peers := make([]string, len(routes))
	for i, r := range routes {
		peers[i] = "nats://" + r
	}
	made := make(chan *fleet.Embedded, len(routes))
	for i, r := range routes {
		o := w.site.options
		o.Dir = t.TempDir()
		o.Cluster = &fleet.Cluster{Name: fmt.Sprint("node-", i), Listen: r, Peers: peers, Secret: "shared"}
		go func() { // they wait for each other
			b, err := fleet.NewEmbedded(o)
			if err != nil {
				t.Error(err)
			}
			made <- b
		}()
	}
	nodes := make([]*fleet.Embedded, 0, len(routes))
	for range routes {
		if b := <-made; b != nil {
			nodes = append(nodes, b)
			t.Cleanup(b.Close)
		}
	}
	if len(nodes) < len(routes) {
		t.FailNow()
	}
	for i, b := range nodes {
		w.tune = func(o *fleet.Options) {
			o.Holder, o.Replicas, o.Lease = fmt.Sprint("replica-", i), true, 3*time.Second
		}
		t.Cleanup(w.startFleet(b))
	}
	l := w.box("Yard")
	l.happen(100)
	until(t, "let in", func() bool { return l.tryConnect(nodes[0].Addr(), nil) == nil })
	again := time.NewTicker(time.Second)
	defer again.Stop()
	settle := func(n int) {
		t.Helper()
		until(t, "acknowledged", func() bool {
			select {
			case <-again.C:
				l.hello()
			default:
			}
			return l.settled()
		})
		w.inForce(l)
		if d := cmp.Diff(upTo(n), w.inBooks(l)); d != "" {
			t.Error(d)
		}
	}
	settle(100)
	l.happen(200)
	l.upload(101)
	nodes[0].Close()
	w.rename(l.id, "Renamed meanwhile")
	until(t, "let in by another", func() bool { return l.tryConnect(nodes[1].Addr(), nil) == nil })
	settle(300)
}
