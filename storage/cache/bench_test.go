package cache

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/storage/index/indextest"
)

// BenchmarkApply applies deltas about one person to a cache of 100,000 users and, in turn, makes an empty commit to the
// same logbook, which is what a delta cannot do without. The copies of the whole are brought up to date on the way, as
// in a box. It reports medians, 99th percentiles and their ratios.
func BenchmarkApply(b *testing.B) {
	c := open(b, b.TempDir(), options())
	s := town(100_000, 1)
	must(b, c.Replace(s))
	if _, err := c.Digest(); err != nil {
		b.Fatal(err)
	}
	took := map[string][]time.Duration{}
	r := s.Revision
	for i := 0; b.Loop(); i++ {
		u := s.Users[i*7919%len(s.Users)]
		u.Status = smartbox.StatusValidated
		d := smartbox.Delta{
			Base: r, Revision: smartbox.Revision{Epoch: r.Epoch, Version: r.Version + 1}, IssuedAt: s.IssuedAt + smartbox.Stamp(i),
			Put: smartbox.Changes{
				Users: []smartbox.User{u},
				Grants: []smartbox.Grant{{
					ID: smartbox.MustID[smartbox.Grant](fmt.Sprint("more-", i)), User: u.ID, Target: smartbox.OnAll(), Role: smartbox.PermitExchange,
				}},
			},
		}
		r = d.Revision
		start := time.Now()
		must(b, c.Apply(d))
		took["apply"] = append(took["apply"], time.Since(start))
		c.mu.Lock()
		start = time.Now()
		must(b, c.log.confirm(indextest.Noon+smartbox.Stamp(i)))
		took["commit"] = append(took["commit"], time.Since(start))
		c.mu.Unlock()
	}
	at := func(name string, percent int) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])*percent/100].Microseconds()) / 1000
	}
	for _, name := range []string{"apply", "commit"} {
		b.ReportMetric(at(name, 50), name+"-p50-ms")
		b.ReportMetric(at(name, 99), name+"-p99-ms")
	}
	b.ReportMetric(at("apply", 50)/at("commit", 50), "ratio-p50")
	b.ReportMetric(at("apply", 99)/at("commit", 99), "ratio-p99")
	must(b, c.Close())
}
