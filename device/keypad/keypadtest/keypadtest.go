// Package keypadtest holds every keypad driver to one contract, over whatever model its chip has.
package keypadtest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/keypad"
)

// Keys are those of the layout that a Rig must have: keypad.Telephone.
const Keys = "123456789*0#"

// Rig is a keypad driver on a model of its chip. Every function but Dead may be called while the driver runs.
type Rig struct {
	Source  device.Source // with an interrupt line, keypad.Telephone and a limit of 30 s for stuck keys
	Press   func(key rune)
	Release func(key rune)
	Reset   func()              // of the chip, as by a power cut; keys stay as they are
	NACK    func(times int)     // that many transfers fail; 0 = all, from now on; negative = none any more
	Hang    func() (end func()) // the next transfer hangs until end
	Lie     func(on bool)       // every register reads 0xFF
	Stick   func()              // the interrupt line freezes as it is
	Most    time.Duration       // from a key to its event, at most, with the interrupt line in order
}

// Run runs the suite. Rig is called in a synctest bubble, once for each test.
func Run(t *testing.T, rig func(t *testing.T) Rig) {
	t.Helper()
	for _, tt := range []struct {
		name string
		test func(*bench)
	}{
		{"every key", everyKey},
		{"from the first moment", firstMoment},
		{"fast typing", fastTyping},
		{"quick", quick},
		{"held", held},
		{"two at once", twoAtOnce},
		{"stuck key", stuckKey},
		{"stuck interrupt line", stuckLine},
		{"burst of NACKs", burst},
		{"dead and back", deadAndBack},
		{"dead from the start", deadFromTheStart},
		{"reset", reset},
		{"hang", hang},
		{"lying", lying},
		{"ends with its context", ends},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { tt.test(&bench{T: t, Rig: rig(t)}) })
		})
	}
}

// bench is a rig that runs. Events are appended by the driver's goroutine and read after synctest.Wait.
type bench struct {
	*testing.T
	Rig
	typed  strings.Builder
	at     time.Time // of the last key
	health []device.Health
	cancel context.CancelFunc
	done   chan error
}

func (b *bench) start() {
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel, b.done = cancel, make(chan error, 1)
	go func() { b.done <- b.Source.Run(ctx, b.emit) }()
	b.wait(time.Second)
}

func (b *bench) stop() {
	b.cancel()
	if err := <-b.done; err != nil {
		b.Errorf("Run: %v", err)
	}
}

func (b *bench) emit(e device.Event) {
	switch e := e.(type) {
	case device.Pressed:
		b.typed.WriteRune(e.Key)
		b.at = time.Now()
	case device.Health:
		b.health = append(b.health, e)
	default:
		b.Errorf("a keypad reported %T", e)
	}
}

func (b *bench) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// tap presses a key for 80 ms, as a person does.
func (b *bench) tap(keys string) {
	for _, k := range keys {
		b.Press(k)
		b.wait(80 * time.Millisecond)
		b.Release(k)
		b.wait(80 * time.Millisecond)
	}
}

func (b *bench) wantTyped(what, want string) {
	b.Helper()
	if got := b.typed.String(); got != want {
		b.Errorf("%s: typed %q, want %q", what, got, want)
	}
	b.typed.Reset()
}

// wantHealth checks the reports since the last call: nil is "works".
func (b *bench) wantHealth(what string, errs ...error) {
	b.Helper()
	got := b.health
	b.health = nil
	if len(got) != len(errs) {
		b.Errorf("%s: reported %+v, want %d reports", what, got, len(errs))
		return
	}
	for i, want := range errs {
		h := got[i]
		if h.Part != smartbox.PartKeypad || h.Name == "" || !errors.Is(h.Err, want) || (h.Err == nil) != (h.After > 0) {
			b.Errorf("%s: reported %+v, want the keypad with error %v", what, h, want)
		}
	}
}

func everyKey(b *bench) {
	b.start()
	defer b.stop()
	b.tap(Keys)
	b.wantTyped("all keys", Keys)
	b.wait(time.Hour)
	b.wantTyped("an hour's rest", "")
	b.wantHealth("a keypad in order")
}

// firstMoment presses a key as soon as the driver says that it listens.
func firstMoment(b *bench) {
	l, ok := b.Source.(device.Listener)
	if !ok {
		b.Fatalf("%T cannot tell since when it listens", b.Source)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel, b.done = cancel, make(chan error, 1)
	go func() { b.done <- b.Source.Run(ctx, b.emit) }()
	<-l.Listening()
	defer b.stop()
	b.tap("5")
	b.wantTyped("the first key", "5")
}

func fastTyping(b *bench) {
	b.start()
	defer b.stop()
	const code = "1122334455667788990000#*#*"
	for _, k := range code { // 12 keys a second
		b.Press(k)
		b.wait(40 * time.Millisecond)
		b.Release(k)
		b.wait(40 * time.Millisecond)
	}
	b.wantTyped("fast typing", code)
}

func quick(b *bench) {
	b.start()
	defer b.stop()
	for _, k := range Keys {
		b.wait(137 * time.Millisecond)
		start := time.Now()
		b.Press(k)
		b.wait(b.Most)
		if b.typed.Len() == 0 {
			b.Errorf("key %c was not reported within %v", k, b.Most)
		} else if took := b.at.Sub(start); took > b.Most {
			b.Errorf("key %c took %v, want at most %v", k, took, b.Most)
		}
		b.typed.Reset()
		b.Release(k)
	}
}

func held(b *bench) {
	b.start()
	defer b.stop()
	b.Press('7')
	b.wait(20 * time.Second)
	b.Release('7')
	b.wait(time.Second)
	b.wantTyped("a key held for long", "7")
	b.wantHealth("a key held for long")
}

func twoAtOnce(b *bench) {
	b.start()
	defer b.stop()
	b.Press('1')
	b.wait(50 * time.Millisecond)
	b.Press('5') // rolls over to the next key
	b.wait(50 * time.Millisecond)
	b.Release('1')
	b.wait(50 * time.Millisecond)
	b.Release('5')
	b.wait(time.Second)
	b.wantTyped("rolling over", "15")
}

func stuckKey(b *bench) {
	b.start()
	defer b.stop()
	b.Press('5')
	b.wait(time.Minute)
	b.wantTyped("a key that is stuck", "5")
	if len(b.health) == 1 && !strings.HasSuffix(b.health[0].Name, "key 5") {
		b.Errorf("the report names %q, want key 5", b.health[0].Name)
	}
	b.wantHealth("a key that is stuck", keypad.ErrStuck)
	b.tap("1234#")
	b.wantTyped("the other keys", "1234#")
	b.Release('5')
	b.wait(time.Second)
	b.wantHealth("it came free", nil)
	b.tap("5")
	b.wantTyped("it works again", "5")
}

func stuckLine(b *bench) {
	b.start()
	defer b.stop()
	b.Stick()
	for _, k := range "2580" {
		b.Press(k)
		b.wait(300 * time.Millisecond)
		b.Release(k)
		b.wait(300 * time.Millisecond)
	}
	b.wantTyped("without interrupts", "2580")
}

func burst(b *bench) {
	b.start()
	defer b.stop()
	for _, k := range "1379" {
		b.NACK(2)
		b.tap(string(k))
	}
	b.wantTyped("bursts of two", "1379")
	b.wantHealth("bursts of two")
}

func deadAndBack(b *bench) {
	b.start()
	defer b.stop()
	b.tap("1")
	b.NACK(0)
	b.wait(time.Second)
	b.wantHealth("dead", device.ErrDead)
	b.tap("234")
	b.wait(time.Hour)
	b.wantHealth("still dead")
	b.wantTyped("what was typed meanwhile is dropped", "1")
	b.NACK(-1)
	b.wait(10 * time.Second)
	b.wantHealth("back", nil)
	b.wantTyped("nothing comes late", "")
	b.tap("56")
	b.wantTyped("after it came back", "56")
}

func deadFromTheStart(b *bench) {
	b.NACK(0)
	b.start()
	defer b.stop()
	b.wait(time.Minute)
	b.wantHealth("dead", device.ErrDead)
	b.NACK(-1)
	b.wait(10 * time.Second)
	b.wantHealth("back", nil)
	b.tap("42")
	b.wantTyped("after it came", "42")
}

func reset(b *bench) {
	b.start()
	defer b.stop()
	for _, k := range "246" {
		b.Reset()
		b.wait(2 * time.Second)
		b.tap(string(k))
	}
	b.wantTyped("after resets", "246")
}

func hang(b *bench) {
	b.start()
	defer b.stop()
	end := b.Hang()
	b.wait(10 * time.Second)
	b.wantHealth("hung", device.ErrDead)
	end()
	b.wait(10 * time.Second)
	b.wantHealth("back", nil)
	b.tap("9")
	b.wantTyped("after the hang", "9")
}

func lying(b *bench) {
	b.start()
	defer b.stop()
	b.Lie(true)
	b.wait(5 * time.Second)
	b.wantHealth("every register reads ff", device.ErrReadBack)
	b.wantTyped("a chip that lies", "")
	b.Lie(false)
	b.wait(10 * time.Second)
	b.wantHealth("the truth again", nil)
	b.tap("8")
	b.wantTyped("the truth again", "8")
}

func ends(b *bench) {
	b.start()
	start := time.Now()
	b.stop()
	if took := time.Since(start); took > 200*time.Millisecond {
		b.Errorf("Run ended %v after its context", took)
	}
	b.start() // and can be run again
	b.tap("3")
	b.stop()
	b.wantTyped("the second run", "3")
}
