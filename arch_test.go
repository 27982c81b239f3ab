package smartbox_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestArrows checks, transitively, who may import whom. A line reads: nothing below the folder may reach
// what is listed, test files apart.
func TestArrows(t *testing.T) {
	list := func(args ...string) []string {
		out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-e"}, args...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(out))
	}
	reach := func(pkg string) map[string]bool {
		m := map[string]bool{}
		for _, p := range list("-deps", pkg) {
			m[p] = true
		}
		return m
	}
	for _, c := range []struct {
		from  string
		never []string
	}{
		{from: "smartbox/storage/...", never: []string{"smartbox/device", "smartbox/sync", "smartbox/board", "smartbox/cmd", "smartbox/cloud", "periph.io", "github.com/eclipse/paho.mqtt.golang"}},
		{from: "smartbox/device/...", never: []string{"smartbox/storage", "smartbox/sync", "smartbox/board", "smartbox/cmd", "smartbox/cloud", "go.etcd.io/bbolt", "github.com/eclipse/paho.mqtt.golang"}},
		{from: "smartbox/sync/...", never: []string{"smartbox/storage", "smartbox/device", "smartbox/board", "smartbox/cmd", "smartbox/cloud", "go.etcd.io/bbolt", "periph.io"}},
		{from: "smartbox/board/...", never: []string{"smartbox/storage", "smartbox/sync", "smartbox/cmd", "smartbox/cloud", "go.etcd.io/bbolt"}},
		{from: "smartbox/cmd/smartboxd/...", never: []string{"smartbox/board/sim", "smartbox/device/chips", "smartbox/cloud", "smartbox/cmd/internal"}},
	} {
		for _, pkg := range list(c.from) {
			for dep := range reach(pkg) {
				for _, never := range c.never {
					if dep == never || strings.HasPrefix(dep, never+"/") {
						t.Errorf("%s reaches %s", pkg, dep)
					}
				}
			}
		}
	}
	for _, dep := range list("-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "smartbox") {
		if dep != "smartbox" {
			t.Errorf("the domain reaches %s; it is to stand on the standard library alone", dep)
		}
	}
	for _, dep := range list("-f", "{{join .Imports \"\\n\"}}", "smartbox") {
		switch dep {
		case "os", "net", "io/fs", "log", "sync", "net/http":
			t.Errorf("the domain imports %s; it is to be pure", dep)
		}
	}
}
