package fleet_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/fleet"
	"smartbox/cloud/store"
	"smartbox/cloud/trust"
)

// world is a cloud as it is in the field, but for its API: a directory in SQLite, an authority, a broker, a fleet.
type world struct {
	tb       testing.TB
	site     *site
	signers  *trust.Signers
	service  *directory.Service
	fleet    atomic.Pointer[fleet.Fleet]
	admin    directory.Actor
	location smartbox.LocationID
	broker   *fleet.Embedded
	tune     func(*fleet.Options)
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, site: newSite(tb)}
	dir := tb.TempDir()
	db, err := store.Open(tb.Context(), "sqlite:"+filepath.Join(dir, "cloud.db"))
	w.must(err)
	tb.Cleanup(func() { w.must(db.Close()) })
	sealer, err := trust.OpenSealer(dir)
	w.must(err)
	w.signers, err = trust.OpenSigners(dir)
	w.must(err)
	w.service = directory.New(directory.Options{Repo: db, Sealer: sealer, Changed: func(b smartbox.BoxID) {
		if f := w.fleet.Load(); f != nil {
			f.Changed(b)
		}
	}})
	w.site.options.States = w.service
	org, admin, _, err := w.service.CreateOrganization(tb.Context(), directory.Organization{Name: "Acme"}, directory.NewMember{
		Member: directory.Member{Kind: directory.KindSmartbox, Person: directory.Person{FirstName: "Ada", LastName: "Admin"}},
	})
	w.must(err)
	w.admin = directory.Actor{Org: org.ID, Member: admin.ID, Role: smartbox.RoleAdministrator}
	l, err := w.service.Locations.Create(tb.Context(), w.admin, directory.Location{Name: "Depot", Zone: "Europe/Berlin"})
	w.must(err)
	w.location = l.ID
	return w
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// start runs broker and fleet until the test, or the returned function, ends them.
func (w *world) start() (stop func()) {
	w.tb.Helper()
	b, err := fleet.NewEmbedded(w.site.options)
	w.must(err)
	w.broker = b
	end := w.startFleet(b)
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			end()
			b.Close()
		}
	}
	w.tb.Cleanup(stop)
	return stop
}

// startFleet runs a fleet on a broker.
func (w *world) startFleet(b fleet.Broker) (stop func()) {
	w.tb.Helper()
	o := fleet.Options{
		Directory: w.service, Broker: b, Signer: w.signers, Log: testLog(w.tb), Poll: 200 * time.Millisecond,
		Resend: time.Second, Holder: "only",
	}
	if w.tune != nil {
		w.tune(&o)
	}
	f := fleet.New(o)
	w.fleet.Store(f)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			w.tb.Error(err)
		}
	}
}

// box makes a box of one slot and gives it a certificate.
func (w *world) box(name string) *light {
	w.tb.Helper()
	b, err := w.service.Boxes.Create(w.tb.Context(), w.admin, directory.Box{Name: name, Location: w.location})
	w.must(err)
	_, err = w.service.Slots.Create(w.tb.Context(), w.admin, directory.Slot{Box: b.ID, Number: 1})
	w.must(err)
	l := newLight(w, b.ID)
	l.cert = w.site.certify(w.tb, b.ID)
	_, err = w.service.Enrolled(w.tb.Context(), b.ID, trust.IdentityOf(l.cert.Leaf))
	w.must(err)
	return l
}

// rename makes a change that one box has to know.
func (w *world) rename(box smartbox.BoxID, name string) {
	w.tb.Helper()
	b, err := w.service.Boxes.Get(w.tb.Context(), w.admin, box)
	w.must(err)
	b.Name = name
	_, err = w.service.Boxes.Update(w.tb.Context(), w.admin, b)
	w.must(err)
}

// until waits for what has to happen, however long this machine takes for it.
func until(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			tb.Fatalf("it did not happen: %s", what)
		}
	}
}

// inForce waits until the box has the cloud's newest state, and the cloud knows it.
func (w *world) inForce(boxes ...*light) {
	w.tb.Helper()
	for _, l := range boxes {
		until(w.tb, fmt.Sprintf("box %s has the newest state", l.id), func() bool {
			s, err := w.service.State(w.tb.Context(), l.id)
			w.must(err)
			r, sum := l.state()
			return s.AppliedEpoch == s.Epoch && s.AppliedVersion == s.Version && s.Version > 0 &&
				r == smartbox.Revision{Epoch: s.Epoch, Version: s.Version} && sum == s.Digest && sum == s.AppliedDigest
		})
	}
}

func (w *world) alarms(k directory.AlarmKind) int {
	w.tb.Helper()
	p, err := w.service.Alarms.List(w.tb.Context(), w.admin, directory.List{Limit: directory.MaxPage})
	w.must(err)
	n := 0
	for _, a := range p.Things {
		if a.Kind == k {
			n++
		}
	}
	return n
}
