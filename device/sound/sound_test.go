package sound_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"

	"smartbox"
	"smartbox/device"
	"smartbox/device/chips"
	"smartbox/device/sound"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

// rig is a sounder on a line, and what was heard of it.
type rig struct {
	pin   *chips.Line
	dev   *sound.Sounder
	mu    sync.Mutex
	words []string
	turns []string
	begin time.Time
}

func start(t *testing.T, o *sound.Opts) *rig {
	r := &rig{pin: chips.NewLine("BUZZ", gpio.Low), begin: time.Now()}
	r.pin.AllowPWM(o != nil && o.Tone)
	r.pin.Watch(func(l gpio.Level) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.turns = append(r.turns, fmt.Sprintf("%s %s", time.Since(r.begin), l))
	})
	d, err := sound.New(r.pin, o)
	if err != nil {
		t.Fatal(err)
	}
	r.dev = d
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- d.Run(ctx, r.hear) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if r.pin.Read() != gpio.Low || r.pin.Tone() != 0 {
			t.Error("it sounds at the end")
		}
	})
	return r
}

func (r *rig) hear(e device.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, ok := e.(device.Health)
	switch {
	case !ok || h.Part != smartbox.PartSounder:
		r.words = append(r.words, fmt.Sprintf("%#v", e))
	case errors.Is(h.Err, device.ErrDead):
		r.words = append(r.words, "dead")
	case h.Err == nil && h.After > 0:
		r.words = append(r.words, "back")
	}
}

func (r *rig) play(t *testing.T, s device.Sound, then time.Duration) []string {
	t.Helper()
	r.mu.Lock()
	r.turns, r.begin = nil, time.Now()
	r.mu.Unlock()
	if err := r.dev.Play(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	time.Sleep(then)
	synctest.Wait()
	return r.taken()
}

// taken is how the line turned over since the last time.
func (r *rig) taken() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	turns := r.turns
	r.turns = nil
	return turns
}

// TestGoldenLine holds what each sound does to the line in three seconds.
func TestGoldenLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		var b strings.Builder
		for s := device.Silence; s <= device.SoundAlarm; s++ {
			fmt.Fprintf(&b, "%s: %s\n", s, strings.Join(r.play(t, s, 3*time.Second), ", "))
		}
		path := filepath.Join("testdata", "line.golden")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAlarmLastsUntilSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		if n := len(r.play(t, device.SoundAlarm, time.Minute)); n < 239 || n > 241 {
			t.Errorf("the line turned over %d times in a minute", n)
		}
		if got := r.play(t, device.Silence, time.Minute); len(got) > 1 || r.pin.Read() != gpio.Low {
			t.Errorf("after silence: %v", got)
		}
	})
}

func TestNewSoundReplacesTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.play(t, device.SoundBad, 100*time.Millisecond)
		want := []string{"20ms Low"} // it is on already
		if diff := cmp.Diff(want, r.play(t, device.SoundKey, time.Minute)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := sound.DefaultOpts
		o.Tone = true
		r := start(t, &o)
		r.play(t, device.SoundKey, 10*time.Millisecond)
		if f := r.pin.Tone(); f != 2*physic.KiloHertz {
			t.Errorf("a key sounds at %s", f)
		}
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		if f := r.pin.Tone(); f != 0 {
			t.Errorf("and goes on at %s", f)
		}
	})
}

func TestDeadAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.pin.Break(true)
		if err := r.dev.Play(context.Background(), device.SoundAlarm); !errors.Is(err, device.ErrDead) {
			t.Errorf("Play says %v", err)
		}
		time.Sleep(time.Minute)
		r.pin.Break(false)
		r.taken()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := strings.Join(r.words, ", "); got != "dead, back" {
			t.Errorf("heard %s", got)
		}
		if len(r.taken()) == 0 {
			t.Error("the alarm did not go on")
		}
		r.pin.Break(true)
		_ = r.dev.Play(context.Background(), device.SoundKey)
		time.Sleep(time.Minute)
		r.pin.Break(false)
		r.taken()
		time.Sleep(time.Minute)
		synctest.Wait()
		turns := r.taken()
		for _, turn := range turns {
			if strings.HasSuffix(turn, "High") {
				t.Errorf("the beep of a key pressed long ago: %v", turns)
			}
		}
	})
}

func TestNewRefuses(t *testing.T) {
	if _, err := sound.New(nil, nil); err == nil {
		t.Error("no pin is accepted")
	}
	if _, err := sound.New(gpio.INVALID, &sound.Opts{}); err == nil {
		t.Error("zero options are accepted")
	}
}

func Example() {
	pin := chips.NewLine("GPIO18", gpio.Low) // on a box: gpioreg.ByName
	sounder, err := sound.New(pin, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := sounder.Play(context.Background(), device.SoundGood); err != nil {
		fmt.Println(err)
	}
	fmt.Println(pin.Read())
	// Output: High
}
