package mcp23017

// Registers with IOCON.BANK = 0 (DS20001952, table 3-3). Each pair is port A, then port B.
const (
	regIODIR   = 0x00
	regIPOL    = 0x02
	regGPINTEN = 0x04
	regDEFVAL  = 0x06
	regINTCON  = 0x08
	regIOCON   = 0x0A
	regGPPU    = 0x0C
	regGPIO    = 0x12
	regOLAT    = 0x14
	regConfig  = 0x0E // how many registers from IODIR on hold configuration, and can be read without side effect

	// regIOCONBanked is where IOCON stands with BANK = 1; with BANK = 0 it is GPINTENB.
	regIOCONBanked = 0x05
)

// ioconWanted: one INT for both ports (MIRROR) and open drain (ODR), so that chips can share a line. It
// is not the power-on value, and so betrays a reset.
const ioconWanted = 1<<6 | 1<<2

func word(lo, hi byte) uint16 { return uint16(lo) | uint16(hi)<<8 }

// pair is the write of a register of both ports.
func pair(reg byte, v uint16) []byte { return []byte{reg, byte(v & 0xFF), byte(v >> 8 & 0xFF)} }
