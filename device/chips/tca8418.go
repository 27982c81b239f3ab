package chips

import "sync"

// Registers of the TCA8418.
const (
	tcaCFG        = 0x01
	tcaINTSTAT    = 0x02
	tcaKEYLCKEC   = 0x03
	tcaKEYEVENTA  = 0x04
	tcaKEYEVENTJ  = 0x0D
	tcaKPGPIO1    = 0x1D
	tcaDEBOUNCE1  = 0x29
	tcaRegs       = 0x2F
	tcaFIFO       = 10
	tcaRows       = 8
	tcaColumns    = 10
	tcaBounces    = 3 // events more that a contact gives without debouncing
	tcaPress      = 0x80
	tcaAI         = 1 << 7
	tcaOverflowM  = 1 << 5
	tcaINTCFG     = 1 << 4
	tcaOverflowIE = 1 << 3
	tcaKeyIE      = 1 << 0
	tcaOverflow   = 1 << 3
	tcaKey        = 1 << 0
)

// TCA8418 models the keypad part of TI's keypad scan chip (SCPS215): CFG, INT_STAT, the event count,
// the FIFO of ten with both ways of overflowing, KP_GPIO, DEBOUNCE_DIS and the INT line. Other
// registers keep what is written and do nothing.
//
// Keys are numbered as the chip does: ten times the row, plus the column, plus one. It is safe for
// concurrent use; OnInterrupt's function runs under the chip's lock and must not touch the chip.
type TCA8418 struct {
	mu     sync.Mutex
	reg    [tcaRegs]byte
	ptr    int
	fifo   []byte
	down   map[int]bool
	intLow bool
	onInt  func(low bool)
}

// NewTCA8418 is a chip after power-on: every pin a GPIO, no key scanned, all registers 0.
func NewTCA8418() *TCA8418 { return &TCA8418{down: map[int]bool{}} }

// OnInterrupt calls f when INT begins or ends to pull its line low, as Line.Sink wants.
func (c *TCA8418) OnInterrupt(f func(low bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onInt = f
}

// Press closes the contact of the key at a row and a column. Where debouncing is off for its row, the contact's
// bouncing comes through as further events.
func (c *TCA8418) Press(row, column int) { c.move(row, column, true) }

// Release opens it.
func (c *TCA8418) Release(row, column int) { c.move(row, column, false) }

// Register is a register's content, without the side effects of reading it.
func (c *TCA8418) Register(address byte) byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peek(int(address))
}

// Reset is what the pin /RESET or a power cut does: registers and FIFO are gone, keys held stay held.
func (c *TCA8418) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reg, c.ptr, c.fifo = [tcaRegs]byte{}, 0, nil
	c.line()
}

func (c *TCA8418) move(row, column int, press bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	code := row*tcaColumns + column + 1
	if c.down[code] == press {
		return
	}
	c.down[code] = press
	if !c.scanned(row, column) {
		return
	}
	n := 1
	if c.reg[tcaDEBOUNCE1]>>row&1 == 1 {
		n += 2 * tcaBounces
	}
	for i := range n {
		event := byte(code)
		if press == (i%2 == 0) {
			event |= tcaPress
		}
		c.push(event)
	}
	c.line()
}

func (c *TCA8418) scanned(row, column int) bool {
	rows := c.reg[tcaKPGPIO1]
	columns := uint16(c.reg[tcaKPGPIO1+1]) | uint16(c.reg[tcaKPGPIO1+2]&0x03)<<8
	return row < tcaRows && column < tcaColumns && rows>>row&1 == 1 && columns>>column&1 == 1
}

func (c *TCA8418) push(event byte) {
	c.reg[tcaINTSTAT] |= tcaKey
	if len(c.fifo) < tcaFIFO {
		c.fifo = append(c.fifo, event)
		return
	}
	c.reg[tcaINTSTAT] |= tcaOverflow
	if c.reg[tcaCFG]&tcaOverflowM != 0 { // the first event is pushed out
		c.fifo = append(c.fifo[1:], event)
	}
}

// Tx is one I2C transaction: a register address and bytes to write, then bytes to read. The address
// advances with CFG.AI only.
func (c *TCA8418) Tx(w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, b := range w {
		if i == 0 {
			c.ptr = int(b)
			continue
		}
		c.store(c.ptr, b)
		c.advance()
	}
	for i := range r {
		r[i] = c.load(c.ptr)
		c.advance()
	}
	c.line()
	return nil
}

func (c *TCA8418) advance() {
	if c.reg[tcaCFG]&tcaAI != 0 {
		c.ptr++
	}
}

func (c *TCA8418) store(reg int, b byte) {
	switch {
	case reg == tcaINTSTAT:
		if len(c.fifo) > 0 { // K_INT stays while there are events
			b &^= tcaKey
		}
		c.reg[tcaINTSTAT] &^= b
		if c.reg[tcaCFG]&tcaINTCFG != 0 && c.intLow { // the line rises for 50 us and falls again
			c.signal(false)
		}
	case reg == tcaKEYLCKEC, reg >= tcaKEYEVENTA && reg <= tcaKEYEVENTJ: // the lock is not modelled
	case reg > 0 && reg < tcaRegs:
		c.reg[reg] = b
	}
}

func (c *TCA8418) peek(reg int) byte {
	switch {
	case reg == tcaKEYLCKEC:
		return byte(len(c.fifo))
	case reg >= tcaKEYEVENTA && reg <= tcaKEYEVENTJ:
		if i := reg - tcaKEYEVENTA; i < len(c.fifo) {
			return c.fifo[i]
		}
		return 0
	case reg < tcaRegs:
		return c.reg[reg]
	}
	return 0
}

func (c *TCA8418) load(reg int) byte {
	b := c.peek(reg)
	if reg == tcaKEYEVENTA && len(c.fifo) > 0 {
		c.fifo = c.fifo[1:]
	}
	return b
}

func (c *TCA8418) line() {
	cfg, stat := c.reg[tcaCFG], c.reg[tcaINTSTAT]
	c.signal(cfg&tcaKeyIE != 0 && stat&tcaKey != 0 || cfg&tcaOverflowIE != 0 && stat&tcaOverflow != 0)
}

func (c *TCA8418) signal(low bool) {
	if low == c.intLow {
		return
	}
	c.intLow = low
	if c.onInt != nil {
		c.onInt(low)
	}
}
