// Package oled shows text on a 128x64 or 128x32 OLED with an SSD1306, through periph's driver of that chip, in letters
// of 6x8 dots: 21 columns, 8 or 4 rows.
//
// The chip is Solomon Systech's SSD1306 (data sheet Rev 1.1). What it shows cannot be read back over I2C, so Run sets it
// up again at intervals: a display that was reset is right again after at most one of them.
package oled
