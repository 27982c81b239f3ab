// Package mcp23017 drives Microchip's 16-bit I2C port expander where it moves locks and reads
// contacts: every output is read back, a chip that was reset is noticed and set up again with its
// latch before its direction, and a dead chip is an error and never a level.
//
// Datasheet: Microchip DS20001952, "MCP23017/MCP23S17 16-Bit I/O Expander with Serial Interface".
// Its pins GPA7 and GPB7 are outputs only in current silicon, so that New refuses them as inputs.
//
// See DESIGN.md for what the widespread drivers get wrong here.
package mcp23017
