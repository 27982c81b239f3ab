package simulator

import (
	"bytes"
	"io"
	"testing"

	"smartbox"
	"smartbox/sync/snapfile"
)

// The demonstration is put in force at the first start, and again when it is another; never over what somebody
// brought with the technician's tool.
func TestBegin(t *testing.T) {
	data := t.TempDir()
	open := func(text []byte) *Simulator {
		t.Helper()
		s, err := New(Options{
			Listen: "127.0.0.1:0", Offline: true, Data: data, Profile: "sim-8", People: "demo.yaml", Text: text, Log: io.Discard, LogLevel: "error",
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	shut := func(s *Simulator) {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	anna := smartbox.MustID[smartbox.User]("anna")
	name := func(s *Simulator) string { return s.feed.UserName(anna) }

	s := open(demo(t))
	first := s.daemon.View().Revision()
	shut(s)

	s = open(demo(t))
	if again := s.daemon.View().Revision(); again != first {
		t.Errorf("the same demonstration was put in force anew: %v after %v", again, first)
	}
	other := bytes.ReplaceAll(demo(t), []byte("Anna Amsel"), []byte("Anna Adler"))
	f, err := snapfile.ParseYAML("mine.yaml", other)
	if err != nil {
		t.Fatal(err)
	}
	mine, _, err := s.people(f, data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.daemon.Apply(mine); err != nil {
		t.Fatal(err)
	}
	shut(s)

	s = open(demo(t))
	if got := name(s); got != "Anna Adler" {
		t.Errorf("%q after a restart, want what was applied by hand", got)
	}
	shut(s)

	s = open(bytes.ReplaceAll(demo(t), []byte("Anna Amsel"), []byte("Anna Aal")))
	defer shut(s)
	if got := name(s); got != "Anna Aal" {
		t.Errorf("%q, want the demonstration as it is now", got)
	}
}
