//go:build !race

package scenario_test

import "time"

// patience is the longest file, in fake time, that is played against the daemon.
const patience = 4 * time.Hour
