package chips

import "sync"

// PCF8574 models the 8-bit quasi-bidirectional expander (NXP PCF8574 data sheet, Rev. 5): each byte written
// is the latch, each byte read is the level of the pins, which whatever is wired to them can pull low.
type PCF8574 struct {
	mu    sync.Mutex
	latch byte
	out   func(latch byte)
	in    func() byte // levels that the outside allows; nil = all high
}

// NewPCF8574 makes an expander. out is called with each byte written, in says what the outside
// pulls low; both may be nil.
func NewPCF8574(out func(latch byte), in func() byte) *PCF8574 {
	return &PCF8574{latch: 0xFF, out: out, in: in}
}

// Tx writes, then reads.
func (p *PCF8574) Tx(w, r []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range w {
		p.latch = b
		if p.out != nil {
			p.out(b)
		}
	}
	for i := range r {
		r[i] = p.latch
		if p.in != nil {
			r[i] &= p.in()
		}
	}
	return nil
}

// Latch is the byte last written; 0xFF after power-on.
func (p *PCF8574) Latch() byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latch
}

// Reset is power-on: all pins high.
func (p *PCF8574) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latch = 0xFF
	if p.out != nil {
		p.out(0xFF)
	}
}
