package panel_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// chromium is a headless browser, driven by the DevTools protocol over a pair of pipes.
type chromium struct {
	t       *testing.T
	w       io.Writer
	session string

	mu      sync.Mutex
	next    int
	answers map[int]chan json.RawMessage
	noise   []string // what the page complained of
}

// browse starts a browser on a page of the address; it skips the test where there is none.
func browse(t *testing.T, address string) *chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	theirs, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirs, answers}
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &chromium{t: t, w: w, answers: map[int]chan json.RawMessage{}}
	done := make(chan struct{})
	go c.read(r, done)
	if err := errors.Join(theirs.Close(), answers.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.call("Browser.close", nil, nil)
		_ = cmd.Wait() // however it ends, it has ended
		_ = w.Close()
		<-done
		_ = r.Close()
	})
	var target struct{ TargetID string }
	c.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	c.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	c.mu.Lock()
	c.session = attached.SessionID
	c.mu.Unlock()
	c.call("Runtime.enable", nil, nil)
	c.call("Log.enable", nil, nil)
	c.call("Page.enable", nil, nil)
	c.call("Page.navigate", map[string]any{"url": address}, nil)
	return c
}

func (c *chromium) read(r io.Reader, done chan<- struct{}) {
	defer close(done)
	in := bufio.NewReader(r)
	for {
		b, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID     int
			Method string
			Result json.RawMessage
			Error  json.RawMessage
		}
		if json.Unmarshal(bytes.TrimSuffix(b, []byte{0}), &m) != nil {
			continue
		}
		c.mu.Lock()
		switch m.Method {
		case "Runtime.exceptionThrown", "Log.entryAdded":
			c.noise = append(c.noise, string(b))
		}
		if answer := c.answers[m.ID]; answer != nil {
			if m.Error != nil {
				m.Result = nil
				c.noise = append(c.noise, string(m.Error))
			}
			answer <- m.Result
		}
		c.mu.Unlock()
	}
}

func (c *chromium) call(method string, params, result any) {
	c.t.Helper()
	c.mu.Lock()
	c.next++
	id, answer := c.next, make(chan json.RawMessage, 1)
	c.answers[id] = answer
	m := map[string]any{"id": id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if c.session != "" && method != "Browser.close" {
		m["sessionId"] = c.session
	}
	c.mu.Unlock()
	b, err := json.Marshal(m)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.w.Write(append(b, 0)); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	select {
	case raw := <-answer:
		if result != nil {
			if err := json.Unmarshal(raw, result); err != nil {
				c.t.Fatalf("%s: %v: %s", method, err, raw)
			}
		}
	case <-time.After(30 * time.Second):
		c.t.Fatalf("%s: no answer", method)
	}
}

// eval gives the value of an expression; a promise is waited for.
func (c *chromium) eval(expression string) any {
	c.t.Helper()
	var out struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	c.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &out)
	if out.ExceptionDetails != nil {
		c.t.Fatalf("%s: %s", expression, out.ExceptionDetails)
	}
	return out.Result.Value
}

// until waits until a condition holds in the page.
func (c *chromium) until(condition string) {
	c.t.Helper()
	got := c.eval(`new Promise((done) => { const end = Date.now() + 15000; const look = () => {
		let ok = false; try { ok = ` + condition + `; } catch { }
		if (ok || Date.now() > end) done(Boolean(ok)); else setTimeout(look, 20); }; look(); })`)
	if got != true {
		c.t.Fatalf("never: %s; the page says %v", condition, c.eval("document.body.innerText"))
	}
}

// key strikes a key of the keyboard.
func (c *chromium) key(key, text string) {
	c.t.Helper()
	c.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": key, "text": text}, nil)
	c.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key}, nil)
}

// screen sets the size of the window and the colour scheme.
func (c *chromium) screen(width, height int, scheme string) {
	c.t.Helper()
	c.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	c.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// shot writes a picture of the whole page.
func (c *chromium) shot(file string) {
	c.t.Helper()
	var out struct{ Data string }
	c.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &out)
	b, err := base64.StdEncoding.DecodeString(out.Data)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// quiet fails the test where the page complained: an exception, a refused load, a policy that was broken. What the
// cabinet does not let a hand do, status 409, a browser logs too.
func (c *chromium) quiet() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.noise {
		if strings.Contains(n, "status of 409") {
			continue
		}
		c.t.Errorf("the page complains: %s", n)
	}
}
