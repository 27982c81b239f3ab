// Package supply watches the cabinet's own contacts: tamper, mains and battery, one GPIO line each.
//
// The contacts are normally closed, from the line to ground, with a pull-up: a cut wire says the same as an opened
// cabinet, a lost mains or an empty battery. An edge only wakes the driver; what it reports is the level, which has to
// stand still for the debounce time. Waits are bounded, for on Linux an unbounded wait cannot be ended.
package supply
