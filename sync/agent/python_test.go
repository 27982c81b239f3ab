package agent

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"smartbox"
	"smartbox/storage/index/indextest"
	"smartbox/sync/wire"
)

// patience is how long a test waits for what other programs have to do; it is no measure of anything.
const patience = time.Minute

// python is the one of the system, for which the system's packages are.
const python = "/usr/bin/python3"

// other is a program that stands beside the tests, and may not be there.
func other(t *testing.T, missing string) {
	t.Helper()
	if os.Getenv("SMARTBOX_SKIPS") == "forbidden" {
		t.Fatalf("%s: run `make deps`", missing)
	}
	t.Skipf("skipped: %s (make deps installs it)", missing)
}

// mosquitto runs a broker that is not ours until the end of the test.
func mosquitto(t *testing.T) (host string, port int) {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/mosquitto")
	}
	if err != nil {
		other(t, "mosquitto is not installed")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\n", port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-c", conf)
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed
	})
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	await(t, "mosquitto listens", func() bool {
		c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
		return err == nil && c.Close() == nil
	})
	return "127.0.0.1", port
}

// await waits for something that nobody tells of.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited until %s", what)
		}
	}
}

// task is what the program in Python is told.
type task struct {
	Host       string `json:"host"`
	Port       int    `json:"port"`
	Box        string `json:"box"`
	BoxKey     string `json:"boxKey"`
	StateSeed  string `json:"stateSeed"`
	OrdersSeed string `json:"ordersSeed"`
	Events     int    `json:"events"` // that will happen
	CDDL       string `json:"cddl"`
	Patience   int    `json:"patience"` // seconds for one message
}

// account is what it says it has seen.
type account struct {
	Listens   bool     `json:"listens"`
	Served    bool     `json:"served"`
	Hellos    int      `json:"hellos"`
	Parts     int      `json:"parts"`   // of the snapshot
	Digests   []string `json:"digests"` // of the states that the box said are in force
	Outcomes  []string `json:"outcomes"`
	Presence  [][2]any `json:"presence"`
	Telemetry int      `json:"telemetry"`
	Gaps      int      `json:"gaps"`
	Doubles   int      `json:"doubles"`
	Seqs      []uint64 `json:"seqs"`
	Actors    []string `json:"actors"`
}

// foreign is the program while it runs.
type foreign struct {
	t   *testing.T
	out *bufio.Scanner
}

func startPython(t *testing.T, k task) *foreign {
	t.Helper()
	if err := exec.CommandContext(t.Context(), python, "-c", "import cbor2, cryptography, paho.mqtt.client").Run(); err != nil {
		other(t, "Python's paho-mqtt, cbor2 and cryptography are not installed")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	cmd := exec.CommandContext(ctx, python, "-B", filepath.Join("..", "..", "testdata", "python", "cloud.py"))
	complaints := filepath.Join(t.TempDir(), "stderr")
	errs, err := os.Create(complaints)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = errs
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
		cancel()
		t.Fatal(err)
	}
	said := func() string {
		b, _ := os.ReadFile(complaints)
		return string(b)
	}
	t.Cleanup(func() {
		if t.Failed() {
			cancel()
		}
		_, _ = io.Copy(io.Discard, out)
		if err := errors.Join(cmd.Wait(), errs.Close()); err != nil || t.Failed() {
			t.Errorf("the program in Python: %v\n%s", err, said())
		}
		cancel()
	})
	if err := errors.Join(json.NewEncoder(in).Encode(k), in.Close()); err != nil {
		t.Fatal(err)
	}
	f := &foreign{t, bufio.NewScanner(out)}
	f.out.Buffer(nil, 1<<20)
	return f
}

// next is the next line that it says.
func (f *foreign) next() (a account) {
	f.t.Helper()
	if !f.out.Scan() {
		f.t.Fatalf("the program in Python said nothing more: %v", f.out.Err())
	}
	if err := json.Unmarshal(f.out.Bytes(), &a); err != nil {
		f.t.Fatalf("%s: %v", f.out.Bytes(), err)
	}
	return a
}

// TestPython has a cloud in another language, written from the protocol's two documents alone, serve a box over a
// broker that is not ours: each end takes in what the other says, byte for byte as the documents have it.
func TestPython(t *testing.T) {
	const before, after = 300, 7 // events before the box is there, and later; more than a batch
	host, port := mosquitto(t)
	box, key := smartbox.MustID[smartbox.Box]("yard-1"), indextest.Key()
	p := startPython(t, task{
		Host: host, Port: port, Box: box.String(), BoxKey: hex.EncodeToString(key[:]),
		StateSeed: hex.EncodeToString(signKey(1).Seed()), OrdersSeed: hex.EncodeToString(signKey(3).Seed()),
		Events: before + after + 1, CDDL: filepath.Join("..", "wire", "messages.cddl"), Patience: int(patience.Seconds()),
	})
	if !p.next().Listens {
		t.Fatal("it does not listen")
	}
	x := newBox(t, newBroker(t), box)
	x.hands.act = func(_ context.Context, o Order) (wire.Outcome, smartbox.Reason) {
		_, err := x.log.Append(smartbox.Event{Kind: smartbox.SlotAuthorised, Slot: o.Command.Slot, User: o.Command.User, Actor: o.Actor})
		if err != nil {
			return wire.Failed, smartbox.RecordFailed
		}
		return wire.Done, 0
	}
	no, empty := false, uint8(0) // measured, and zero
	x.tune = func(o *Options) {
		o.URL, o.Dial = fmt.Sprintf("tcp://%s:%d", host, port), nil
		o.Telemetry = func() wire.Telemetry {
			return wire.Telemetry{At: o.Clock.Moment().Stamp(), Mains: &no, Battery: &empty}
		}
	}
	x.open()
	x.happen(before)
	x.run()
	defer x.halt()
	// Once the order is carried out the box has the whole state.
	await(t, "the order is carried out", func() bool { return x.hands.times(0xC0FFEE) > 0 })
	x.happen(after)
	if !p.next().Served {
		t.Fatal("it does not serve")
	}
	await(t, "the box knows that the cloud has its events", func() bool {
		c := x.log.Cursor()
		return c.Acked == c.Next-1
	})
	permitted(t, x.know.View())
	_, sum, err := x.know.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if n := x.noted(Distrusted); n != 2 || x.hands.times(0xC0FFEE) != 1 {
		t.Errorf("%d messages by the wrong key were refused, want 2; the order was carried out %d times", n, x.hands.times(0xC0FFEE))
	}
	if n := x.noted(StateRefused) + x.noted(Dropped) + x.noted(DiskFailed); n != 0 {
		t.Errorf("notes %v", x.agent.Counts().Notes)
	}
	x.halt()
	check(t, p.next(), before+after+1, hex.EncodeToString(sum[:]))
}

// permitted checks that people get what the program's snapshot and delta say, and nothing else.
func permitted(t *testing.T, v smartbox.View) {
	t.Helper()
	now := smartbox.Moment{Wall: time.Now().UTC(), Trust: smartbox.ClockSynced}
	for _, c := range []struct {
		who, text string
		factors   smartbox.Factors
		want      smartbox.Reason
	}{
		{"anna", smartbox.Code("482913").Canonical(), smartbox.ByCode, smartbox.Granted},
		{"berta", smartbox.Code("0815").Canonical(), smartbox.ByCode, smartbox.Granted},
		{"p-0001", smartbox.WiegandBadge(smartbox.Wiegand26, 7, 1).Canonical(), smartbox.ByBadge, smartbox.NoGrant},
	} {
		id := smartbox.MustID[smartbox.User](c.who)
		if d, ok := v.Identify(c.text); !ok || d.User != id {
			t.Errorf("%s is not known by what she shows", c.who)
		}
		d := smartbox.Decide(v, smartbox.NewBook(), smartbox.Question{
			Action: smartbox.Pickup, User: id, Key: smartbox.MustID[smartbox.Key]("van"), Factors: c.factors, Moment: now, Record: true,
		})
		if d.Reason != c.want || d.Allowed != (c.want == smartbox.Granted) {
			t.Errorf("%s: %s, want %s", c.who, d.Reason, c.want)
		}
	}
	if d, ok := v.Identify(smartbox.Badge("uid:04A1B2C3D4E501").Canonical()); !ok || d.Key != smartbox.MustID[smartbox.Key]("van") {
		t.Error("the van's fob is not known")
	}
}

// check compares what the program saw with what was to be seen.
func check(t *testing.T, a account, events int, sum string) {
	t.Helper()
	if a.Hellos != 1 || a.Parts < 2 || a.Telemetry == 0 {
		t.Errorf("%d hellos, a snapshot of %d parts, telemetry %d times", a.Hellos, a.Parts, a.Telemetry)
	}
	if len(a.Digests) < 2 || a.Digests[len(a.Digests)-1] != sum {
		t.Errorf("digests %v; the box has %s", a.Digests, sum)
	}
	if len(a.Seqs) != events || a.Doubles != 0 || a.Gaps != 0 {
		t.Errorf("%d events, %d twice, %d gaps; want %d", len(a.Seqs), a.Doubles, a.Gaps, events)
	}
	for i, seq := range a.Seqs {
		if seq != uint64(i)+1 {
			t.Fatalf("event %d in the place of %d", seq, i+1)
		}
	}
	if !slices.Equal(a.Outcomes, []string{"done", "done"}) || !slices.Equal(a.Actors, []string{"cmd:0000000000c0ffee"}) {
		t.Errorf("the order was answered with %v, by events of %v", a.Outcomes, a.Actors)
	}
	if n := len(a.Presence); n != 2 || a.Presence[0][0] != true || a.Presence[1][0] != false || a.Presence[0][1] != a.Presence[1][1] {
		t.Errorf("presence %v, want one connection that came and went", a.Presence)
	}
}
