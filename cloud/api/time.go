package api

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smartbox"
)

// Time is a point in time; in JSON RFC 3339, UTC, to the millisecond.
type Time smartbox.Stamp

// MarshalJSON writes null for none.
func (t Time) MarshalJSON() ([]byte, error) {
	if t == 0 {
		return []byte("null"), nil
	}
	return json.Marshal(smartbox.Stamp(t).String())
}

// UnmarshalJSON reads what MarshalJSON wrote, in any time zone.
func (t *Time) UnmarshalJSON(b []byte) error {
	var at time.Time
	if err := json.Unmarshal(b, &at); err != nil {
		return err
	}
	*t = Time(smartbox.StampOf(at))
	return nil
}

// Schema is that of a point in time.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Examples: []any{"2026-05-04T08:00:00.000Z"}}
}

// seconds is a duration as JSON has it: whole seconds.
func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func fromSeconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// clock is a minute of a day as "08:30"; the last is "24:00".
func clock(m smartbox.Minute) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

func parseClock(s string) (smartbox.Minute, bool) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%02d:%02d", &h, &m); n != 2 || err != nil || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, false
	}
	return smartbox.Minute(h*60 + m), true
}

// day is a calendar day as "2026-12-24".
func day(d smartbox.Date) string { return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100) }

func parseDay(s string) (smartbox.Date, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, false
	}
	return smartbox.DateOf(t), true
}
