package panel_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"

	"smartbox"
	"smartbox/board/sim/panel"
	"smartbox/device"
)

var pictures = flag.String("pictures", "", "write pictures of the page into this directory")

func TestBrowserIsAFrontOfTheCabinet(t *testing.T) {
	h := serve(t)
	b := browse(t, h.url)
	b.screen(1280, 900, "light")
	b.until(`document.querySelectorAll(".slot").length === 8 && document.querySelectorAll(".key").length === 12`)

	// The display: what stands on the glass.
	if err := h.Set().Display.Show(h.ctx, []string{"Hello Anna", "", "Grüße"}); err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelector("#glass-text").textContent === "Hello Anna\nGrüße"`)

	// The keypad: by mouse, by keyboard, and by a code of the people's list.
	b.eval(`document.querySelector('.key[data-key="4"]').click()`)
	h.await(func(e device.Event) bool { return e == device.Pressed{Key: '4'} })
	b.key("8", "8")
	h.await(func(e device.Event) bool { return e == device.Pressed{Key: '8'} })
	b.key("Escape", "")
	h.await(func(e device.Event) bool { return e == device.Pressed{Key: '*'} })
	b.key("Enter", "\r")
	h.await(func(e device.Event) bool { return e == device.Pressed{Key: '#'} })
	b.eval(`document.querySelector("#people .badge button:nth-child(2)").click()`)
	h.await(func(e device.Event) bool { return e == device.Tapped{Badge: badge} })

	// A door: locked at first; then open, its key into the hand, and its fob to the reader.
	s1 := id[smartbox.Slot]("s1")
	b.eval(`document.querySelector(".slot .door").click()`)
	b.until(`document.querySelector("#say").textContent.includes("locked")`)
	if err := h.Set().Locks.Unlock(h.ctx, s1); err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelector(".slot").classList.contains("open")`)
	b.eval(`document.querySelector(".slot .thing").click()`)
	b.until(`document.querySelector("#hand").textContent.includes("Van 1")`)
	b.eval(`document.querySelector(".slot .shut").click()`)
	h.await(func(e device.Event) bool { return e == device.Door{Slot: s1} })
	b.eval(`document.querySelector("#hand button").click()`)
	h.await(func(e device.Event) bool { return e == device.Tapped{Badge: fob} })

	// The log and the decision.
	h.feed.live <- panel.Update{Event: &smartbox.Event{Seq: 1, At: 1_700_000_000_000, Kind: smartbox.DoorForced, Slot: s1}}
	b.until(`document.querySelector("#log li.alarm .what").textContent === "Door forced open"`)
	h.feed.live <- panel.Update{Decision: &panel.Decided{Decision: smartbox.Decision{Reason: smartbox.Suspended}}}
	b.until(`document.querySelector("#decision").textContent.includes("Refused")`)
	b.quiet()
}

func TestBrowserFitsEveryScreen(t *testing.T) {
	h := serve(t)
	if err := h.Set().Display.Show(h.ctx, []string{"Demo cabinet", "", "Code or badge", ""}); err != nil {
		t.Fatal(err)
	}
	if err := h.Force(id[smartbox.Slot]("s1")); err != nil {
		t.Fatal(err)
	}
	b := browse(t, h.url)
	for _, width := range []int{320, 390, 768, 1024, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			b.screen(width, 900, scheme)
			b.until(`document.querySelectorAll(".slot").length === 8`)
			b.until(fmt.Sprintf("innerWidth === %d", width))
			if over := b.eval(`document.documentElement.scrollWidth - innerWidth`); over.(float64) > 0 {
				t.Errorf("%d px: the page is %v px too wide", width, over)
			}
			small := b.eval(`[...document.querySelectorAll("button, summary, select, input")].filter((n) => {
				const r = n.getBoundingClientRect(); return r.width > 0 && !n.closest(".bay") && (r.width < 24 || r.height < 24); }).map((n) => n.outerHTML).join()`)
			if small != "" {
				t.Errorf("%d px: too small for a finger: %v", width, small)
			}
			unnamed := b.eval(`[...document.querySelectorAll("button, summary")].filter((n) => !n.hidden && !(n.ariaLabel || n.textContent.trim())).length`)
			if unnamed != 0.0 {
				t.Errorf("%d px: %v buttons have no name", width, unnamed)
			}
			if hidden := b.eval(`[...document.querySelectorAll("#people button")].filter((n) => n.getBoundingClientRect().bottom > innerHeight).length`); width >= 960 && hidden != 0.0 {
				t.Errorf("%d px: %v codes and badges to try are out of sight at first", width, hidden)
			}
			if spill := b.eval(`document.querySelector("#glass").scrollWidth - document.querySelector("#glass").clientWidth`); spill != 0.0 {
				t.Errorf("%d px: the text spills over the glass by %v px", width, spill)
			}
			if *pictures != "" {
				b.shot(filepath.Join(*pictures, fmt.Sprintf("panel-%d-%s.png", width, scheme)))
			}
		}
	}
	b.quiet()
}
