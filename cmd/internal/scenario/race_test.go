//go:build race

package scenario_test

import "time"

// patience is shorter under the race detector, which makes polling chips ten times as dear: more of the same polls
// shows it nothing new.
const patience = 20 * time.Minute
