package together

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smartbox/cloud/directory"
	"smartbox/cmd/smartboxctl/cli"
)

// ctl runs the technician's tool.
func ctl(t *testing.T, in string, args ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	code = cli.Run(t.Context(), args, cli.Streams{In: strings.NewReader(in), Out: &out, Err: &out})
	return code, out.String()
}

// The technician enrols a box with a link, which works once; the box is at its cloud's from then on. No word that the
// tool says tells the code.
func TestEnrolVerb(t *testing.T) {
	c := newCloud(t, "")
	c.start()
	link, err := c.c.Claim(t.Context(), directory.SystemActor(c.demo.Org), c.demo.Box)
	if err != nil {
		t.Fatal(err)
	}
	b := newBox(t)
	text := link.Text()
	for _, bad := range []string{"", "no link", strings.Replace(text, "https:", "http:", 1), text[:len(text)-30]} {
		if code, said := ctl(t, bad, "enrol", "--data", b.dir); code != cli.ExitUsage || bad != "" && strings.Contains(said, bad) {
			t.Errorf("a bad link: exit %d, %q", code, said)
		}
	}
	code, said := ctl(t, text+"\n", "enrol", "--data", b.dir)
	if code != cli.ExitOK || !strings.Contains(said, "enrolled: box demo") || !strings.Contains(said, "box: demo") ||
		strings.Contains(said, link.Code.Text()) {
		t.Fatalf("exit %d, %q", code, said)
	}
	for _, name := range []string{"device.key", "enrolment.json", "box.key"} {
		if info, err := os.Stat(filepath.Join(b.dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v, want 0600", name, info, err)
		}
	}
	if code, said = ctl(t, "", "enrol", text, "--data", t.TempDir()); code != cli.ExitFailed || !strings.Contains(said, "claim") {
		t.Errorf("a second time: exit %d, %q", code, said)
	}
	b.start()
	inForce(t, c, b)
	b.take()
}
