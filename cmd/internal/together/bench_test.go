package together

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/fleet"
	"smartbox/cloud/trust"
	"smartbox/storage/bolt"
	"smartbox/sync/wire"
)

// BenchmarkChangeToInForce measures from a change in the cloud to when the panel decides by it, beside what it is made
// of at least: one MQTT round trip through the same broker, and one bbolt commit at the same disk.
//
// The clock starts when the request goes out (request) and when it has been answered (commit), for the change is
// pushed once it is committed, not before.
func BenchmarkChangeToInForce(b *testing.B) {
	h := newHouse(b)
	var asked, committed []time.Duration
	move := []string{"suspend", "restore"}
	n := 0
	for b.Loop() {
		have := h.box.d.View().Revision()
		began := time.Now()
		h.api.do(http.StatusOK, http.MethodPost, "/v1/members/ben/"+move[n%2], nil)
		answered := time.Now()
		for h.box.d.View().Revision() == have {
			time.Sleep(50 * time.Microsecond)
		}
		now := time.Now()
		asked, committed = append(asked, now.Sub(began)), append(committed, now.Sub(answered))
		n++
	}
	b.StopTimer()
	trips := roundTrips(b, n)
	commits := commitTimes(b, n)
	report(b, asked, "request")
	report(b, committed, "commit")
	report(b, trips, "mqtt")
	report(b, commits, "bolt")
	b.ReportMetric(float64(quantile(asked, 99))/float64(quantile(trips, 99)+quantile(commits, 99)), "ratio-p99")
	b.ReportMetric(float64(quantile(asked, 50))/float64(quantile(trips, 50)+quantile(commits, 50)), "ratio-p50")
	b.ReportMetric(residentOf(b, "self"), "rss-MB")
}

func report(b *testing.B, all []time.Duration, what string) {
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(quantile(all, p))/float64(time.Millisecond), fmt.Sprintf("%s-p%d-ms", what, p))
	}
}

func quantile(all []time.Duration, percent int) time.Duration {
	slices.Sort(all)
	return all[min(len(all)-1, len(all)*percent/100)]
}

// nobody lets no box in: the fleet's own connections are not asked about.
type nobody struct{}

func (nobody) State(context.Context, smartbox.BoxID) (directory.BoxState, error) {
	return directory.BoxState{}, directory.ErrNotFound
}

// roundTrips are from a publish with QoS 1 until the message has come back from a broker of the same kind, which has
// stored it first.
func roundTrips(b *testing.B, n int) (all []time.Duration) {
	b.Helper()
	dir := b.TempDir()
	a, err := trust.OpenAuthority(filepath.Join(dir, "keys"), nil)
	if err != nil {
		b.Fatal(err)
	}
	broker, err := fleet.NewEmbedded(fleet.EmbeddedOptions{
		Listen: "127.0.0.1:0", Dir: filepath.Join(dir, "broker"), Authority: a, Certificates: a.ServerCertificates("127.0.0.1", "localhost"),
		States: nobody{}, Log: zerolog.Nop(),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer broker.Close()
	ctx, cancel := context.WithCancel(b.Context())
	back := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- broker.Run(ctx, func(u fleet.Uplink) {
			u.Ack()
			back <- struct{}{}
		})
	}()
	box := smartbox.MustID[smartbox.Box]("bench")
	payload := make([]byte, 300) // a small delta
	for i := range n + 10 {
		began := time.Now()
		if err := broker.Publish(ctx, box, wire.KindHello, payload); err != nil {
			b.Fatal(err)
		}
		<-back
		if i >= 10 { // the first ones make the streams
			all = append(all, time.Since(began))
		}
	}
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	return all
}

// commitTimes are of a small value put into a bbolt file as the box opens it.
func commitTimes(b *testing.B, n int) (all []time.Duration) {
	b.Helper()
	db := openBolt(b)
	value := make([]byte, 300)
	for i := range n {
		began := time.Now()
		err := db.Update(func(tx *bolt.Tx) error { return tx.Bucket("bench").Put([]byte(strconv.Itoa(i)), value) })
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(began))
	}
	return all
}

func openBolt(b *testing.B) *bolt.DB {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bench"), bolt.Options{
		Migrations: []bolt.Migration{func(*bolt.Tx) error { return nil }},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db
}
