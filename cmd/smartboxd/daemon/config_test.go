package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const wholeConfig = `
box: depot-1
profile: rpi-8
data: /var/lib/smartbox
metrics: 127.0.0.1:9464
trusted_keys: ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
log: {level: debug, format: console}
`

func TestParseConfig(t *testing.T) {
	got, err := ParseConfig([]byte(wholeConfig))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Box: "depot-1", Profile: "rpi-8", Data: "/var/lib/smartbox", Socket: "/var/lib/smartbox/admin.sock",
		Metrics: "127.0.0.1:9464", TrustedKeys: []string{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		KeyFile: "/var/lib/smartbox/box.key", Log: Log{Level: "debug", Format: "console"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseConfigRefuses(t *testing.T) {
	const least = "box: b\nprofile: rpi-8\ndata: /d\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "box:"},
		{"unknown field", least + "profil: x\n", "[4:1] unknown field \"profil\": here may stand box, profile, data, "},
		{"unknown field of a section", least + "log:\n  colour: red\n", "[5:3] unknown field \"colour\": here may stand level, format"},
		{"doubled field", least + "box: c\n", "[4:1]"},
		{"wrong type", "box: b\nprofile: rpi-8\ndata: [1]\n", "[3:7]"},
		{"no YAML", "box: [", "["},
		{"a list that is a bare tag", least + "trusted_keys: !\n", "cannot be read as YAML"},
		{"a second document", least + "---\nbox: c\n", "a second document"},
		{"bad box", "box: Depot 1\nprofile: rpi-8\ndata: /d\n", "box: \"Depot 1\" is not the id of a box"},
		{"no profile", "box: b\ndata: /d\n", "profile: missing"},
		{"no data", "box: b\nprofile: rpi-8\n", "data: missing"},
		{"bad key", least + "trusted_keys: [hello]\n", "trusted_keys:"},
		{"too many keys", least + "trusted_keys: [" + strings.Repeat("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,", 3) + "]\n", "3 keys"},
		{"bad level", least + "log: {level: loud}\n", "log.level"},
		{"bad format", least + "log: {format: xml}\n", "log.format"},
		{"bad metrics", least + "metrics: everywhere\n", "metrics:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseConfig([]byte(c.text))
			if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant an ErrConfig with %q", err, c.want)
			}
			if c.name == "unknown field" && strings.ContainsAny(err.Error(), "\n|^") {
				t.Errorf("an excerpt is in it: %q", err)
			}
		})
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(wholeConfig))
	f.Add([]byte("box: &a [*a]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if err == nil && c.Check() != nil {
			t.Errorf("accepted and not in order: %v", c.Check())
		}
	})
}

func TestBoxKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.key")
	made, err := MakeBoxKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v: want 0600", info.Mode(), err)
	}
	again, err := MakeBoxKey(path)
	if err != nil || again != made {
		t.Errorf("a second start has another key (%v)", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".box-key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // that is the fault
		t.Fatal(err)
	}
	if _, err := LoadBoxKey(path); !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
}

func TestBoxKeyRefuses(t *testing.T) {
	for _, text := range []string{"", "abc", strings.Repeat("0", 63), strings.Repeat("g", 64), strings.Repeat("0", 66)} {
		path := filepath.Join(t.TempDir(), "box.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := MakeBoxKey(path)
		if !errors.Is(err, ErrKeyFile) {
			t.Errorf("%d digits: %v", len(text), err)
		}
		if len(text) > 8 && strings.Contains(err.Error(), text) {
			t.Error("the error tells the key")
		}
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Error("a bad key file was overwritten: the credentials of the box would be lost")
		}
	}
}
