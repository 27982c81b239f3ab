// Package busguard stands between the drivers and an I2C bus that can fail: it serialises access,
// tries again within a bound, answers at once for a chip that is known to be dead, and never waits
// longer than its limit, even when the adapter hangs.
//
// A Bus is an i2c.Bus, so any driver takes it. See DESIGN.md.
package busguard
