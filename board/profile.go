package board

import (
	"time"

	"smartbox"
)

// Profile is how one kind of cabinet is wired. A Profile that Parse returned is whole: every name that it uses is
// defined in it, no pin has two duties and no two chips of a bus share an address. It is read only.
type Profile struct {
	Name  string // of the file and on the command line: "rpi-8"
	Title string // for people
	Chip  string // the GPIO chip whose lines are meant, by name or label; "" = whichever has a line of that name

	Buses     []Bus
	Ports     []Port
	Expanders []Expander

	Keypad  Keypad
	Reader  Reader
	Display Display
	Locks   Locks
	Sensors Sensors
	Lights  Lights
	Slots   []Slot
	Sounder Sounder
	Tamper  Input // active = opened
	Mains   Input // active = there
	Battery Input // active = good
}

// Bus is an I2C bus.
type Bus struct {
	Name  string // in the profile
	Path  string // "/dev/i2c-1", or a name or number that periph knows
	Hertz int    // 0 = leave it as the kernel has it
}

// Port is a serial port. The reader on it decides its speed.
type Port struct {
	Name string // in the profile
	Path string // "/dev/serial0"
}

// Expander is an MCP23017: sixteen pins on an I2C bus.
type Expander struct {
	Name string
	Bus  string
	Addr uint16
	Int  Pin // where its INTA and INTB (mirrored) arrive; none = it is polled
}

// Keypad is the keypad, or Kind none.
type Keypad struct {
	Kind    KeypadKind
	Bus     string   // of a TCA8418
	Addr    uint16   // of a TCA8418
	Int     Pin      // of a TCA8418; none = it is polled
	Rows    []Pin    // of a matrix, top to bottom
	Columns []Pin    // of a matrix, left to right
	Layout  []string // what is printed on the keys, a string a row
}

// KeypadKind is the technique of a keypad.
type KeypadKind uint8

// The keypads.
const (
	NoKeypad      KeypadKind = iota
	KeypadTCA8418            // scanned by the chip
	KeypadMatrix             // rows and columns on pins
)

// Reader is the badge reader, or Kind none.
type Reader struct {
	Kind    ReaderKind
	Port    string // of a PN532 on a serial port
	Bus     string // of a PN532 on I2C
	Addr    uint16 // of a PN532 on I2C
	IRQ     Pin    // of a PN532 on I2C; none = it is polled
	D0, D1  Pin    // of Wiegand
	Bits    int    // of Wiegand: 26, 34 or 37
	Reverse bool   // of Wiegand 37: the vendor swapped the parity bits
}

// ReaderKind is the technique of a reader.
type ReaderKind uint8

// The readers.
const (
	NoReader ReaderKind = iota
	ReaderPN532UART
	ReaderPN532I2C
	ReaderWiegand
)

// Display is the display, or Kind none.
type Display struct {
	Kind    DisplayKind
	Bus     string
	Addr    uint16
	Columns int // of an HD44780
	Rows    int // of an HD44780
}

// DisplayKind is the technique of a display.
type DisplayKind uint8

// The displays.
const (
	NoDisplay DisplayKind = iota
	DisplayHD44780
	DisplaySSD1306
)

// Locks says how the coils are driven.
type Locks struct {
	Pulse     time.Duration // how long a coil is on
	ActiveLow bool
}

// Sensors says how the inputs of the slots are read.
type Sensors struct {
	Debounce    time.Duration
	ContactsLow bool // low = the door is open
	KeysLow     bool // low = a key hangs there
	BoltsLow    bool // low = the bolt is home
}

// Lights says how the lamps are driven.
type Lights struct{ ActiveLow bool }

// Slot is one compartment. Lock is always set; the other pins are none where the slot is not so equipped.
type Slot struct {
	ID      smartbox.SlotID
	Lock    Pin
	Contact Pin
	Hook    Pin
	Bolt    Pin
	Light   Pin
}

// Sounder is a buzzer on a pin; Pin is none where there is none.
type Sounder struct {
	Pin       Pin
	ActiveLow bool // of a buzzer with its own oscillator
	Tone      bool // a bare piezo, that wants a square wave
}

// Input is a single contact; Pin is none where there is none.
type Input struct {
	Pin       Pin
	ActiveLow bool
}

// Expander finds an expander by its name.
func (p *Profile) Expander(name string) (Expander, bool) {
	for _, e := range p.Expanders {
		if e.Name == name {
			return e, true
		}
	}
	return Expander{}, false
}

// Lines are the names of all lines of the board that the profile uses, in the order of the profile.
func (p *Profile) Lines() []string {
	var out []string
	add := func(pins ...Pin) {
		for _, pin := range pins {
			if pin.Line != "" {
				out = append(out, pin.Line)
			}
		}
	}
	for _, e := range p.Expanders {
		add(e.Int)
	}
	add(p.Keypad.Int)
	add(p.Keypad.Rows...)
	add(p.Keypad.Columns...)
	add(p.Reader.IRQ, p.Reader.D0, p.Reader.D1)
	for _, s := range p.Slots {
		add(s.Lock, s.Contact, s.Hook, s.Bolt, s.Light)
	}
	add(p.Sounder.Pin, p.Tamper.Pin, p.Mains.Pin, p.Battery.Pin)
	return out
}
