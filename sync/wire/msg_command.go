package wire

import (
	"fmt"
	"net/url"
	"time"

	"smartbox"
)

// MaxOpen is how long an order to open may hold, from NotBefore or the time it is received to Expires.
const MaxOpen = 30 * time.Second

// Command asks a box to do something, at most once. Its Counter is above that of every command before it; the box has
// it on disk before it acts, and answers with a Response.
type Command struct {
	ID        uint64            `cbor:"1,keyasint,omitempty"` // random; the response names it, and so does the event's Actor, "cmd:" and 16 digits in hexadecimal
	Counter   uint64            `cbor:"2,keyasint,omitempty"` // per box, from 1
	NotBefore smartbox.Stamp    `cbor:"3,keyasint,omitempty"` // 0 = at once
	Expires   smartbox.Stamp    `cbor:"4,keyasint,omitempty"` // not acted upon from here on; 0 = never, which an order may not be
	Type      CommandType       `cbor:"5,keyasint,omitempty"`
	Slot      smartbox.SlotID   `cbor:"6,keyasint,omitempty"` // of CommandOpen
	AtBox     bool              `cbor:"7,keyasint,omitempty"` // of CommandOpen: opens once the button at the box is pressed, until Expires
	User      smartbox.UserID   `cbor:"8,keyasint,omitempty"` // who ordered it, if she is a member; 0 = nobody that the box need know
	Erase     []smartbox.UserID `cbor:"9,keyasint,omitempty"` // of CommandExpunge
	Config    *Config           `cbor:"10,keyasint,omitempty"`
	Update    *Update           `cbor:"11,keyasint,omitempty"`
}

// CommandType is what a command asks for.
type CommandType uint8

// The types. Append only.
const (
	CommandOpen           CommandType = iota + 1 // one slot
	CommandRelease                               // emergency: all slots, one after another
	CommandMaintenance                           // begin maintenance mode
	CommandEndMaintenance                        // and end it
	CommandReboot                                // start the daemon anew
	CommandUpdate                                // install a release
	CommandExpunge                               // answer with receipts for people who are gone
	CommandConfig                                // settings of the box's program
	CommandHello                                 // say Hello: the state is in doubt
	commandTypes
)

var commandNames = [...]string{
	"", "open", "release", "maintenance", "end-maintenance", "reboot", "update", "expunge", "config", "hello",
}

// String is the word of API and logs.
func (t CommandType) String() string {
	if t > 0 && t < commandTypes {
		return commandNames[t]
	}
	return fmt.Sprintf("command(%d)", uint8(t))
}

// Order reports whether the command moves something and so wants the orders' key, and an expiry.
func (t CommandType) Order() bool { return CommandOpen <= t && t <= CommandUpdate }

// Config are settings of the box's program; nil and 0 leave things as they are.
type Config struct {
	TelemetryEvery uint32 `cbor:"1,keyasint,omitempty"` // seconds, 10 to 86,400
	Debug          *bool  `cbor:"2,keyasint,omitempty"` // log more, until the next start
}

// Update names a release to install.
type Update struct {
	Version string   `cbor:"1,keyasint,omitempty"`
	URL     string   `cbor:"2,keyasint,omitempty"` // https
	Size    uint64   `cbor:"3,keyasint,omitempty"` // bytes
	Sum     [32]byte `cbor:"4,keyasint"`           // SHA-256
}

// Kind is KindCommand.
func (*Command) Kind() Kind { return KindCommand }

// Validate checks the message. Whether it is due and fresh is for the box to say.
func (m *Command) Validate() error {
	c := bounds{kind: KindCommand}
	c.want(m.ID != 0, "no id")
	c.want(m.Counter != 0, "no counter")
	c.want(0 < m.Type && m.Type < commandTypes, "no such command as %d", uint8(m.Type))
	c.want(!m.Type.Order() || m.Expires != 0, "%s without an expiry", m.Type)
	c.want(m.NotBefore >= 0 && m.Expires >= 0, "time before 1970")
	c.want(m.Expires == 0 || m.NotBefore < m.Expires, "expires before it begins")
	c.want(m.NotBefore == 0 || m.Type != CommandOpen || m.Expires-m.NotBefore <= smartbox.Stamp(MaxOpen.Milliseconds()),
		"open holds for longer than %s", MaxOpen)
	c.want((m.Type == CommandOpen) == (m.Slot != 0) && m.Slot.Valid(), "a slot goes with open, and open with a slot")
	c.want(!m.AtBox || m.Type == CommandOpen, "the button at the box goes with open")
	c.want(m.User.Valid(), "the person is no id")
	c.want((m.Type == CommandExpunge) == (len(m.Erase) > 0), "people go with expunge, and expunge with people")
	c.erase(m.Erase)
	c.want((m.Type == CommandConfig) == (m.Config != nil), "settings go with config, and config with settings")
	c.want((m.Type == CommandUpdate) == (m.Update != nil), "a release goes with update, and update with a release")
	if m.Config != nil {
		n := m.Config.TelemetryEvery
		c.want(n == 0 || 10 <= n && n <= 86_400, "telemetry every %d seconds; 10 to 86400", n)
	}
	if m.Update != nil {
		m.Update.check(&c)
	}
	return c.err
}

func (u *Update) check(c *bounds) {
	c.want(u.Version != "" && len(u.Version) <= MaxWord, "version has %d bytes; 1 to %d", len(u.Version), MaxWord)
	c.want(u.Size != 0, "release has no size")
	c.want(len(u.URL) <= maxURL, "address has %d bytes; at most %d", len(u.URL), maxURL)
	at, err := url.Parse(u.URL)
	c.want(err == nil && at.Scheme == "https" && at.Host != "", "release is not at an https address")
}

// Response says what became of a command.
type Response struct {
	ID      uint64          `cbor:"1,keyasint,omitempty"` // of the command
	Counter uint64          `cbor:"2,keyasint,omitempty"` // of the command
	Outcome Outcome         `cbor:"3,keyasint,omitempty"`
	Reason  smartbox.Reason `cbor:"4,keyasint,omitempty"` // why it was refused or failed
	At      smartbox.Stamp  `cbor:"5,keyasint,omitempty"` // by the box's clock
	Seen    uint64          `cbor:"6,keyasint,omitempty"` // greatest counter seen: a Replayed command is sent anew above it
}

// Outcome is what became of a command.
type Outcome uint8

// The outcomes. Append only.
const (
	Done      Outcome = iota + 1
	Waiting           // authorised; the button at the box is still to be pressed. Another response follows
	Refused           // Reason says why
	Expired           // it came, or its time came, too late
	Replayed          // its counter was used, or one above it
	Failed            // begun, and not done: Reason
	Unknown           // begun before the box lost power; the events say how far it came. It is not done again
	NotBefore         // not due yet; another response follows
	outcomes
)

var outcomeNames = [...]string{"", "done", "waiting", "refused", "expired", "replayed", "failed", "unknown", "not-before"}

// String is the word of API and logs.
func (o Outcome) String() string {
	if o > 0 && o < outcomes {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// Final reports whether no other response follows.
func (o Outcome) Final() bool { return o != Waiting && o != NotBefore }

// Kind is KindResponse.
func (*Response) Kind() Kind { return KindResponse }

// Validate checks the message.
func (m *Response) Validate() error {
	c := bounds{kind: KindResponse}
	c.want(m.ID != 0, "no id")
	c.want(0 < m.Outcome && m.Outcome < outcomes, "no such outcome as %d", uint8(m.Outcome))
	return c.err
}
