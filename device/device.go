// Package device says what a box is made of: small interfaces named for a capability, and the
// events that the parts emit. Drivers live in the packages below, one a chip or technique; a board
// (board/host on real hardware, board/sim over chip models) puts them together into a Set.
package device

import (
	"context"
	"errors"
	"time"

	"smartbox"
)

// Errors that drivers wrap, so that callers can tell them apart.
var (
	// ErrDead says that a part does not answer, after the retries that its driver makes.
	ErrDead = errors.New("part does not answer")
	// ErrNoSlot says that a slot is not wired to this part.
	ErrNoSlot = errors.New("slot is not wired")
	// ErrReadBack says that an output did not take what was written: the pulse was cut off.
	ErrReadBack = errors.New("output did not follow")
)

// Source emits events until ctx ends. Run returns nil when ctx ended, an error only where going on
// makes no sense; a dead chip is reported by a Health event and tried again, not returned.
// emit does not block for long and may be called from one goroutine at a time.
type Source interface {
	Run(ctx context.Context, emit func(Event)) error
}

// Listener is a Source that can tell since when it listens. What is typed before is dropped, so whoever invites people
// to type waits for it. The channel is closed once Run listens, or has found that its part does not answer.
type Listener interface {
	Listening() <-chan struct{}
}

// Locks moves the locks of all slots. It is safe for concurrent use. At most two coils are on at once,
// however many callers there are; a further caller waits.
type Locks interface {
	// Unlock gives the slot's lock one pulse of bounded length and returns when the coil is off
	// again and read back as off. On an error the coil is off or its chip does not answer. A ctx that
	// ends cuts the pulse short.
	Unlock(ctx context.Context, slot smartbox.SlotID) error
	// Secure turns every coil off. It is idempotent, runs at start and at exit, and tries every
	// chip even when one fails.
	Secure(ctx context.Context) error
}

// Display shows text. Lines longer than the display are cut, missing ones are blank.
type Display interface {
	Size() (columns, rows int)
	Show(ctx context.Context, lines []string) error
}

// Sounder makes a sound and returns when it has begun. A new sound replaces the one before.
type Sounder interface {
	Play(ctx context.Context, s Sound) error
}

// Lights are the lamps beside the slots.
type Lights interface {
	Set(ctx context.Context, slot smartbox.SlotID, l Light) error
}

// Sound is what the box says without words.
type Sound uint8

// The sounds. SoundKey is the same for every key, so that a listener learns nothing.
const (
	Silence Sound = iota
	SoundKey
	SoundGood
	SoundBad
	SoundAttention // a door stands open
	SoundAlarm     // tamper or a forced door; repeats until Silence
)

var soundNames = [...]string{"silence", "key", "good", "bad", "attention", "alarm"}

// String is the word of the scenario files.
func (s Sound) String() string { return word(soundNames[:], int(s)) }

// Light is the state of a slot's lamp.
type Light uint8

// The lights.
const (
	LightOff   Light = iota
	LightOn          // this door
	LightBlink       // close this door
	LightAlarm       // trouble here
)

var lightNames = [...]string{"off", "on", "blink", "alarm"}

// String is the word of the scenario files.
func (l Light) String() string { return word(lightNames[:], int(l)) }

func word(names []string, i int) string {
	if i >= 0 && i < len(names) {
		return names[i]
	}
	return "?"
}

// Set is everything that a box is made of. Nil members are parts that this box does not have.
type Set struct {
	Sources []Source
	Locks   Locks
	Display Display
	Sounder Sounder
	Lights  Lights
	Slots   []SlotWiring
	Close   func() error // secures the locks, then lets go of the hardware
}

// SlotWiring says what a slot is equipped with.
type SlotWiring struct {
	Slot       smartbox.SlotID
	Contact    bool // a door contact
	KeySensor  bool // tells whether something hangs there
	KeyID      bool // tells which key, by its iButton
	LockSensor bool // tells whether the bolt is home
}

// Event is something that a part noticed. The set of events is closed.
//
//sumtype:decl
type Event interface{ deviceEvent() }

// Pressed is a key of the keypad going down. Key is '0' to '9', '*' (clear, back) or '#' (enter).
type Pressed struct{ Key rune }

// Tapped is a badge or fob brought to the reader. A badge that stays is reported once.
type Tapped struct{ Badge smartbox.Badge }

// MisRead is a badge that could not be read: parity, a broken frame.
type MisRead struct{ Err error }

// Door is what a door contact says, at the start and at each change.
type Door struct {
	Slot smartbox.SlotID
	Open bool
}

// KeySensed is what a key sensor says, at the start and at each change. Fob is the iButton's number where the
// sensor reads one, "" otherwise.
type KeySensed struct {
	Slot    smartbox.SlotID
	Present bool
	Fob     smartbox.Badge
}

// Bolt is what a lock sensor says, at the start and at each change.
type Bolt struct {
	Slot smartbox.SlotID
	Home bool // the lock is locked
}

// Tamper is the cabinet's own contact: opened or not.
type Tamper struct{ Open bool }

// Supply is the state of mains and battery.
type Supply struct {
	Mains   bool
	Low     bool  // the battery is nearly empty
	Percent uint8 // of the battery, 0 where it is not measured
}

// Health tells that a part failed or came back. Slots are those it serves, none where it serves
// the whole box.
type Health struct {
	Part  smartbox.DevicePart
	Name  string // of the very chip: "mcp23017@0x20"
	Slots []smartbox.SlotID
	Err   error         // nil = it works (again)
	After time.Duration // how long it was away, when it came back
}

func (Pressed) deviceEvent()   {}
func (Tapped) deviceEvent()    {}
func (MisRead) deviceEvent()   {}
func (Door) deviceEvent()      {}
func (KeySensed) deviceEvent() {}
func (Bolt) deviceEvent()      {}
func (Tamper) deviceEvent()    {}
func (Supply) deviceEvent()    {}
func (Health) deviceEvent()    {}
