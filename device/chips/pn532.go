package chips

import (
	"bytes"
	"io"
	"sync"
)

// PN532 models the contactless reader at the level of its frames (NXP UM0701-02, PN532 user manual), on a
// high-speed UART (Serial) and on I2C (Tx). It is safe for concurrent use.
type PN532 struct {
	mu      sync.Mutex
	arrived *sync.Cond

	cards   [][]byte
	ats     map[string][]byte // by UID
	fault   PN532Fault
	awake   bool // a UART sleeps until it hears 0x55
	normal  bool // SAMConfiguration was done
	retries byte // MxRtyPassiveActivation
	field   bool
	waiting bool // InListPassiveTarget looks for a card without end

	in     []byte // from the host, not yet a frame
	last   []byte // the reply, for a host that says NACK
	i2c    [][]byte
	busy   int
	stream []byte
	onUART bool
	counts map[byte]int
}

// PN532Fault makes the reader misbehave. Each number counts the data frames that are hit, from the next on; ACKs
// are hit by NoACK alone.
type PN532Fault struct {
	Mute     bool // it reads and says nothing, until another fault is set
	NoACK    int  // the ACK is left out
	Half     int  // the frame ends in the middle
	BadSum   int  // the checksum is wrong
	Noise    int  // bytes of noise before the frame
	Drop     int  // one byte in the middle is lost
	Late     int  // on I2C: polls that find it busy, for each of the frames to come
	Errors   int  // the answer is the error frame
	Extended bool // every data frame is an extended one, as any may be
}

// NewPN532 makes a reader as it comes up: asleep on UART, in low battery mode.
func NewPN532() *PN532 {
	p := &PN532{counts: map[byte]int{}, ats: map[string][]byte{}}
	p.arrived = sync.NewCond(&p.mu)
	p.reset()
	return p
}

func (p *PN532) reset() {
	p.awake, p.normal, p.retries, p.field, p.waiting = false, false, 0xFF, false, false
	p.in, p.last, p.i2c, p.busy, p.stream = nil, nil, nil, 0, nil
}

// Reset is a power cut; cards stay on the reader.
func (p *PN532) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reset()
}

// SetFault makes it misbehave from the next frame on; the zero PN532Fault is a reader in order.
func (p *PN532) SetFault(f PN532Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// Put lays a card with a UID of 4, 7 or 10 bytes on the reader.
func (p *PN532) Put(uid []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cards = append(p.cards, bytes.Clone(uid))
	if p.waiting {
		p.waiting = false
		p.answer(0x4A, p.list())
	}
}

// PutSmart lays a card on the reader that speaks ISO/IEC 14443-4: its answer goes on with an ATS.
func (p *PN532) PutSmart(uid, ats []byte) {
	p.mu.Lock()
	p.ats[string(uid)] = append([]byte{byte(len(ats) + 1)}, ats...)
	p.mu.Unlock()
	p.Put(uid)
}

// Take takes the card with that UID off the reader.
func (p *PN532) Take(uid []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range p.cards {
		if bytes.Equal(c, uid) {
			p.cards = append(p.cards[:i], p.cards[i+1:]...)
			return
		}
	}
}

// Commands is how many commands with that code were carried out.
func (p *PN532) Commands(code byte) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[code]
}

// Tx is one I2C transfer. A read begins with the ready byte and takes the frame that waits away with it, unless
// only the ready byte was read.
func (p *PN532) Tx(w, r []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onUART, p.awake = false, true // its own address wakes it
	p.take(w)
	if len(r) == 0 {
		return nil
	}
	clear(r)
	if len(p.i2c) == 0 {
		return nil
	}
	if p.busy > 0 {
		p.busy--
		return nil
	}
	r[0] = 1
	if len(r) > 1 {
		copy(r[1:], p.i2c[0])
		p.i2c = p.i2c[1:]
		p.busy = p.fault.Late
	}
	return nil
}

// take scans what the host sent for frames.
func (p *PN532) take(w []byte) {
	for _, b := range w {
		if !p.awake {
			p.awake = b == 0x55
			continue
		}
		p.in = append(p.in, b)
	}
	for {
		i := bytes.Index(p.in, []byte{0x00, 0xFF})
		if i < 0 || len(p.in) < i+4 {
			return
		}
		f := p.in[i+2:]
		n, head := int(f[0]), 2
		switch {
		case f[0] == 0x00 && f[1] == 0xFF: // ACK: the host gives the command up
			p.waiting, p.i2c, p.in = false, nil, f[2:]
			continue
		case f[0] == 0xFF && f[1] == 0x00: // NACK: once more
			p.in = f[2:]
			if p.last != nil {
				p.emit(p.last)
			}
			continue
		case f[0] == 0xFF && f[1] == 0xFF:
			if len(f) < 5 {
				return
			}
			if f[2]+f[3]+f[4] != 0 {
				p.in = f[2:]
				continue
			}
			n, head = int(f[2])<<8|int(f[3]), 5
		case f[0]+f[1] != 0:
			p.in = f
			continue
		}
		if len(f) < head+n+1 {
			return
		}
		body, sum := f[head:head+n], byte(0)
		for _, b := range f[head : head+n+1] {
			sum += b
		}
		p.in = f[head+n+1:]
		if sum == 0 && n >= 2 && body[0] == 0xD4 {
			p.command(body[1], body[2:])
		}
	}
}

func (p *PN532) command(code byte, args []byte) {
	if p.fault.Mute {
		return
	}
	p.waiting, p.i2c = false, nil
	if p.fault.NoACK > 0 {
		p.fault.NoACK--
	} else {
		p.emit([]byte{0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00})
	}
	p.counts[code]++
	if p.fault.Errors > 0 {
		p.fault.Errors--
		p.syntax()
		return
	}
	switch {
	case code == 0x02: // GetFirmwareVersion: PN532, 1.6, all three protocols
		p.answer(code, []byte{0x32, 0x01, 0x06, 0x07})
	case code == 0x14 && len(args) >= 1 && args[0] >= 1 && args[0] <= 4: // SAMConfiguration
		p.normal = true
		p.answer(code, nil)
	case !p.normal: // low battery mode: the host must configure first
		p.syntax()
	case code == 0x32 && len(args) == 2 && args[0] == 1: // RFConfiguration, RF field
		p.field = args[1]&1 != 0
		p.answer(code, nil)
	case code == 0x32 && len(args) == 4 && args[0] == 5: // RFConfiguration, retries
		p.retries = args[3]
		p.answer(code, nil)
	case code == 0x4A && len(args) >= 2 && args[1] == 0: // InListPassiveTarget, 106 kbit/s type A
		p.field = true
		if len(p.cards) == 0 && p.retries == 0xFF {
			p.waiting = true
			return
		}
		p.answer(code, p.list())
	case code == 0x52 && len(args) == 1: // InRelease
		p.answer(code, []byte{0})
	default:
		p.syntax()
	}
}

// list is the answer of InListPassiveTarget for at most one card.
func (p *PN532) list() []byte {
	if len(p.cards) == 0 {
		return []byte{0}
	}
	uid := p.cards[0]
	sens := byte(0x04) // bits 7:6 of SENS_RES tell the size of the UID
	switch len(uid) {
	case 7:
		sens = 0x44
	case 10:
		sens = 0x84
	}
	ats, sel := p.ats[string(uid)], byte(0x08)
	if ats != nil {
		sel = 0x20
	}
	return append(append([]byte{1, 1, 0x00, sens, sel, byte(len(uid))}, uid...), ats...)
}

func (p *PN532) syntax() {
	p.last = []byte{0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00}
	p.emit(p.last)
}

// answer builds a data frame, spoilt as the fault says.
func (p *PN532) answer(code byte, data []byte) {
	body := append([]byte{0xD5, code + 1}, data...)
	n := len(body)
	f := []byte{0x00, 0x00, 0xFF, byte(n), byte(-n)}
	if n > 255 || p.fault.Extended {
		hi, lo := byte(n>>8), byte(n)
		f = []byte{0x00, 0x00, 0xFF, 0xFF, 0xFF, hi, lo, -(hi + lo)}
	}
	sum := byte(0)
	for _, b := range body {
		sum += b
	}
	f = append(append(f, body...), -sum, 0x00)
	p.last = bytes.Clone(f)
	switch {
	case p.fault.Half > 0:
		p.fault.Half--
		f = f[:len(f)/2]
	case p.fault.BadSum > 0:
		p.fault.BadSum--
		f[len(f)-2]++
	case p.fault.Drop > 0:
		p.fault.Drop--
		f = append(f[:len(f)/2], f[len(f)/2+1:]...)
	}
	if p.fault.Noise > 0 && p.onUART { // I2C has none: the chip is addressed
		f = append(bytes.Repeat([]byte{0xFF, 0x00, 0x5A}, p.fault.Noise)[:p.fault.Noise], f...)
		p.fault.Noise = 0
	}
	p.emit(f)
}

func (p *PN532) emit(f []byte) {
	if p.fault.Mute {
		return
	}
	if p.onUART {
		p.stream = append(p.stream, f...)
		p.arrived.Broadcast()
		return
	}
	p.i2c = append(p.i2c, f)
	p.busy = max(p.fault.Late, 1) // the host finds it busy at least once
}

// Serial is the host's end of its UART. Read waits for bytes and returns io.EOF after Close.
func (p *PN532) Serial() io.ReadWriteCloser { return &pn532Serial{chip: p} }

type pn532Serial struct {
	chip   *PN532
	closed bool
}

func (s *pn532Serial) Read(b []byte) (int, error) {
	s.chip.mu.Lock()
	defer s.chip.mu.Unlock()
	for len(s.chip.stream) == 0 {
		if s.closed {
			return 0, io.EOF
		}
		s.chip.arrived.Wait()
	}
	n := copy(b, s.chip.stream)
	s.chip.stream = s.chip.stream[n:]
	return n, nil
}

func (s *pn532Serial) Write(b []byte) (int, error) {
	s.chip.mu.Lock()
	defer s.chip.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	s.chip.onUART = true
	s.chip.take(b)
	return len(b), nil
}

func (s *pn532Serial) Close() error {
	s.chip.mu.Lock()
	defer s.chip.mu.Unlock()
	s.closed = true
	s.chip.arrived.Broadcast()
	return nil
}
