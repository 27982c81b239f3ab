package smartbox

import "time"

// Open reports whether the schedule holds at t, in the zone and with the holidays given; where not, Reason
// is OutsideHours or OnHoliday.
//
// Windows go by the wall clock of the place. On the day the clocks go forward a window that begins
// within the hour that is skipped begins when that hour would have ended; on the day they go back an hour
// that comes twice is inside both times. A window of "22:00 to 06:00" is 7 or 9 hours long in such a night.
func (s *Schedule) Open(t time.Time, zone *time.Location, holidays []Holiday) (bool, Reason) {
	local := t.In(zone)
	hour, minute, _ := local.Clock()
	at := Minute(hour*60 + minute) //nolint:gosec // 0 to 1439
	today, yesterday := DateOf(local), DateOf(local.AddDate(0, 0, -1))
	closed := false
	for _, w := range s.Windows {
		// The part of the window that lies on the day on which it began, and the part past midnight.
		if w.Days.Has(local.Weekday()) && at >= w.From && (at < w.To || w.To <= w.From) {
			if s.holds(today, holidays) {
				return true, Granted
			}
			closed = true
		}
		if w.To <= w.From && w.Days.Has((local.Weekday()+6)%7) && at < w.To {
			if s.holds(yesterday, holidays) {
				return true, Granted
			}
			closed = true
		}
	}
	if closed && s.Holidays == HolidaysClosed {
		return false, OnHoliday
	}
	return false, OutsideHours
}

func (s *Schedule) holds(d Date, holidays []Holiday) bool {
	switch s.Holidays {
	case HolidaysAsUsual:
		return true
	case HolidaysOnly:
		return isHoliday(d, holidays)
	case HolidaysClosed:
		return !isHoliday(d, holidays)
	default:
		return false
	}
}

// isHoliday searches the ascending list by halves.
func isHoliday(d Date, holidays []Holiday) bool {
	lo, hi := 0, len(holidays)
	for lo < hi {
		mid := (lo + hi) / 2
		switch {
		case holidays[mid].Date == d:
			return true
		case holidays[mid].Date < d:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return false
}

// Valid reports whether the date is a day of the calendar between the years 1970 and 9999.
func (d Date) Valid() bool {
	y, m, n := int(d/10000), time.Month(d/100%100), int(d%100)
	return y >= 1970 && y <= 9999 && DateOf(time.Date(y, m, n, 0, 0, 0, 0, time.UTC)) == d
}

// String is "2026-12-24".
func (d Date) String() string {
	b := [10]byte{4: '-', 7: '-'}
	for i, n := 9, uint32(d); i >= 0; i-- {
		if b[i] == '-' {
			continue
		}
		b[i] = '0' + byte(n%10)
		n /= 10
	}
	return string(b[:])
}
