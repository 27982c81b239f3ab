// Package panel is the front of a simulated cabinet in a browser: display, keypad, reader, doors with their keys,
// switches, and beside them what the box recorded and decided. One embedded page, live by server-sent events.
//
// The page shows what the chip models say and does to the cabinet what hands do; it knows nothing of the session.
// What the box records and decides comes through a Feed.
package panel
