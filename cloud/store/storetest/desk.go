package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/cloud/directory"
)

func testLeases(t *testing.T, open Open) {
	h := NewHouse(t, open)
	boxes := []smartbox.BoxID{h.North, h.South}
	for range 4 {
		boxes = append(boxes, h.Box("More"))
	}
	slices.Sort(boxes)
	hold := func(who string, want int) []smartbox.BoxID {
		t.Helper()
		list := Must[[]smartbox.BoxID](t)(h.Service.HoldLeases(h.Ctx, who, want, time.Minute))
		slices.Sort(list)
		return list
	}
	first := hold("first", 100)
	if diff := cmp.Diff(boxes, first); diff != "" {
		t.Fatalf("alone (-want +got):\n%s", diff)
	}
	if got := hold("second", 3); len(got) != 0 {
		t.Fatalf("a second replica took %v", got)
	}
	// The first makes room, and each box is one's.
	mine, theirs := hold("first", 3), hold("second", 3)
	both := slices.Concat(mine, theirs)
	slices.Sort(both)
	if diff := cmp.Diff(boxes, both); diff != "" {
		t.Fatalf("shared (-want +got):\n%s", diff)
	}
	// The first is gone; its leases run out and the second's do not, for it renews them.
	h.Now.Add(40 * time.Second)
	hold("second", 3)
	h.Now.Add(40 * time.Second)
	if diff := cmp.Diff(boxes, hold("second", 100)); diff != "" {
		t.Fatalf("after the first is gone (-want +got):\n%s", diff)
	}
	if got := hold("first", 100); len(got) != 0 {
		t.Fatalf("the first came back and took %v", got)
	}
	h.must(h.Service.ReleaseLeases(h.Ctx, "second"))
	// Many at once: no box is two replicas'.
	got := make([][]smartbox.BoxID, 4)
	var wg sync.WaitGroup
	for i, who := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			var err error
			if got[i], err = h.Service.HoldLeases(h.Ctx, who, 2, time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	both = slices.Concat(got...)
	slices.Sort(both)
	if len(slices.Compact(slices.Clone(both))) != len(both) || len(both) != len(boxes) {
		t.Fatalf("four replicas at once hold %v", got)
	}
}

func testRequests(t *testing.T, open Open) {
	h := NewHouse(t, open)
	print1, print2 := []byte{1}, []byte{2}
	remember := func(fingerprint []byte) (directory.IdempotencyRecord, bool) {
		t.Helper()
		r, again, err := h.Service.Remember(h.Ctx, h.Admin, "k", fingerprint, time.Hour)
		h.must(err)
		return r, again
	}
	r, again := remember(print1)
	if again {
		t.Fatal("a first request is a repeated one")
	}
	if r, again := remember(print1); !again || r.Status != 0 {
		t.Fatal("a request under way is not known")
	}
	r.Status, r.Header, r.Body = 201, []byte("Content-Type: x"), []byte(`{"code":"4812"}`)
	h.must(h.Service.Answer(h.Ctx, h.Admin, r))
	was, again := remember(print1)
	if !again || was.Status != 201 || string(was.Body) != `{"code":"4812"}` || string(was.Header) != "Content-Type: x" {
		t.Fatalf("the answer came back as %d %s", was.Status, was.Body)
	}
	h.must(h.Store.View(h.Ctx, func(tx directory.Tx) error {
		raw, _, err := tx.Desk().Remember(h.Ctx, was, 0)
		if err == nil && bytes.Contains(raw.Body, []byte("4812")) {
			t.Error("the stored answer shows the code")
		}
		return nil
	}))
	if _, _, err := h.Service.Remember(h.Ctx, h.Admin, "k", print2, time.Hour); !errors.Is(err, directory.ErrConflict) {
		t.Fatalf("another request under the same key: %v", err)
	}
	other := h.Admin
	other.Token = smartbox.MustID[directory.Token]("other")
	if _, again, err := h.Service.Remember(h.Ctx, other, "k", print2, time.Hour); err != nil || again {
		t.Fatalf("another token's key: %v, %v", again, err)
	}
	h.Now.Add(2 * time.Hour)
	if _, again := remember(print2); again {
		t.Fatal("an expired answer is still there")
	}
	h.must(h.Service.ForgetRequest(h.Ctx, h.Admin, "k"))
	if _, again := remember(print1); again {
		t.Fatal("a request that was given up is still there")
	}
	h.Now.Add(2 * time.Hour)
	h.must(h.Service.Sweep(h.Ctx))
}

func testCommands(t *testing.T, open Open) {
	h := NewHouse(t, open)
	order := func(expires time.Duration) directory.Command {
		t.Helper()
		return Must[directory.Command](t)(h.Service.Enqueue(h.Ctx, h.Admin, directory.Command{
			Box: h.North, Type: "open", Reason: "locked out", Expires: smartbox.StampOf(h.Now.Now().Add(expires)),
		}))
	}
	waiting := func(want ...directory.CommandID) {
		t.Helper()
		var got []directory.CommandID
		for _, c := range Must[[]directory.Command](t)(h.Service.WaitingCommands(h.Ctx, h.North)) {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("waiting (-want +got):\n%s", diff)
		}
	}
	one, two, three := order(10*time.Second), order(time.Minute), order(time.Hour)
	if one.Counter >= two.Counter || two.Counter >= three.Counter || one.Counter == 0 {
		t.Fatalf("counters are %d, %d, %d", one.Counter, two.Counter, three.Counter)
	}
	waiting(one.ID, two.ID, three.ID)
	h.Now.Add(30 * time.Second)
	waiting(two.ID, three.ID)
	h.must(h.Service.CommandSent(h.Ctx, h.North, two.ID))
	waiting(two.ID, three.ID) // sent, not answered
	h.must(h.Service.CommandAnswered(h.Ctx, h.North, two.ID, true, "done"))
	h.must(h.Service.CommandAnswered(h.Ctx, h.North, two.ID, false, "failed"))
	if c := Must[directory.Command](t)(h.Service.Commands.Get(h.Ctx, h.Admin, two.ID)); c.State != directory.CommandDone || c.Result != "done" {
		t.Fatalf("a second answer changed the first: %s %q", c.State, c.Result)
	}
	waiting(three.ID)
	if err := h.Service.CommandAnswered(h.Ctx, h.South, three.ID, true, ""); !errors.Is(err, directory.ErrNotFound) {
		t.Fatalf("another box's answer: %v", err)
	}
	_, err := h.Service.Enqueue(h.Ctx, h.Admin, directory.Command{Box: h.North, Type: "open"})
	if !errors.Is(err, directory.ErrInvalid) {
		t.Fatalf("an order without a reason: %v", err)
	}
}

func testClaims(t *testing.T, open Open) {
	h := NewHouse(t, open)
	code := sha256.Sum256([]byte("claim"))
	h.must(h.Service.MakeClaim(h.Ctx, h.Admin, h.North, code[:], smartbox.StampOf(h.Now.Now().Add(time.Hour))))
	got := make(chan error, 4)
	var wg sync.WaitGroup
	for range cap(got) {
		wg.Go(func() {
			box, err := h.Service.TakeClaim(h.Ctx, code[:])
			if err == nil && box != h.North {
				t.Errorf("the claim is for %q", box)
			}
			got <- err
		})
	}
	wg.Wait()
	close(got)
	taken := 0
	for err := range got {
		if err == nil {
			taken++
		} else if !errors.Is(err, directory.ErrNotFound) {
			t.Fatal(err)
		}
	}
	if taken != 1 {
		t.Fatalf("a claim was used %d times", taken)
	}
	h.must(h.Service.MakeClaim(h.Ctx, h.Admin, h.North, code[:], smartbox.StampOf(h.Now.Now().Add(time.Hour))))
	h.Now.Add(2 * time.Hour)
	if _, err := h.Service.TakeClaim(h.Ctx, code[:]); !errors.Is(err, directory.ErrNotFound) {
		t.Fatalf("a late claim: %v", err)
	}
	id := directory.Identity{Serial: "01", Fingerprint: "aa", PublicKey: "bb", Issued: 1, Expires: 2}
	key, err := h.Service.Enrolled(h.Ctx, h.North, id)
	h.must(err)
	if want := Must[smartbox.BoxKey](t)(h.Service.BoxKey(h.Ctx, h.North)); key != want {
		t.Fatal("the box was given another key than the one its credentials are digested under")
	}
	_, err = h.Service.Enrolled(h.Ctx, h.South, id)
	if !errors.Is(err, directory.ErrConflict) {
		t.Fatalf("two boxes with one certificate: %v", err)
	}
	h.must(h.Service.Revoke(h.Ctx, h.Admin, h.North, "stolen"))
	st := Must[directory.BoxState](t)(h.Service.BoxByFingerprint(h.Ctx, "aa"))
	if st.Box != h.North || st.Identity.Revoked == 0 {
		t.Fatalf("the revoked box: %+v", st.Identity)
	}
}

func testTokens(t *testing.T, open Open) {
	h := NewHouse(t, open)
	token, secret, err := h.Service.MakeToken(h.Ctx, h.Admin, directory.Token{
		Name: "Terminal", Role: smartbox.RoleAdministrator, Scopes: []directory.Scope{directory.ScopeRead, directory.ScopeKeys},
		Expires: smartbox.StampOf(h.Now.Now().Add(time.Hour)),
	})
	h.must(err)
	a := Must[directory.Actor](t)(h.Service.Authenticate(h.Ctx, secret))
	if a.Org != h.Admin.Org || a.Token != token.ID {
		t.Fatalf("the token is %+v", a)
	}
	if _, err := h.Service.Groups.Create(h.Ctx, a, directory.Group{Name: "By token"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Boxes.Create(h.Ctx, a, directory.Box{Name: "By token", Location: h.Depot}); !errors.Is(err, directory.ErrForbidden) {
		t.Fatalf("beyond its scopes: %v", err)
	}
	if _, err := h.Service.Authenticate(h.Ctx, secret+"x"); !errors.Is(err, directory.ErrNotFound) {
		t.Fatalf("another secret: %v", err)
	}
	h.Now.Add(2 * time.Hour)
	if _, err := h.Service.Authenticate(h.Ctx, secret); !errors.Is(err, directory.ErrNotFound) {
		t.Fatalf("a token past its time: %v", err)
	}
}
