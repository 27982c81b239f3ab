package bolt_test

import (
	"os"
	"os/exec"
	"testing"
)

// runAlone runs one test in a process of its own, for what it does lasts as long as the process.
func runAlone(t *testing.T, name, env string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+name+"$", "-test.v")
	cmd.Env = append(os.Environ(), env+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
