// Package hd44780 shows text on a character display of 20x4 or 16x2 with an HD44780 or one of its many equals,
// behind a PCF8574 "backpack" on I2C.
//
// The reset sequence, the instructions and the timing are those of Hitachi's HD44780U data sheet (ADE-207-272,
// figure 24 and table 6), the backpack's wiring is the usual one: P0 RS, P1 RW, P2 E, P3 backlight, P4–P7 D4–D7.
// The letters are those of ROM A00, which has ä, ö, ü, ß and ñ; others are drawn into the eight custom
// characters as a text needs them, or written without their accent where eight are not enough.
package hd44780
