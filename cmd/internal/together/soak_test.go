package together

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
)

// shortRounds is what a plain `go test` takes; SMARTBOX_SOAK_ROUNDS says otherwise.
const shortRounds = 12

// TestSoak does at random what happens to boxes and clouds, people at the panel and administrators going on all the
// while. Afterwards nothing is lost, nothing is twice, no lock has moved without a cause, and both ends know the same.
// SMARTBOX_SOAK_SEED repeats a run.
func TestSoak(t *testing.T) {
	rounds := number(t, "SMARTBOX_SOAK_ROUNDS", shortRounds)
	seed := number(t, "SMARTBOX_SOAK_SEED", rand.Uint64N(1<<32))
	t.Logf("%d rounds with seed %d", rounds, seed)
	h := newHouse(t)
	h.cloud.end()
	s := &soak{house: h, child: newChild(t, h.cloud), rng: rand.New(rand.NewPCG(seed, 1)), did: map[string]int{}}
	s.child.start()
	for n := range rounds {
		s.round()
		if n%100 == 99 {
			s.check(true)
		}
	}
	s.check(false)
	t.Logf("did %v", s.did)
}

func number(t *testing.T, name string, or uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return or
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// soak is a house that much happens to.
type soak struct {
	*house
	child *child
	rng   *rand.Rand
	out   bool // the van's key
	made  int
	did   map[string]int
}

func (s *soak) round() {
	s.t.Helper()
	acts := []struct {
		name string
		do   func()
	}{
		{"exchange", s.exchange},
		{"exchange", s.exchange},
		{"change", s.change},
		{"change", s.change},
		{"pull the cable", s.cable.pull},
		{"carry nothing", s.cable.hush},
		{"plug the cable", s.cable.plug},
		{"kill the cloud", func() { s.child.kill(); s.child.start() }},
		{"kill the cloud in a change", s.killInChange},
		{"restart the box", func() { s.box.end(); s.box.start() }},
	}
	a := acts[s.rng.IntN(len(acts))]
	s.did[a.name]++
	a.do()
}

func (s *soak) exchange() {
	s.t.Helper()
	if s.out {
		s.box.bring()
	} else {
		s.box.take()
	}
	s.out = !s.out
}

func (s *soak) change() { s.changeTo(s.rng.IntN(4)) }

// changeTo does one thing by the API. Whether it is done where the cloud is killed meanwhile is for the cloud to say: both
// ends have to know the same afterwards.
func (s *soak) changeTo(what int) {
	s.made++
	path, in := "/v1/members/ben/suspend", any(nil)
	switch what {
	case 0:
		path = "/v1/members/ben/restore"
	case 1:
		path, in = "/members", body{"member": body{
			"kind": "smartbox", "first_name": "Guest", "last_name": fmt.Sprintf("Number %d", s.made), "access_code": "random",
			"grants": []body{{"target": "group:fleet", "role": "exchange"}},
		}}
	case 2:
		path, in = "/v1/groups", body{"name": fmt.Sprintf("Group %d", s.made)}
	}
	status, out, err := s.api.try(http.MethodPost, path, in)
	if err == nil && status >= http.StatusInternalServerError {
		s.t.Errorf("%s: %d %v", path, status, out)
	}
}

func (s *soak) killInChange() {
	done, what := make(chan struct{}), s.rng.IntN(4) // drawn here: fate is not shared between goroutines
	go func() {
		defer close(done)
		s.changeTo(what)
	}()
	if s.rng.IntN(2) == 0 {
		s.exchange()
	}
	s.child.kill()
	<-done
	s.child.start()
}

// check mends everything and holds the books of both ends beside each other.
func (s *soak) check(goOn bool) {
	s.t.Helper()
	s.cable.plug()
	s.child.end()
	s.cloud.start()
	s.booked()
	s.settle()
	if goOn && !s.t.Failed() {
		s.cloud.end()
		s.child.start()
		s.box.start()
	}
	if s.t.Failed() {
		s.t.FailNow()
	}
}
