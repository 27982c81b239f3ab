package snapfile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smartbox"
	"smartbox/sync/snapfile"
)

var boxKey = smartbox.BoxKey{1, 2, 3}

func options() snapfile.Options {
	return snapfile.Options{
		Key: &boxKey, Zones: time.LoadLocation, Now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
		Revision: smartbox.Revision{Epoch: 1, Version: 1},
	}
}

const house = `box: {name: Yard, go-to: Front desk, door-open-limit: 30s}
location: {name: Depot, zone: Europe/Berlin, holidays: [2026-12-25 Christmas, 2026-01-01]}
slots: [1-3, 7]
retired: 7
reasons: [Service, Customer]
groups: [{name: Fleet, max-per-user: 1}]
schedules:
  - {name: Office, times: ["Mon-Fri 08:00-18:00", "Sat,Sun 10:00-14:00"], holidays: as-usual}
  - {name: Night, times: 22:00-06:00}
keys:
  - {name: Van 3, slot: 3, groups: Fleet, fob: "uid:04a224b2c35d80", staleness: 1d12h, ask-pickup: reason}
  - {name: Spare, lies-in: 2}
  - {name: Out, held-by: Anna Müller, due: 2026-03-02 18:00}
`

const people = `users:
  - name: Anna Müller
    code: 0471
    badge: [w26:8-12345]
    backup: 83746501928
    grants: [manage key:Van 3 during office until 2026-05-01, "group:Fleet"]
  - {name: Ben, status: suspended, role: manager, card-access: no, grants: [key:Van 3, reserve location:Depot]}
bookings:
  - {user: Ben, key: Van 3, from: 2026-03-02 09:00, until: 2026-03-02 10:00}
`

func build(t *testing.T, files ...string) (*smartbox.Snapshot, []string) {
	t.Helper()
	parsed := make([]*snapfile.File, len(files))
	for i, text := range files {
		f, err := snapfile.ParseYAML("a.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		parsed[i] = f
	}
	s, warnings, err := snapfile.Build(options(), parsed...)
	if err != nil {
		t.Fatal(err)
	}
	return s, warnings
}

func id[T any](s string) smartbox.ID[T] { return smartbox.MustID[T](s) }

func TestBuild(t *testing.T) {
	s, warnings := build(t, house+people)
	if len(warnings) > 0 {
		t.Errorf("warnings: %q", warnings)
	}
	anna, ben := id[smartbox.User]("anna-mueller"), id[smartbox.User]("ben")
	van := id[smartbox.Key]("van-3")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(h int) smartbox.Stamp { return smartbox.StampOf(time.Date(2026, 3, 2, h, 0, 0, 0, berlin)) }
	if diff := cmp.Diff([]smartbox.User{
		{ID: anna, Name: "Anna Müller", Status: smartbox.StatusValidated, Switches: smartbox.CardAccess},
		{ID: ben, Name: "Ben", Role: smartbox.RoleManager, Status: smartbox.StatusSuspended},
	}, s.Users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]smartbox.Schedule{
		{ID: id[smartbox.Schedule]("night"), Name: "Night", Windows: []smartbox.Window{{Days: 0x7f, From: 1320, To: 360}}},
		{ID: id[smartbox.Schedule]("office"), Name: "Office", Holidays: smartbox.HolidaysAsUsual, Windows: []smartbox.Window{
			{Days: 0b0111110, From: 480, To: 1080}, {Days: 0b1000001, From: 600, To: 840},
		}},
	}, s.Schedules); diff != "" {
		t.Errorf("schedules (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]smartbox.Custody{
		{Key: id[smartbox.Key]("out"), Place: smartbox.WithUser, User: anna, Due: at(18)},
		{Key: id[smartbox.Key]("spare"), Place: smartbox.InSlot, Slot: id[smartbox.Slot]("s2")},
	}, s.Custody); diff != "" {
		t.Errorf("custody (-want +got):\n%s", diff)
	}
	grants := map[string]smartbox.Grant{}
	for _, g := range s.Grants {
		g.ID = 0
		grants[g.User.String()+" "+g.Target.String()] = g
	}
	if diff := cmp.Diff(map[string]smartbox.Grant{
		"anna-mueller key:van-3": {
			User: anna, Target: smartbox.OnKey(van), Role: smartbox.PermitManage, Schedule: id[smartbox.Schedule]("office"),
			Until: smartbox.StampOf(time.Date(2026, 5, 1, 0, 0, 0, 0, berlin)),
		},
		"anna-mueller group:fleet": {User: anna, Target: smartbox.OnGroup(id[smartbox.Group]("fleet")), Role: smartbox.PermitExchange},
		"ben key:van-3":            {User: ben, Target: smartbox.OnKey(van), Role: smartbox.PermitExchange},
		"ben location:depot": {
			User: ben, Target: smartbox.OnLocation(id[smartbox.Location]("depot")), Role: smartbox.PermitReserve,
		},
	}, grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	if k := s.Keys[2]; k.Policy.Staleness != 36*time.Hour || k.Policy.AskPickup != smartbox.AskReason || len(k.Groups) != 1 {
		t.Errorf("van 3 = %+v", k)
	}
	if len(s.Slots) != 4 || s.Slots[3].Number != 7 || !s.Slots[3].Retired || s.Slots[0].Retired {
		t.Errorf("slots = %+v", s.Slots)
	}
	if b := s.Bookings; len(b) != 1 || b[0].From != at(9) || b[0].Until != at(10) {
		t.Errorf("bookings = %+v", b)
	}
	if s.Box.Policy.DoorOpenLimit != 30*time.Second || s.Box.GoTo != "Front desk" || len(s.Box.Reasons) != 2 {
		t.Errorf("box = %+v", s.Box)
	}
}

// TestCredentials finds each as a box does: by the digest of what is typed or tapped.
func TestCredentials(t *testing.T) {
	s, _ := build(t, house+people)
	v, err := smartbox.NewMapView(s, &boxKey, time.LoadLocation)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint32]bool{}
	for canonical, kind := range map[string]smartbox.CredentialKind{
		smartbox.Code("0471").Canonical():        smartbox.AccessCode,
		smartbox.Code("83746501928").Canonical(): smartbox.BackupCode,
		"w26:8-12345":                            smartbox.UserBadge,
		"uid:04A224B2C35D80":                     smartbox.KeyFob,
	} {
		c, ok := v.Identify(canonical)
		if !ok || c.Kind != kind || c.Number == 0 || seen[c.Number] {
			t.Errorf("%s: %+v, %t", kind, c, ok)
		}
		seen[c.Number] = true
	}
	if c, ok := v.Identify(smartbox.Code("471").Canonical()); ok {
		t.Errorf("the code lost its nought: %+v", c)
	}
}

// TestNumbersStay shows that a spent backup code stays spent when people come and go.
func TestNumbersStay(t *testing.T) {
	before, _ := build(t, house+people)
	after, _ := build(t, house+strings.Replace(people, "users:\n", "users:\n  - {name: Aaron, code: 99120, badge: uid:01020304}\n", 1))
	numbers := map[smartbox.Digest]uint32{}
	for _, c := range after.Credentials {
		numbers[c.Digest] = c.Number
	}
	for _, c := range before.Credentials {
		if numbers[c.Digest] != c.Number {
			t.Errorf("%s of %s%s changed its number", c.Kind, c.User, c.Key)
		}
	}
	if diff := cmp.Diff(before.Grants, after.Grants); diff != "" {
		t.Errorf("grants changed:\n%s", diff)
	}
}

func TestBuildFromTwoFiles(t *testing.T) {
	rows, err := snapfile.ParseCSV("staff.csv", []byte("First Name,Last Name,Access Code,Permissions\nCleo,Clark,66120,key:Van 3; group:Fleet\n"))
	if err != nil {
		t.Fatal(err)
	}
	box, err := snapfile.ParseYAML("box.yaml", []byte(house+people))
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := snapfile.Build(options(), box, rows)
	if err != nil {
		t.Fatal(err)
	}
	cleo, n := id[smartbox.User]("cleo-clark"), 0
	for _, g := range s.Grants {
		if g.User == cleo {
			n++
		}
	}
	if len(s.Users) != 3 || n != 2 {
		t.Errorf("%d users, %d grants of the third", len(s.Users), n)
	}
	_, _, err = snapfile.Build(options(), box, box)
	if err == nil || !strings.Contains(err.Error(), "a second file with a box") {
		t.Errorf("two boxes: %v", err)
	}
}

func TestOver(t *testing.T) {
	base, err := snapfile.ParseYAML("base.yaml", []byte(house+people))
	if err != nil {
		t.Fatal(err)
	}
	top, err := snapfile.ParseYAML("top.yaml", []byte("include: base\nbox: {need-pin: yes}\nusers: [{name: Ben, grants: all}, {name: Cleo}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	top.Include = snapfile.Text{}
	s, _, err := snapfile.Build(options(), top.Over(base))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Box.NeedPIN || s.Box.GoTo != "Front desk" || len(s.Users) != 3 || s.Users[1].Status != smartbox.StatusValidated {
		t.Errorf("box %+v, users %+v", s.Box, s.Users)
	}
}

func TestTooManyCodesForTheirLength(t *testing.T) {
	many := strings.Builder{}
	many.WriteString(house + "users:\n  - {name: Anna Müller}\n")
	for i := range 11 {
		many.WriteString("  - {name: U" + string(rune('a'+i)) + ", code: 1" + string(rune('0'+i%10)) + string(rune('0'+i/10)) + "5}\n")
	}
	_, warnings := build(t, many.String())
	if len(warnings) != 1 || !strings.Contains(warnings[0], "11 access codes of 4 digits") {
		t.Errorf("warnings = %q", warnings)
	}
	_, warnings = build(t, strings.Replace(many.String(), "box: {", "box: {need-pin: yes, ", 1))
	if len(warnings) != 0 {
		t.Errorf("where a code alone does not open: %q", warnings)
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Anna": "anna", "Anna Müller": "anna-mueller", "  Van #3! ": "van-3", "Łódź": "lodz", "東京": "", "-x-": "x",
		"Maximilian Mustermann": "maximilian-m"[:12], "Elevenchars zed": "elevenchars",
	} {
		if got := snapfile.Slug(name); got != want {
			t.Errorf("Slug(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"60s": time.Minute, "90m": 90 * time.Minute, "7d": 7 * 24 * time.Hour, "1d12h": 36 * time.Hour, "0s": 0,
	} {
		if got, err := snapfile.ParseDuration(s); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "7", "d", "-1s", "1w", "1.5h", "1h ", "99999999999s", "36501d", "1h2"} {
		if got, err := snapfile.ParseDuration(s); err == nil {
			t.Errorf("ParseDuration(%q) = %v; want an error", s, got)
		}
	}
}
