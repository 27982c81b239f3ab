package session

import "time"

// Times are the timeouts of a box, all counted in uptime. A field that is zero or less takes its default.
type Times struct {
	Panel     time.Duration // without a key at the panel until it is idle again; 15 s
	Person    time.Duration // for a further person to identify herself; 30 s
	Message   time.Duration // a message stands; 4 s
	DoorOpens time.Duration // from the end of the pulse until the door must be open; 8 s
	Assume    time.Duration // a slot without a contact is taken to be shut again; 10 s
	Settle    time.Duration // the key sensor may lag behind the door; 1 s
	Bolt      time.Duration // the bolt may lag behind the door; 2 s
	Record    time.Duration // for the journal to answer, after which the record counts as broken; 5 s
	Remind    time.Duration // between two sounds for a door that stands open; 20 s
	Abandon   time.Duration // a door that still stands open ends its exchange by what is known; 15 min
	Compare   time.Duration // after the start, for the sensors to report; 5 s
}

func (t Times) orDefaults() Times {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&t.Panel, 15*time.Second)
	set(&t.Person, 30*time.Second)
	set(&t.Message, 4*time.Second)
	set(&t.DoorOpens, 8*time.Second)
	set(&t.Assume, 10*time.Second)
	set(&t.Settle, time.Second)
	set(&t.Bolt, 2*time.Second)
	set(&t.Record, 5*time.Second)
	set(&t.Remind, 20*time.Second)
	set(&t.Abandon, 15*time.Minute)
	set(&t.Compare, 5*time.Second)
	return t
}
