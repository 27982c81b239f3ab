package storetest

import "testing"

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, Open){
		"projection":              testProjection,
		"schedules follow grants": testSchedulesFollowGrants,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}
