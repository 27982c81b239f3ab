package storetest

import "testing"

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"projection", testProjection},
		{"schedules follow grants", testSchedulesFollowGrants},
		{"deltas give the snapshot", testDeltasGiveSnapshot},
		{"versions", testVersions},
		{"unique", testUnique},
		{"cut short", testCutShort},
		{"events once", testEventsOnce},
		{"events at once", testEventsAtOnce},
		{"events damaged", testEventsDamaged},
		{"codes", testCodes},
		{"removal", testRemoval},
		{"search", testSearch},
		{"leases", testLeases},
		{"requests", testRequests},
		{"commands", testCommands},
		{"claims", testClaims},
		{"tokens", testTokens},
		{"retry", testRetry},
		{"stale", testStale},
		{"revisions", testRevisions},
		{"presence", testPresence},
		{"manager", testManager},
		{"places", testPlaces},
		{"consequences", testConsequences},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}
