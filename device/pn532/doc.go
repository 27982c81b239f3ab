// Package pn532 reads badges and fobs (ISO/IEC 14443 type A) with an NXP PN532 on a UART or on I2C.
//
// The frames, commands and the wake-up of the UART are those of UM0701-02, "PN532 User Manual" (chapters 6 and 7);
// AN10609 tells of the low battery mode in which the chip starts, which SAMConfiguration ends.
//
// A UID can be cloned: it identifies a badge and proves nothing.
//
// The chip stretches the I2C clock, which the Raspberry Pi 3 does badly: prefer the UART.
package pn532
