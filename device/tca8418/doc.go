// Package tca8418 drives TI's keypad scan chip TCA8418, which scans and debounces by itself and keeps ten events.
//
// Datasheet: Texas Instruments SCPS215G, "TCA8418 I2C Controlled Keypad Scan IC With Integrated ESD
// Protection".
package tca8418
