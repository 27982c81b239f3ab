package smartbox_test

import (
	"testing"
	"time"

	"smartbox"
)

const workdays = smartbox.Days(1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday | 1<<time.Friday)

const everyDay = smartbox.Days(1<<7 - 1)

// TestScheduleOpen lists times at which a schedule holds beside those at which it does not.
func TestScheduleOpen(t *testing.T) {
	holidays := []smartbox.Holiday{{Date: 20260501}, {Date: 20261225}}
	for name, c := range map[string]struct {
		zone     string
		windows  []smartbox.Window
		rule     smartbox.HolidayRule
		in, out  []string // wall clock of the zone; "Z" at the end means UTC
		holidays []string // out, for OnHoliday
	}{
		"office hours": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: workdays, From: 480, To: 1080}},
			in:       []string{"2026-03-02 08:00", "2026-03-06 17:59"},
			out:      []string{"2026-03-02 07:59", "2026-03-02 18:00", "2026-03-07 12:00"},
			holidays: []string{"2026-05-01 12:00"},
		},
		"overnight belongs to the day it began": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: 1 << time.Friday, From: 1320, To: 360}},
			in:       []string{"2026-03-06 22:00", "2026-03-07 05:59", "2026-05-08 23:00"},
			out:      []string{"2026-03-06 21:59", "2026-03-07 06:00", "2026-03-07 22:00", "2026-03-06 03:00"},
			holidays: []string{"2026-05-01 22:30", "2026-05-02 05:00"},
		},
		"a day and a night around the clock": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: 1 << time.Saturday, From: 600, To: 600}},
			in: []string{"2026-03-07 10:00", "2026-03-08 09:59"}, out: []string{"2026-03-07 09:59", "2026-03-08 10:00"},
		},
		"to the end of the day": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: 1 << time.Saturday, From: 0, To: 1440}},
			in: []string{"2026-03-07 00:00", "2026-03-07 23:59"}, out: []string{"2026-03-06 23:59", "2026-03-08 00:00"},
		},
		"clocks go forward: the hour from 2 to 3 is not there": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: everyDay, From: 150, To: 240}},
			in:  []string{"2026-03-29T01:00Z", "2026-03-29T01:59Z"}, // 03:00 and 03:59 by the clock
			out: []string{"2026-03-29T00:59Z", "2026-03-29T02:00Z"}, // 01:59 and 04:00
		},
		"clocks go back: the hour from 2 to 3 comes twice": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: everyDay, From: 120, To: 180}},
			in:  []string{"2026-10-25T00:00Z", "2026-10-25T00:59Z", "2026-10-25T01:00Z", "2026-10-25T01:59Z"},
			out: []string{"2026-10-24T23:59Z", "2026-10-25T02:00Z"},
		},
		"a night with an hour less": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: 1 << time.Saturday, From: 1320, To: 360}},
			in:  []string{"2026-03-28T21:00Z", "2026-03-29T03:59Z"},
			out: []string{"2026-03-28T20:59Z", "2026-03-29T04:00Z"},
		},
		"holidays as usual": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: workdays, From: 480, To: 1080}}, rule: smartbox.HolidaysAsUsual,
			in: []string{"2026-05-01 12:00", "2026-05-04 12:00"}, out: []string{"2026-05-01 19:00"},
		},
		"holidays only": {
			zone: "Europe/Berlin", windows: []smartbox.Window{{Days: everyDay, From: 480, To: 1080}}, rule: smartbox.HolidaysOnly,
			in: []string{"2026-05-01 12:00", "2026-12-25 08:00"}, out: []string{"2026-05-02 12:00", "2026-12-25 18:00"},
		},
		"another zone": {
			zone: "America/New_York", windows: []smartbox.Window{{Days: workdays, From: 480, To: 1080}},
			in: []string{"2026-03-02T13:00Z", "2026-03-02T22:59Z"}, out: []string{"2026-03-02T12:59Z", "2026-03-02T23:00Z"},
		},
		"no window": {zone: "Europe/Berlin", out: []string{"2026-03-02 12:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			s := smartbox.Schedule{Windows: c.windows, Holidays: c.rule}
			ask := func(times []string, want bool, why smartbox.Reason) {
				t.Helper()
				for _, text := range times {
					open, got := s.Open(wall(t, text, zone), zone, holidays)
					if open != want || got != why {
						t.Errorf("%s: %v because %v", text, open, got)
					}
				}
			}
			ask(c.in, true, smartbox.Granted)
			ask(c.out, false, smartbox.OutsideHours)
			ask(c.holidays, false, smartbox.OnHoliday)
		})
	}
}

func wall(t *testing.T, text string, zone *time.Location) time.Time {
	t.Helper()
	if at, err := time.Parse("2006-01-02T15:04Z", text); err == nil {
		return at
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDates(t *testing.T) {
	for d, want := range map[smartbox.Date]bool{
		20260228: true, 20240229: true, 20260229: false, 20261301: false, 20260100: false, 0: false, 19691231: false,
	} {
		if d.Valid() != want {
			t.Errorf("%s: %v", d, d.Valid())
		}
	}
	if s := smartbox.Date(20260309).String(); s != "2026-03-09" {
		t.Error(s)
	}
}
