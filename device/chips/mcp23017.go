package chips

import (
	"math/bits"
	"sync"
)

// Registers of the MCP23017 with IOCON.BANK = 0; each pair is port A, then port B.
const (
	mcpIODIR   = 0x00
	mcpIPOL    = 0x02
	mcpGPINTEN = 0x04
	mcpDEFVAL  = 0x06
	mcpINTCON  = 0x08
	mcpIOCON   = 0x0A
	mcpGPPU    = 0x0C
	mcpINTF    = 0x0E
	mcpINTCAP  = 0x10
	mcpGPIO    = 0x12
	mcpOLAT    = 0x14
	mcpRegs    = 0x16
)

// Bits of IOCON.
const (
	mcpBANK   = 1 << 7
	mcpMIRROR = 1 << 6
	mcpSEQOP  = 1 << 5
	mcpODR    = 1 << 2
	mcpINTPOL = 1 << 1
)

// MCP23017 models Microchip's 16-bit I2C port expander (DS20001952): all registers, both banks,
// sequential and byte mode, interrupt on change and on a compare value, INTCAP, mirroring and the
// polarity of INT, pull-ups, and contacts between its own pins as a key matrix makes them.
//
// GPA7 and GPB7 are outputs only on current silicon: what is driven into them is not seen.
//
// Pins are numbered 0 to 7 for GPA0 to GPA7 and 8 to 15 for GPB0 to GPB7; in masks, bit n is pin n.
// It is safe for concurrent use. Callbacks run in the order of what they report and outside the
// chip's lock, so that they may drive this chip's pins; but they can run inside a bus transfer, so
// they must not use the bus.
type MCP23017 struct {
	mu     sync.Mutex
	reg    [mcpRegs]byte
	ptr    int
	ext    uint16 // levels driven from outside
	driven uint16 // which pins are driven from outside
	keys   []contact
	levels uint16 // of all pins, as they were after the last change
	intLow bool
	out    Outputs

	onOut func(Outputs)
	onInt func(low bool)
	queue []func()
	busy  bool
}

// Outputs is what the chip drives on its pins.
type Outputs struct {
	Driven uint16 // which pins are outputs
	Level  uint16 // and their levels; 0 for the others
}

// High reports whether the chip drives the pin high.
func (o Outputs) High(pin int) bool { return o.Level>>pin&1 == 1 }

// Low reports whether the chip drives the pin low.
func (o Outputs) Low(pin int) bool { return o.Driven&^o.Level>>pin&1 == 1 }

type contact struct{ a, b uint16 }

// mcpInputs are the pins whose outside level is seen.
const mcpInputs = 0x7F7F

// NewMCP23017 is a chip after power-on.
func NewMCP23017() *MCP23017 {
	m := &MCP23017{}
	m.powerOn()
	return m
}

// OnOutput calls f with what the pins drive: now, and after each change.
func (m *MCP23017) OnOutput(f func(Outputs)) {
	m.update(func() {
		m.onOut = f
		o := m.out
		m.queue = append(m.queue, func() { f(o) })
	})
}

// OnInterrupt calls f when the pin INTA begins or ends to pull its line low, as Line.Sink wants.
func (m *MCP23017) OnInterrupt(f func(low bool)) { m.update(func() { m.onInt = f }) }

// Drive puts a level on a pin from outside.
func (m *MCP23017) Drive(pin int, high bool) {
	m.update(func() {
		bit := uint16(1) << pin
		m.driven |= bit
		m.ext &^= bit
		if high {
			m.ext |= bit
		}
	})
}

// Float lets go of a pin from outside: it is what its pull-up makes of it, 0 without one.
func (m *MCP23017) Float(pin int) { m.update(func() { m.driven &^= 1 << pin }) }

// Connect closes a contact between two pins, as a key of a matrix does.
func (m *MCP23017) Connect(a, b int) {
	m.Disconnect(a, b)
	m.update(func() { m.keys = append(m.keys, contact{1 << a, 1 << b}) })
}

// Disconnect opens a contact that Connect closed.
func (m *MCP23017) Disconnect(a, b int) {
	m.update(func() {
		gone := contact{1 << a, 1 << b}
		for i, k := range m.keys {
			if k == gone {
				m.keys = append(m.keys[:i:i], m.keys[i+1:]...)
				return
			}
		}
	})
}

// Outputs is what the chip drives now.
func (m *MCP23017) Outputs() Outputs {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.out
}

// Register is a register's content, by its address with BANK = 0, without the side effects of reading it.
func (m *MCP23017) Register(address byte) byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.peek(int(address))
}

// Poke changes a register behind the driver's back, as a disturbance does; by its address with BANK = 0.
func (m *MCP23017) Poke(address, value byte) { m.update(func() { m.store(int(address), value) }) }

// Reset is what the pin /RESET or a power cut does. What is wired to the pins stays.
func (m *MCP23017) Reset() { m.update(m.powerOn) }

func (m *MCP23017) powerOn() {
	m.reg = [mcpRegs]byte{mcpIODIR: 0xFF, mcpIODIR + 1: 0xFF}
	m.ptr = 0
	m.levels = m.resolve()
}

// Tx is one I2C transaction: a register address and bytes to write, then bytes to read.
func (m *MCP23017) Tx(w, r []byte) error {
	m.update(func() {
		for i, b := range w {
			if i == 0 {
				m.ptr = int(b)
				continue
			}
			if reg, ok := m.register(); ok {
				m.store(reg, b)
				m.settle() // each byte takes effect when it is acknowledged
			}
			m.advance()
		}
		for i := range r {
			r[i] = 0
			if reg, ok := m.register(); ok {
				r[i] = m.load(reg)
			}
			m.advance()
		}
	})
	return nil
}

// register is the BANK = 0 address that the pointer stands for.
func (m *MCP23017) register() (int, bool) {
	if m.reg[mcpIOCON]&mcpBANK == 0 {
		return m.ptr, m.ptr < mcpRegs
	}
	reg, port := m.ptr&0x0F, m.ptr>>4
	return reg<<1 | port, reg <= mcpOLAT>>1 && port <= 1
}

func (m *MCP23017) advance() {
	banked, byByte := m.reg[mcpIOCON]&mcpBANK != 0, m.reg[mcpIOCON]&mcpSEQOP != 0
	switch {
	case byByte && banked:
	case byByte:
		m.ptr ^= 1 // toggles between the pair
	case banked:
		if m.ptr++; m.ptr > 0x1A {
			m.ptr = 0
		}
	default:
		if m.ptr++; m.ptr >= mcpRegs {
			m.ptr = 0
		}
	}
}

func (m *MCP23017) store(reg int, b byte) {
	port := reg & 1
	switch reg &^ 1 {
	case mcpINTF, mcpINTCAP: // read only
	case mcpGPIO: // writing the port writes the latch
		m.reg[mcpOLAT+port] = b
	case mcpIOCON: // one register at two addresses; bit 0 is not implemented
		m.reg[mcpIOCON], m.reg[mcpIOCON+1] = b&^1, b&^1
	default:
		m.reg[reg] = b
	}
}

func (m *MCP23017) peek(reg int) byte {
	if reg&^1 == mcpGPIO {
		return portOf(m.levels, reg&1) ^ m.reg[mcpIPOL+reg&1]&m.reg[mcpIODIR+reg&1]
	}
	return m.reg[reg]
}

func (m *MCP23017) load(reg int) byte {
	b := m.peek(reg)
	if k := reg &^ 1; k == mcpGPIO || k == mcpINTCAP { // either read clears the port's interrupt
		m.reg[mcpINTF+reg&1] = 0
		m.compare(reg & 1) // a condition that still stands keeps the interrupt
		m.line()
	}
	return b
}

// portOf is the half of a mask that belongs to port A (0) or B (1).
func portOf(mask uint16, port int) byte { return byte(mask >> (8 * port) & 0xFF) }

func (m *MCP23017) pair(reg int) uint16 { return uint16(m.reg[reg]) | uint16(m.reg[reg+1])<<8 }

// resolve is the level of every pin: low wins over high, a driven level over a pull-up.
func (m *MCP23017) resolve() uint16 {
	dir, latch := m.pair(mcpIODIR), m.pair(mcpOLAT)
	outside := m.driven & mcpInputs
	low := ^dir&^latch | outside&^m.ext
	high := ^dir&latch | outside&m.ext
	pulled := m.pair(mcpGPPU) & dir
	var levels uint16
	for p := range 16 {
		net := m.net(1 << p)
		switch {
		case net&low != 0:
		case net&(high|pulled) != 0:
			levels |= 1 << p
		}
	}
	// An output-only pin that is set as an input reads 0, whatever its pull-up.
	return levels &^ (dir &^ mcpInputs)
}

// net is the set of pins that closed contacts tie to those in from.
func (m *MCP23017) net(from uint16) uint16 {
	for n := 0; n != bits.OnesCount16(from); {
		n = bits.OnesCount16(from)
		for _, k := range m.keys {
			if from&(k.a|k.b) != 0 {
				from |= k.a | k.b
			}
		}
	}
	return from
}

// settle lets the pins follow the registers and what is wired to them.
func (m *MCP23017) settle() {
	before := m.levels
	m.levels = m.resolve()
	for port := range 2 {
		changed := portOf(before^m.levels, port)
		m.flag(port, changed&^m.reg[mcpINTCON+port])
		m.compare(port)
	}
	m.line()
	out := Outputs{Driven: ^m.pair(mcpIODIR), Level: m.pair(mcpOLAT) &^ m.pair(mcpIODIR)}
	if out != m.out {
		m.out = out
		if f := m.onOut; f != nil {
			m.queue = append(m.queue, func() { f(out) })
		}
	}
}

func (m *MCP23017) compare(port int) {
	m.flag(port, (m.peek(mcpGPIO+port)^m.reg[mcpDEFVAL+port])&m.reg[mcpINTCON+port])
}

// flag raises the interrupt of the pins that are inputs and enabled; while one is pending on the port
// further conditions are not captured.
func (m *MCP23017) flag(port int, pins byte) {
	pins &= m.reg[mcpGPINTEN+port] & m.reg[mcpIODIR+port]
	if pins != 0 && m.reg[mcpINTF+port] == 0 {
		m.reg[mcpINTF+port] = pins
		m.reg[mcpINTCAP+port] = m.peek(mcpGPIO + port)
	}
}

func (m *MCP23017) line() {
	con := m.reg[mcpIOCON]
	active := m.reg[mcpINTF] != 0 || con&mcpMIRROR != 0 && m.reg[mcpINTF+1] != 0
	low := active != (con&mcpINTPOL != 0 && con&mcpODR == 0) // open drain overrides the polarity
	if low == m.intLow {
		return
	}
	m.intLow = low
	if f := m.onInt; f != nil {
		m.queue = append(m.queue, func() { f(low) })
	}
}

// update changes the chip under its lock and then delivers what there is to tell, in order.
func (m *MCP23017) update(change func()) {
	m.mu.Lock()
	change()
	m.settle()
	if m.busy { // whoever is delivering takes ours along
		m.mu.Unlock()
		return
	}
	m.busy = true
	for len(m.queue) > 0 {
		next := m.queue[0]
		m.queue = m.queue[1:]
		m.mu.Unlock()
		next()
		m.mu.Lock()
	}
	m.busy = false
	m.mu.Unlock()
}
