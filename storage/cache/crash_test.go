package cache

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"smartbox"
)

// cutter takes an image of the disk at a chosen step, and fails every step from there on.
type cutter struct {
	mu     sync.Mutex
	at     int // 0 = never
	n      int
	label  string
	image  string
	take   func() string
	labels map[string]int
}

var errCut = errors.New("the power is cut")

func (k *cutter) step(label string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.n++
	if k.labels != nil {
		k.labels[label]++
	}
	switch {
	case k.at == 0 || k.n < k.at:
		return nil
	case k.n == k.at:
		k.image, k.label = k.take(), label
	}
	return errCut
}

// life is a run over everything that writes. It tells which snapshots may be in force after a cut: the last that was
// acknowledged, and the one that was under way.
func life(t *testing.T, dir string, k *cutter) (acknowledged, under *smartbox.Snapshot) {
	t.Helper()
	o := options()
	o.at, o.Lag = k.step, 2
	c, err := Open(dir, o)
	if err != nil {
		return nil, nil
	}
	defer c.Close() //nolint:errcheck // after the cut it fails
	s := town(30, 1)
	for _, change := range []func(*smartbox.Snapshot) (*smartbox.Snapshot, error){
		func(s *smartbox.Snapshot) (*smartbox.Snapshot, error) { return s, c.Replace(s) },
		func(s *smartbox.Snapshot) (*smartbox.Snapshot, error) { n, d := changed(t, s); return n, c.Apply(d) },
		func(s *smartbox.Snapshot) (*smartbox.Snapshot, error) { n, d := changed(t, s); return n, c.Apply(d) },
		func(s *smartbox.Snapshot) (*smartbox.Snapshot, error) { n, d := changed(t, s); return n, c.Apply(d) },
		func(*smartbox.Snapshot) (*smartbox.Snapshot, error) { n := town(25, 50); return n, c.Replace(n) },
		func(s *smartbox.Snapshot) (*smartbox.Snapshot, error) { n, d := changed(t, s); return n, c.Apply(d) },
		func(*smartbox.Snapshot) (*smartbox.Snapshot, error) {
			n := town(31, 2)
			return n, c.Replace(n, Force())
		},
	} {
		n, err := change(s)
		if err != nil {
			return acknowledged, n
		}
		s, acknowledged = n, n
	}
	return acknowledged, acknowledged
}

// TestCutAtEveryStep cuts the power before every durable step of a life, and starts from what the disk holds then:
// what was acknowledged is in force, or what was under way is, whole; nothing else, and nothing is damaged.
func TestCutAtEveryStep(t *testing.T) {
	root := t.TempDir()
	count := &cutter{labels: map[string]int{}}
	last, _ := life(t, filepath.Join(root, "whole"), count)
	if last == nil || last.Revision.Version != 2 {
		t.Fatal("the life without a cut failed")
	}
	t.Logf("%d steps: %v", count.n, count.labels)
	for at := 1; at <= count.n; at++ {
		dir := filepath.Join(root, fmt.Sprint("life-", at))
		k := &cutter{at: at, take: func() string { return copyDir(t, dir) }}
		acknowledged, under := life(t, dir, k)
		if k.image == "" {
			continue // the worker took fewer steps this time
		}
		for round := range 2 { // a second start finds what the first one mended
			c, err := Open(k.image, options())
			if err != nil {
				t.Fatalf("cut at %d, %s, start %d: %v", at, k.label, round, err)
			}
			if o := c.Opened(); len(o.Quarantined)+len(o.Notes) != 0 {
				t.Errorf("cut at %d, %s: %+v", at, k.label, o)
			}
			want := acknowledged
			if v := c.View(); under != nil && v != nil && v.Revision() == under.Revision {
				want = under
			}
			holds(t, c, want)
			must(t, c.Close())
		}
	}
}

// TestFailedStepsLeaveTheOldInForce fails every step once, without a cut: the cache goes on with what it had, and the
// next attempt works.
func TestFailedStepsLeaveTheOldInForce(t *testing.T) {
	first := town(30, 1)
	second, d := changed(t, first)
	for _, label := range []string{
		"log.delta", "log.replace", "log.settle", "whole.load", "whole.loaded", "whole.keep", "flat.create", "flat.second", "flat.sync", "flat.rename",
	} {
		t.Run(label, func(t *testing.T) {
			var mu sync.Mutex
			failing := false
			dir := t.TempDir()
			o := options()
			o.Lag = 1
			o.at = func(l string) error {
				mu.Lock()
				defer mu.Unlock()
				if failing && l == label {
					failing = false
					return errCut
				}
				return nil
			}
			fail := func() {
				mu.Lock()
				defer mu.Unlock()
				failing = true
			}
			c := open(t, dir, o)
			must(t, c.Replace(first))
			fail()
			if err := c.Apply(d); err != nil {
				holds(t, c, first)
				must(t, c.Apply(d))
			}
			holds(t, c, second)
			whole := town(40, 9)
			fail()
			if err := c.Replace(whole); err != nil {
				holds(t, c, second)
				must(t, c.Replace(whole))
			}
			holds(t, c, whole)
			_ = c.Close() // may meet the failure
			c = open(t, dir, options())
			holds(t, c, whole)
			must(t, c.Close())
		})
	}
}
