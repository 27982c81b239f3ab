package simulator

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smartbox"
	"smartbox/sync/snapfile"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The broker's library keeps one for the life of the program.
		goleak.IgnoreTopFunction("github.com/nats-io/nats-server/v2/server.(*cacheControl).run"),
	)
}

func demo(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../internal/demo/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// start runs a simulator on a directory.
func start(t *testing.T, data string) (s *Simulator, stop func()) {
	t.Helper()
	s, err := New(Options{
		Listen: "127.0.0.1:0", Offline: true, Data: data, Profile: "sim-8", People: "demo.yaml", Text: demo(t), Log: io.Discard, LogLevel: "error",
	})
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

// await waits until the page is told of an event of the kind.
func await(t *testing.T, s *Simulator, kind smartbox.EventKind) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	updates := s.feed.Subscribe(ctx)
	for _, u := range s.feed.Recent(kept) {
		if u.Event != nil && u.Event.Kind == kind {
			return
		}
	}
	for u := range updates {
		if u.Event != nil && u.Event.Kind == kind {
			return
		}
	}
	t.Fatalf("no %s; display %q", kind, s.cab.Glass())
}

// The page is there, a code opens a door, the page hears of it, and a key that was out is in the hand after a restart.
func TestSimulator(t *testing.T) {
	data := t.TempDir()
	s, stop := start(t, data)
	resp, err := http.Get(s.Address()) //nolint:noctx // of this test, to this machine
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("<html")) {
		t.Errorf("%s %v", resp.Status, err)
	}
	_ = resp.Body.Close()
	await(t, s, smartbox.SnapshotApplied)
	<-s.daemon.Ready() // the keypad listens
	if err := s.cab.Press("482913#"); err != nil {
		t.Fatal(err)
	}
	await(t, s, smartbox.PickupAuthorised)
	slot := smartbox.MustID[smartbox.Slot]("s1")
	for !s.daemonSees(t, "open") {
		continue
	}
	fob, err := s.cab.TakeKey(slot)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cab.ShutDoor(slot); err != nil {
		t.Fatal(err)
	}
	await(t, s, smartbox.PickupTaken)
	if s.feed.UserName(smartbox.MustID[smartbox.User]("anna")) != "Anna Amsel" || s.feed.SlotNumber(slot) != 1 {
		t.Error("the page does not know the names")
	}
	decided := false
	for _, u := range s.feed.Recent(kept) {
		decided = decided || u.Decision != nil && u.Decision.Decision.Allowed
	}
	if !decided {
		t.Error("the page did not hear of the decision")
	}
	stop()

	s, stop = start(t, data)
	defer stop()
	if hand := s.cab.Hand(); len(hand) != 1 || hand[0] != fob {
		t.Errorf("%d keys in the hand after the restart", len(hand))
	}
	await(t, s, smartbox.PickupTaken) // of the run before
	if p := s.cab.Pulses(); len(p) != 0 {
		t.Errorf("locks moved at the start: %d", len(p))
	}
}

func (s *Simulator) daemonSees(t *testing.T, trouble string) bool {
	t.Helper()
	st := s.daemon.Status(t.Context())
	return len(st.Slots) > 0 && strings.Contains(st.Slots[0].Trouble, trouble)
}

// A second simulator finds another port.
func TestListenElsewhere(t *testing.T) {
	a, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	b, err := listen(a.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	if a.Addr().String() == b.Addr().String() {
		t.Error("two listeners on one port")
	}
}

// The demonstration holds what its hints promise: every code and badge is one, and no warning is due.
func TestDemo(t *testing.T) {
	f, err := snapfile.ParseYAML("demo.yaml", demo(t))
	if err != nil {
		t.Fatal(err)
	}
	_, warnings, err := snapfile.Build(snapfile.Options{Key: &smartbox.BoxKey{}, Zones: time.LoadLocation, Now: time.Now()}, f)
	if err != nil || len(warnings) > 0 {
		t.Errorf("%v %q", err, warnings)
	}
	people, err := hints(f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	tryThis(&b, people)
	for _, want := range []string{"Anna Amsel", "suspended, opens nothing", "Safe (badge, then code)", "Vault (takes 2 people)", "Archive during Night shift 22:00-06:00"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestMainStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- Main(ctx, []string{"--offline", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, w, io.Discard, Deps{People: demo(t)})
		_ = w.Close()
	}()
	var text strings.Builder
	for lines := bufio.NewScanner(r); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "Look inside") {
			cancel()
		}
	}
	if got := <-code; got != 0 {
		t.Errorf("exit %d", got)
	}
	if !regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).MatchString(text.String()) {
		t.Errorf("no address in\n%s", text.String())
	}
	var errs bytes.Buffer
	if got := Main(t.Context(), []string{"--colour"}, io.Discard, &errs, Deps{}); got != 2 {
		t.Errorf("exit %d for an unknown flag", got)
	}
}
