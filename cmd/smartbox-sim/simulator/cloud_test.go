package simulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
)

// The box enrols by itself and gets its people from the cloud; what is changed there by the line that the terminal shows
// is in force at the panel; and a second start finds everything as it was.
func TestOnline(t *testing.T) {
	data := t.TempDir()
	addr := func() string {
		l, err := listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() //nolint:errcheck // nobody has connected
		return l.Addr().String()
	}
	o := Options{
		Listen: "127.0.0.1:0", API: addr(), HTTPS: addr(), MQTT: addr(), Data: data, Profile: "sim-8", People: "demo.yaml",
		Text: demo(t), Log: io.Discard, LogLevel: "error",
	}
	run := func() (s *Simulator, stop func()) {
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		return s, func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	settled := func(s *Simulator) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := s.cloud.inForce(ctx); err != nil {
			t.Fatal(err)
		}
	}
	s, stop := run()
	await(t, s, smartbox.SnapshotApplied)
	settled(s)
	var said bytes.Buffer
	s.cloud.tell(&said, s.Address())
	if !strings.Contains(said.String(), "TOKEN="+s.cloud.demo.Token) || !strings.Contains(said.String(), s.cloud.c.Plain()+"/v1/members/anna/suspend") {
		t.Errorf("the walk-through is\n%s", said.String())
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.cloud.c.Plain()+"/v1/members/anna/suspend", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.cloud.demo.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	settled(s)
	<-s.daemon.Ready() // the keypad listens
	pull(t, s, "out")
	if err := s.cab.Press("482913#"); err != nil {
		t.Fatal(err)
	}
	await(t, s, smartbox.AccessRefused)
	pull(t, s, "in")
	last := s.daemon.Last()
	for state := uint64(0); state < last; {
		list, err := s.cloud.c.Directory().Events(t.Context(), directory.SystemActor(s.cloud.demo.Org), directory.EventFilter{Newest: true, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 {
			state = list[0].Event.Seq
		}
	}
	stop()

	enrolment := filepath.Join(data, "box", "enrolment.json")
	before, err := os.ReadFile(enrolment)
	if err != nil {
		t.Fatal(err)
	}
	s, stop = run()
	defer stop()
	settled(s)
	after, err := os.ReadFile(enrolment)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a second start enrolled the box anew (%v)", err)
	}
	if u, _ := s.daemon.View().User(smartbox.MustID[smartbox.User]("anna")); u.Status != smartbox.StatusSuspended {
		t.Errorf("Anna is %s after a restart", u.Status)
	}
}

// pull says what a person says to the cable.
func pull(t *testing.T, s *Simulator, word string) {
	t.Helper()
	res, err := http.Post(s.Address()+"cable", "text/plain", strings.NewReader(word)) //nolint:noctx // of this test, to this machine
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
}
