package board

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// checker turns a file into a profile, noting what is wrong on the way. What is wrong gets a zero value, so that
// all faults of a file are told in one go.
type checker struct {
	*faults
	p    *Profile
	used map[Pin]string     // what each pin is for
	addr map[address]string // who sits there
	refs map[string]bool    // buses, ports and expanders that something hangs on: "i2c.main"
}

type address struct {
	bus  string
	addr uint16
}

func (in *file) profile(f *faults) *Profile {
	c := &checker{
		faults: f, p: &Profile{Title: in.Title}, used: map[Pin]string{}, addr: map[address]string{}, refs: map[string]bool{},
	}
	c.p.Name = c.name(in.Profile)
	c.p.Chip = in.GPIO
	if in.GPIO != "" && !isLine(in.GPIO) {
		c.add(path{"gpio"}, "%q is no name of a GPIO chip: use its name or label, such as gpiochip0", in.GPIO)
	}
	c.buses(in.I2C)
	c.ports(in.UART)
	c.expanders(in.Expanders)
	c.keypad(in.Keypad)
	c.reader(in.Reader)
	c.display(in.Display)
	c.locks(in.Locks)
	c.sensors(in.Sensors)
	c.p.Lights.ActiveLow = c.activeLow(path{"lights", "active"}, in.Lights.Active, "high")
	c.slots(in.Slots)
	c.sounder(in.Sounder)
	c.p.Tamper = c.input("tamper", in.Tamper, "high")
	c.p.Mains = c.input("mains", in.Mains, "low")
	c.p.Battery = c.input("battery", in.Battery, "low")
	c.unused()
	return c.p
}

func (c *checker) name(s string) string {
	switch {
	case s == "":
		c.add(path{"profile"}, "the profile has no name: start with \"profile: name\"")
	case !isName(s):
		c.add(path{"profile"}, "%q is no name: use a-z, 0-9 and '-', a letter first, at most 32 characters", s)
	}
	return s
}

// pin reads an optional pin and gives it its duty.
func (c *checker) pin(at path, s, duty string, d direction) Pin {
	if s == "" {
		return Pin{}
	}
	pins := c.pins(at, s, []string{duty}, d)
	if len(pins) != 1 {
		return Pin{}
	}
	return pins[0]
}

// need is pin for one that must be there.
func (c *checker) need(at path, s, duty string, d direction) Pin {
	if s == "" {
		c.add(at, "the %s needs a pin: add %q", duty, fmt.Sprintf("%s: GPIO17", at[len(at)-1]))
	}
	return c.pin(at, s, duty, d)
}

type direction uint8

const (
	output direction = iota
	inputPin
	interrupt // an input with edges, so a line of the board
)

// pins reads a list with one pin for each duty. It returns nil where the list is wrong.
func (c *checker) pins(at path, s string, duties []string, d direction) []Pin {
	pins, err := parsePins(s)
	if err != nil {
		c.add(at, "%v", err)
		return nil
	}
	switch {
	case len(pins) == len(duties):
	case len(duties) == 1:
		c.add(at, "%q names %d pins and the %s has one: name one pin", s, len(pins), duties[0])
		return nil
	default:
		c.add(at, "%q names %d pins where %d are wanted: name one for each of %s",
			s, len(pins), len(duties), strings.Join(ends(duties), " to "))
		return nil
	}
	for i, p := range pins {
		c.claim(at, p, duties[i], d) //nolint:gosec // as many as pins, checked above
	}
	return pins
}

func ends(s []string) []string {
	if len(s) > 2 {
		return []string{s[0], s[len(s)-1]}
	}
	return s
}

func (c *checker) claim(at path, p Pin, duty string, d direction) {
	if p.Expander != "" {
		if _, ok := c.p.Expander(p.Expander); !ok {
			c.add(at, "there is no expander %q: define it under expanders, or use one of %s", p.Expander, c.known("expanders"))
			return
		}
		c.refs["expanders."+p.Expander] = true
		switch {
		case d == interrupt:
			c.add(at, "the %s cannot be an expander's pin, for it must wake the processor: use a line of the board", duty)
			return
		case d == inputPin && p.OutputOnly():
			c.add(at, "%s is output only (DS20001952D): read the %s on another pin", p, duty)
			return
		}
	}
	if before, ok := c.used[p]; ok {
		c.add(at, "%s is the %s and cannot be the %s too: give one of them another pin", p, before, duty)
		return
	}
	c.used[p] = duty
}

// place checks a chip's bus and address and that nobody sits there yet.
func (c *checker) place(at path, who, bus string, addr int, allowed ...span) uint16 {
	if !c.onBus(at, who, bus) {
		return 0
	}
	ok := false
	for _, s := range allowed {
		ok = ok || s.from <= addr && addr <= s.to
	}
	switch {
	case addr == 0:
		c.add(at.to("address"), "%s needs its address: add \"address: %#02x\"", who, allowed[0].from)
		return 0
	case !ok:
		c.add(at.to("address"), "%#02x is no address of %s: use %s", addr, who, spans(allowed))
		return 0
	}
	a := address{bus, uint16(addr)}
	if before, ok := c.addr[a]; ok {
		c.add(at.to("address"), "%s and %s are both at %#02x on bus %q: move one by its address pins", before, who, addr, bus)
		return 0
	}
	c.addr[a] = who
	return a.addr
}

func (c *checker) onBus(at path, who, bus string) bool {
	if bus == "" {
		c.add(at.to("i2c"), "%s needs its bus: add \"i2c: name\" with one of %s", who, c.known("i2c"))
		return false
	}
	for _, b := range c.p.Buses {
		if b.Name == bus {
			c.refs["i2c."+bus] = true
			return true
		}
	}
	c.add(at.to("i2c"), "there is no bus %q: define it under i2c, or use one of %s", bus, c.known("i2c"))
	return false
}

// span is a range of addresses, both ends included.
type span struct{ from, to int }

func spans(list []span) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%#02x", s.from)
		if s.to != s.from {
			out[i] += fmt.Sprintf(" to %#02x", s.to)
		}
	}
	return strings.Join(out, " or ")
}

func (c *checker) activeLow(at path, s, usual string) bool {
	switch s {
	case "":
		return usual == "low"
	case "low", "high":
		return s == "low"
	default:
		c.add(at, "%q is no level: use high or low", s)
		return false
	}
}

func (c *checker) duration(at path, s string, usual, least, most time.Duration) time.Duration {
	if s == "" {
		return usual
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		c.add(at, "%q is no duration: write a number and a unit, such as %s", s, usual)
		return usual
	case d < least || d > most:
		c.add(at, "%s is out of range: use %s to %s", s, least, most)
		return usual
	}
	return d
}

func (c *checker) number(at path, n, least, most int) int {
	if n < least || n > most {
		c.add(at, "%d is out of range: use %d to %d", n, least, most)
		return least
	}
	return n
}

// hertz reads "400kHz" or "100000".
func hertz(s string) (int, bool) {
	digits, unit := s, 1
	if d, ok := strings.CutSuffix(s, "kHz"); ok {
		digits, unit = d, 1000
	} else if d, ok := strings.CutSuffix(s, "MHz"); ok {
		digits, unit = d, 1_000_000
	}
	n, err := strconv.Atoi(strings.TrimSpace(digits))
	if err != nil || n < 1 || n > 1_000_000_000/unit {
		return 0, false
	}
	return n * unit, true
}
