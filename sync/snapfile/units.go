package snapfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"smartbox"
)

var errDuration = errors.New(`use a number with a unit, such as "60s", "90m", "8h", "7d" or "1d12h"`)

// ParseDuration reads "60s", "90m", "8h", "7d" and rows of them. A day is 24 hours.
func ParseDuration(s string) (time.Duration, error) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	const longest = 100 * 365 * 24 * time.Hour
	var total time.Duration
	for rest := s; rest != "" || s == ""; {
		i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if i < 1 || i > 9 {
			return 0, errDuration
		}
		n, err := strconv.Atoi(rest[:i])
		unit, ok := units[rest[i]]
		if err != nil || !ok || time.Duration(n) > (longest-total)/unit {
			return 0, errDuration
		}
		total += time.Duration(n) * unit
		rest = rest[i+1:]
	}
	return total, nil
}

var errTime = errors.New(`use "2026-03-02 09:00", "2026-03-02" or "2026-03-02T09:00:00+01:00"`)

// ParseTime reads a time by the wall clock of zone, a day (its beginning), or RFC 3339.
func ParseTime(s string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, errTime
}

var errWindow = errors.New(`use days and times, such as "Mon-Fri 08:00-18:00", "Sat,Sun 10:00-14:00" or "22:00-06:00" for every day`)

// parseWindow reads "[days] from-to". Days are a list of names and ranges; none are all seven.
func parseWindow(s string) (smartbox.Window, error) {
	fields := strings.Fields(s)
	w := smartbox.Window{Days: 0b111_1111}
	if len(fields) == 2 {
		days, err := parseDays(fields[0])
		if err != nil {
			return w, err
		}
		w.Days, fields = days, fields[1:]
	}
	if len(fields) != 1 {
		return w, errWindow
	}
	from, to, ok := strings.Cut(fields[0], "-")
	var err1, err2 error
	w.From, err1 = parseMinute(from)
	w.To, err2 = parseMinute(to)
	if !ok || err1 != nil || err2 != nil || w.From == 1440 {
		return w, errWindow
	}
	return w, nil
}

func parseMinute(s string) (smartbox.Minute, error) {
	if s == "24:00" {
		return 1440, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, errWindow
	}
	return smartbox.Minute(t.Hour()*60 + t.Minute()), nil //nolint:gosec // less than 1440
}

func parseDays(s string) (smartbox.Days, error) {
	var days smartbox.Days
	for part := range strings.SplitSeq(s, ",") {
		from, to, ranged := strings.Cut(part, "-")
		a, ok := weekday(from)
		b := a
		if ok && ranged {
			b, ok = weekday(to)
		}
		if !ok {
			return 0, errWindow
		}
		for d := a; ; d = (d + 1) % 7 {
			days |= 1 << d
			if d == b {
				break
			}
		}
	}
	return days, nil
}

func weekday(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := d.String(); strings.EqualFold(s, name) || strings.EqualFold(s, name[:3]) {
			return d, true
		}
	}
	return 0, false
}

// parseHoliday reads "2026-12-25" or "2026-12-25 Christmas".
func parseHoliday(s string) (smartbox.Holiday, error) {
	day, name, _ := strings.Cut(s, " ")
	t, err := time.Parse("2006-01-02", day)
	if err != nil {
		return smartbox.Holiday{}, fmt.Errorf(`use a day and, if you like, its name, such as "2026-12-25 Christmas"`)
	}
	return smartbox.Holiday{Date: smartbox.DateOf(t), Name: strings.TrimSpace(name)}, nil
}
