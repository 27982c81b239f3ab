package ailing_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"smartbox"
	"smartbox/device"
	"smartbox/device/ailing"
)

func TestNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := ailing.New(smartbox.PartDisplay, "glass")
		burnt := errors.New("burnt")
		p.Note(nil)
		if h, ok := p.News(); ok {
			t.Errorf("in order from the start: %+v", h)
		}

		p.Note(burnt)
		p.Note(errors.New("burnt again"))
		<-p.Poke
		h, ok := p.News()
		if !ok || h.Part != smartbox.PartDisplay || h.Name != "glass" || !errors.Is(h.Err, device.ErrDead) || !errors.Is(h.Err, burnt) {
			t.Errorf("it failed: %+v, %v", h, ok)
		}
		if _, again := p.News(); again || !p.Bad() {
			t.Error("told twice, or not bad")
		}

		time.Sleep(time.Minute)
		p.Note(nil)
		<-p.Poke
		if h, ok := p.News(); !ok || h.Err != nil || h.After != time.Minute {
			t.Errorf("it is back: %+v, %v", h, ok)
		}

		p.Note(burnt)
		p.Note(nil)
		if h, ok := p.News(); ok {
			t.Errorf("over before anybody was told: %+v", h)
		}
		p.Note(burnt)
		if _, ok := p.News(); !ok {
			t.Error("the failure after it is not told")
		}
	})
}
