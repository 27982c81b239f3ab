package session

import (
	"fmt"
	"strings"

	"smartbox"
)

// The size of the display that the texts are made for.
const (
	Columns  = 20
	Rows     = 4
	listRows = Rows - 1
)

// Msg names one text of the display.
type Msg uint8

// The texts.
const (
	MsgStarting Msg = iota
	MsgIdle
	MsgReturnsOnly
	MsgCloseDoor // number
	MsgMaintenance
	MsgLocked // minutes
	MsgCode
	MsgOwnCode
	MsgActivate
	MsgBadge
	MsgSecondPerson
	MsgThirdPerson
	MsgReceiver
	MsgReason
	MsgNote
	MsgSlotNumber
	MsgReleaseCode
	MsgChoose
	MsgMore
	MsgServiceHint
	MsgMoreService
	MsgPickup   // key
	MsgReturn   // key
	MsgHandOver // key
	MsgService
	MsgServiceOn
	MsgServiceOff
	MsgOpenSlot
	MsgReleaseAll
	MsgServiceFirst
	MsgNoSlot
	MsgDone
	MsgReleasing
	MsgWait
	MsgTakeFrom  // number, key
	MsgPutInto   // number, key
	MsgOpenDoor  // number
	MsgDoorStuck // number
	MsgTaken     // key
	MsgReturned  // key
	MsgNotTaken  // key
	MsgNotReturned
	MsgWrongKey   // number
	MsgHandedOver // key, name
	MsgMisread
	MsgGoTo // reason, place
	messages
)

// english is the catalogue from which every other is filled up. Lines are split at \n; names stand at the
// end of a line, where a long one is cut.
var english = [messages]string{
	MsgStarting:     "Starting\nPlease wait",
	MsgIdle:         "Enter code or\ntap badge",
	MsgReturnsOnly:  "Returns only",
	MsgCloseDoor:    "Please close door %d",
	MsgMaintenance:  "Out of service\nMaintenance",
	MsgLocked:       "Too many wrong codes\nTry again in %d min",
	MsgCode:         "Code:",
	MsgOwnCode:      "Enter your code",
	MsgActivate:     "New badge: activate\nEnter your code",
	MsgBadge:        "Tap your badge",
	MsgSecondPerson: "Second person:\ncode or badge",
	MsgThirdPerson:  "Third person:\ncode or badge",
	MsgReceiver:     "Who takes it over?\ncode or badge",
	MsgReason:       "Why? (# for more)",
	MsgNote:         "Enter the number\nthen press #",
	MsgSlotNumber:   "Slot number, then #",
	MsgReleaseCode:  "Open ALL slots?\nEnter code again",
	MsgChoose:       "Choose",
	MsgMore:         "Choose    (# = more)",
	MsgServiceHint:  "Choose (* = service)",
	MsgMoreService:  "#: more  *: service",
	MsgPickup:       "%s",
	MsgReturn:       "return %s",
	MsgHandOver:     "hand over %s",
	MsgService:      "Service    (* back)",
	MsgServiceOn:    "1 maintenance on",
	MsgServiceOff:   "1 maintenance off",
	MsgOpenSlot:     "2 open a slot",
	MsgReleaseAll:   "3 emergency release",
	MsgServiceFirst: "Maintenance first: 1",
	MsgNoSlot:       "No such slot",
	MsgDone:         "Done",
	MsgReleasing:    "Emergency release\nAll doors open",
	MsgWait:         "One moment",
	MsgTakeFrom:     "Door %d\nTake %s\nand close the door",
	MsgPutInto:      "Door %d\nPut in %s\nand close the door",
	MsgOpenDoor:     "Door %d",
	MsgDoorStuck:    "Door %d did not open\nPress # to try again",
	MsgTaken:        "Thank you\nYou have %s",
	MsgReturned:     "Thank you\nReturned: %s",
	MsgNotTaken:     "Not taken:\n%s",
	MsgNotReturned:  "Not returned:\n%s",
	MsgWrongKey:     "Wrong key\nin slot %d",
	MsgHandedOver:   "%s\nis now with\n%s",
	MsgMisread:      "Badge not read\nTap it again",
	MsgGoTo:         "%s\nPlease go to\n%s",
}

// Catalogue is the texts of one language.
type Catalogue struct {
	texts   *[messages]string
	reasons map[smartbox.Reason]string // nil or missing = the reason's own English
}

// Words is the catalogue of a language such as "de"; English where there is none. A further language is one
// more case here; texts that it leaves empty are English.
func Words(lang string) Catalogue {
	switch lang {
	default:
		return Catalogue{texts: &english}
	}
}

// Text is a message as lines that fit the display; what is too long ends in "…".
func (c Catalogue) Text(id Msg, args ...any) []string {
	if id >= messages {
		return nil
	}
	format := c.texts[id]
	if format == "" {
		format = english[id]
	}
	return fitAll(strings.Split(fmt.Sprintf(format, args...), "\n"))
}

// Reason is why something was refused, as lines that fit the display.
func (c Catalogue) Reason(r smartbox.Reason) []string { return wrap(c.sentence(r)) }

func (c Catalogue) sentence(r smartbox.Reason) string {
	if s, ok := c.reasons[r]; ok {
		return s
	}
	return r.Display()
}

// wrap breaks a text between words into lines that fit. A full stop ends its line, and is not shown.
func wrap(s string) []string {
	var lines []string
	line := ""
	for w := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = w
		case strings.HasSuffix(line, "."):
			lines = append(lines, strings.TrimSuffix(line, "."))
			line = w
		case len([]rune(line))+1+len([]rune(w)) <= Columns:
			line += " " + w
		default:
			lines = append(lines, line)
			line = w
		}
	}
	return fitAll(append(lines, strings.TrimSuffix(line, ".")))
}

func fitAll(lines []string) []string {
	lines = lines[:min(len(lines), Rows)]
	for i, l := range lines {
		lines[i] = fit(l)
	}
	return lines
}

// fit cuts a line to the display, with a mark that it was cut.
func fit(s string) string {
	r := []rune(s)
	if len(r) <= Columns {
		return s
	}
	return strings.TrimRight(string(r[:Columns-1]), " ") + "…"
}
