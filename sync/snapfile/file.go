package snapfile

// File is a people file as it was written: every value still text that knows where it stood, no reference followed.
type File struct {
	Name    string `yaml:"-"`       // of the file, for errors
	Include Text   `yaml:"include"` // a file that this one lies over; followed by the caller, with Over

	Box       Box        `yaml:"box"`
	Location  *Location  `yaml:"location"` // the only one
	Locations []Location `yaml:"locations"`
	Slots     Slots      `yaml:"slots"`   // "8", "1-8", or a list of numbers
	Retired   Texts      `yaml:"retired"` // numbers of slots that are out of service
	Reasons   []Text     `yaml:"reasons"` // texts; their numbers are 1, 2, 3 ...
	Groups    []Group    `yaml:"groups"`
	Keys      []Key      `yaml:"keys"`
	Schedules []Schedule `yaml:"schedules"`
	Users     []User     `yaml:"users"`
	Bookings  []Booking  `yaml:"bookings"`
	Issued    Text       `yaml:"issued"` // when this was true; the builder's time if it does not say
	Revision  Text       `yaml:"revision"`
}

// Box is the cabinet and its policies.
type Box struct {
	ID                  Text `yaml:"id"`
	Name                Text `yaml:"name"`
	Location            Text `yaml:"location"`
	Language            Text `yaml:"language"`
	NeedPIN             Text `yaml:"need-pin"`
	GoTo                Text `yaml:"go-to"`
	AllowUnrecorded     Text `yaml:"allow-unrecorded"`
	AllowUntrustedClock Text `yaml:"allow-untrusted-clock"`
	PickupsOnBattery    Text `yaml:"pickups-on-battery"`
	DoorOpenLimit       Text `yaml:"door-open-limit"`
}

// Location is a place.
type Location struct {
	ID       Text  `yaml:"id"`
	Name     Text  `yaml:"name"`
	Zone     Text  `yaml:"zone"`
	Holidays Texts `yaml:"holidays"` // "2026-12-25" or "2026-12-25 Christmas"

	file string
}

// Group is a set of keys.
type Group struct {
	ID         Text `yaml:"id"`
	Name       Text `yaml:"name"`
	NeedPIN    Text `yaml:"need-pin"`
	People     Text `yaml:"people"`
	MaxPerUser Text `yaml:"max-per-user"`
	MaxOut     Text `yaml:"max-out"`

	file string
}

// Key is what is exchanged. Slot is its own slot; LiesIn where it hangs though it has none; HeldBy who has it.
type Key struct {
	ID         Text  `yaml:"id"`
	Name       Text  `yaml:"name"`
	Location   Text  `yaml:"location"`
	Slot       Text  `yaml:"slot"`
	LiesIn     Text  `yaml:"lies-in"`
	HeldBy     Text  `yaml:"held-by"`
	Due        Text  `yaml:"due"` // of a key that is held: when it is due back
	Groups     Texts `yaml:"groups"`
	Fob        Text  `yaml:"fob"`
	Blocked    Text  `yaml:"blocked"`
	NeedPIN    Text  `yaml:"need-pin"`
	People     Text  `yaml:"people"`
	AskPickup  Text  `yaml:"ask-pickup"`
	AskDropoff Text  `yaml:"ask-dropoff"`
	Staleness  Text  `yaml:"staleness"`
	DueAfter   Text  `yaml:"due-after"`

	file string
}

// Schedule is a set of weekly windows, such as "Mon-Fri 08:00-18:00".
type Schedule struct {
	ID       Text  `yaml:"id"`
	Name     Text  `yaml:"name"`
	Times    Texts `yaml:"times"`
	Holidays Text  `yaml:"holidays"`

	file string
}

// User is a member. A grant is "[role] target [during schedule] [from time] [until time]".
type User struct {
	ID                     Text   `yaml:"id"`
	Name                   Text   `yaml:"name"`
	Role                   Text   `yaml:"role"`
	Status                 Text   `yaml:"status"`
	Language               Text   `yaml:"language"`
	MaxKeys                Text   `yaml:"max-keys"`
	From                   Text   `yaml:"from"`
	Until                  Text   `yaml:"until"`
	Code                   Text   `yaml:"code"`
	CodeUntil              Text   `yaml:"code-until"`
	Badge                  Texts  `yaml:"badge"`
	BadgeUntil             Text   `yaml:"badge-until"`
	Activated              Text   `yaml:"activated"` // the badges were activated before; otherwise the access code does so once
	Backup                 Texts  `yaml:"backup"`
	CardAccess             Text   `yaml:"card-access"`
	CardsWithoutActivation Text   `yaml:"cards-without-activation"`
	Grants                 Grants `yaml:"grants"`

	file string
}

// Booking reserves a key.
type Booking struct {
	ID    Text `yaml:"id"`
	User  Text `yaml:"user"`
	Key   Text `yaml:"key"`
	From  Text `yaml:"from"`
	Until Text `yaml:"until"`

	file string
}
