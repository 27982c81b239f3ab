package daemon

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/storage/cache"
	"smartbox/sync/agent"
	"smartbox/sync/wire"
)

// TestButton: only the enter key pressed by itself lets an order through, one press for one order.
func TestButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b button
		press := func(keys string) {
			for _, k := range keys {
				b.hear(device.Pressed{Key: k})
			}
			synctest.Wait()
		}
		pressed := make(chan bool, 2)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range 2 {
			go func() { pressed <- b.wait(ctx, b.listen()) }()
		}
		synctest.Wait()
		b.hear(device.Tapped{})
		press("1234#") // somebody's code
		if len(pressed) != 0 {
			t.Fatal("the end of a code counts as the button")
		}
		time.Sleep(buttonAlone - time.Millisecond)
		press("#")
		if len(pressed) != 0 {
			t.Fatal("a key that followed a code too soon counts as the button")
		}
		time.Sleep(buttonAlone)
		press("#")
		if len(pressed) != 1 || !<-pressed {
			t.Fatal("one press lets one order through")
		}
		cancel()
		if <-pressed {
			t.Fatal("an order that expired was let through")
		}
		time.Sleep(buttonAlone)
		press("#")
	})
}

// TestRefusalsToTheCloud: the cloud is told why, the disk is no refusal, and a missing base asks for what is missing.
func TestRefusalsToTheCloud(t *testing.T) {
	s := cloudState{new(Daemon)}
	for _, c := range []struct {
		err  error
		want smartbox.Reason
	}{
		{cache.ErrForeign, smartbox.SnapshotForeign},
		{cache.ErrOlder, smartbox.SnapshotOld},
		{smartbox.ErrSnapshot, smartbox.SnapshotBroken},
		{wire.ErrForm, smartbox.SnapshotBroken},
	} {
		var refused *agent.RefusedError
		if err := s.told(smartbox.Revision{}, c.err); !errors.As(err, &refused) || refused.Reason != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v is told as %v, want %s", c.err, err, c.want)
		}
	}
	if err := s.told(smartbox.Revision{}, cache.ErrStage); !errors.Is(err, agent.ErrStaged) {
		t.Errorf("a broken transfer is told as %v", err)
	}
	disk := errors.New("disk full")
	for _, err := range []error{nil, disk, smartbox.ErrBase} {
		if got := s.told(smartbox.Revision{}, err); !errors.Is(got, err) {
			t.Errorf("%v is told as %v", err, got)
		}
	}
}

func TestCloudConfig(t *testing.T) {
	const least = "box: b\nprofile: rpi-8\ndata: /d\n"
	c, err := ParseConfig([]byte(least + "cloud: {off: true, url: \"ssl://cloud.example:8883\"}\n"))
	if err != nil || !c.Cloud.Off || c.Cloud.URL != "ssl://cloud.example:8883" {
		t.Errorf("%+v, %v", c.Cloud, err)
	}
	for _, bad := range []string{"cloud: {url: cloud.example}", "cloud: {url: \"%zz\"}", "cloud: {broker: x}"} {
		if _, err := ParseConfig([]byte(least + bad + "\n")); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
