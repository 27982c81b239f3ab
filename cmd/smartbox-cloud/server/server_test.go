package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"smartbox/cloud/directory"
	"smartbox/cmd/internal/demo"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The broker's library keeps one for the life of the program.
		goleak.IgnoreTopFunction("github.com/nats-io/nats-server/v2/server.(*cacheControl).run"),
	)
}

// loopback is a cloud that nobody else can be in the way of.
func loopback(data string) Config {
	return Config{Data: data, HTTPS: "127.0.0.1:0", HTTP: "127.0.0.1:0", MQTT: "127.0.0.1:0", Metrics: "127.0.0.1:0"}
}

// start runs a cloud until stop.
func start(t *testing.T, cfg Config) (c *Cloud, stop func()) {
	t.Helper()
	c, err := New(t.Context(), cfg, Deps{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return c, stop
}

// get asks as curl would.
func get(t *testing.T, client *http.Client, url, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func plainClient(t *testing.T) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// A first start makes everything and shows a token, once; it works at both listeners, and after a restart.
func TestFirstStart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "cloud")
	c, stop := start(t, loopback(data))
	var out bytes.Buffer
	if err := firstStart(t.Context(), c.Directory(), &out); err != nil {
		t.Fatal(err)
	}
	token := regexp.MustCompile(`sbt_\S+`).FindString(out.String())
	if token == "" {
		t.Fatalf("no token in %q", out.String())
	}
	out.Reset()
	if err := firstStart(t.Context(), c.Directory(), &out); err != nil || out.Len() > 0 {
		t.Errorf("a second start said %q (%v)", out.String(), err)
	}
	client := plainClient(t)
	if status, text := get(t, client, c.Plain()+"/v1/members", token); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := get(t, client, c.Plain()+"/v1/members", token+"x"); status != http.StatusUnauthorized {
		t.Errorf("a wrong token: %d", status)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _ := get(t, client, c.Plain()+path, ""); status != http.StatusNoContent {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, text := get(t, client, "http://"+c.metrics.Addr().String()+"/metrics", ""); status != http.StatusOK ||
		!strings.Contains(text, `smartbox_cloud_request_seconds_count{method="GET",status="401"} 1`) ||
		!strings.Contains(text, "smartbox_fleet_boxes_online 0") {
		t.Errorf("%d %s", status, text)
	}

	root, err := os.ReadFile(filepath.Join(data, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	if status, text := get(t, &http.Client{Transport: transport}, c.URL()+"/v1/members", token); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	for _, name := range []string{"keys/authority.pem", "keys/seal.key", "keys/sign-state.pem", "keys/sign-orders.pem", "cloud.db"} {
		if info, err := os.Stat(filepath.Join(data, name)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v, want for its owner alone", name, info, err)
		}
	}
	stop()

	c, _ = start(t, loopback(data))
	if status, text := get(t, client, c.Plain()+"/v1/members", token); status != http.StatusOK {
		t.Errorf("after a restart: %d %s", status, text)
	}
}

// The demonstration is there after one run, and no more of it after two.
func TestDemoTwice(t *testing.T) {
	cfg := loopback(filepath.Join(t.TempDir(), "cloud"))
	f, err := demo.File()
	if err != nil {
		t.Fatal(err)
	}
	c, _ := start(t, cfg)
	first, err := FillDemo(t.Context(), c.Directory(), cfg.Data, f)
	if err != nil {
		t.Fatal(err)
	}
	before := count(t, c, first)
	again, err := FillDemo(t.Context(), c.Directory(), cfg.Data, f)
	if err != nil {
		t.Fatal(err)
	}
	if first != again || before != count(t, c, again) {
		t.Errorf("%v then %v, %s then %s", first.Org, again.Org, before, count(t, c, again))
	}
	if want := "9 members, 7 keys, 8 slots"; before != want { // eight people, and the administrator
		t.Errorf("%s, want %s", before, want)
	}
}

func count(t *testing.T, c *Cloud, d Demo) string {
	t.Helper()
	n := func(path string) int {
		status, text := get(t, plainClient(t), c.Plain()+path, d.Token)
		var page struct{ Items []any }
		if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, text)
		}
		return len(page.Items)
	}
	return fmt.Sprintf("%d members, %d keys, %d slots", n("/v1/members"), n("/v1/keys"), n("/v1/slots"))
}

// A backup is made while the cloud works; restored elsewhere it is the same cloud, in a new epoch.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	cfg := loopback(filepath.Join(dir, "cloud"))
	c, stop := start(t, cfg)
	cfg.Default()
	f, err := demo.File()
	if err != nil {
		t.Fatal(err)
	}
	d, err := FillDemo(t.Context(), c.Directory(), cfg.Data, f)
	if err != nil {
		t.Fatal(err)
	}
	was, err := c.Directory().State(t.Context(), d.Box)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "backup")
	if err := Backup(t.Context(), cfg, "test", file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if err := Backup(t.Context(), cfg, "test", file); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another backup: %v", err)
	}
	before := count(t, c, d)
	if _, err := Restore(t.Context(), cfg, file); !errors.Is(err, ErrBackup) {
		t.Errorf("over a cloud: %v", err)
	}
	stop()

	there := loopback(filepath.Join(dir, "elsewhere"))
	there.Default()
	n, err := Restore(t.Context(), there, file)
	if err != nil || n != 1 {
		t.Fatalf("%d boxes, %v", n, err)
	}
	c, _ = start(t, there)
	if got := count(t, c, d); got != before {
		t.Errorf("%s, want %s", got, before)
	}
	now, err := c.Directory().State(t.Context(), d.Box)
	if err != nil || now.Epoch == was.Epoch || now.Digest != was.Digest {
		t.Errorf("epoch %d, was %d; %v", now.Epoch, was.Epoch, err)
	}
	if _, err := c.Directory().BoxKey(t.Context(), d.Box); err != nil && !errors.Is(err, directory.ErrNotFound) {
		t.Errorf("what was sealed does not open: %v", err)
	}
}

// A backup that is cut short, or none at all, leaves nothing behind that a cloud would start on.
func TestRestoreRefuses(t *testing.T) {
	dir := t.TempDir()
	cfg := loopback(filepath.Join(dir, "cloud"))
	_, stop := start(t, cfg)
	stop()
	cfg.Default()
	file := filepath.Join(dir, "backup")
	if err := Backup(t.Context(), cfg, "test", file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "no backup": []byte("hello"), "half": whole[:len(whole)/2],
		"a path that leads away": bytes.Replace(whole, []byte("keys/seal.key"), []byte("keys/../../a\x00"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			bad := filepath.Join(t.TempDir(), "backup")
			if err := os.WriteFile(bad, b, 0o600); err != nil {
				t.Fatal(err)
			}
			to := loopback(filepath.Join(t.TempDir(), "cloud"))
			to.Default()
			if _, err := Restore(t.Context(), to, bad); !errors.Is(err, ErrBackup) {
				t.Errorf("%v, want an ErrBackup", err)
			}
			left, err := os.ReadDir(to.Data)
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// The program says what is wrong and what to do, and with which exit code.
func TestMainCodes(t *testing.T) {
	data := filepath.Join(t.TempDir(), "cloud")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"fly"}, 2, `"fly" is not a verb`},
		{[]string{"serve", "now"}, 2, "1 arguments too many"},
		{[]string{"serve", "--colour"}, 2, "unknown flag"},
		{[]string{"serve", "--url", "http://x"}, 1, "url:"},
		{[]string{"serve", "--config", "/nowhere.yaml"}, 1, "leave --config out"},
		{[]string{"migrate", "--data", data}, 0, "migrated"},
		{[]string{"migrate", "--data", data}, 0, "nothing to do"},
		{[]string{"demo", "--data", data}, 0, "sbt_"},
		{[]string{"demo", "--data", data}, 0, DemoName},
		{[]string{"backup", "--data", data, "-o", filepath.Join(data, "b")}, 0, "written:"},
		{[]string{"restore", "--data", data + "2", "-i", filepath.Join(data, "b")}, 0, "a new epoch for 1 boxes"},
		{[]string{"backup", "--data", data + "3"}, 1, "is --data the directory of a cloud?"},
	} {
		var out, errs bytes.Buffer
		code := Main(t.Context(), c.args, &out, &errs, Deps{Version: "test"})
		if code != c.code || !strings.Contains(out.String()+errs.String(), c.want) {
			t.Errorf("%q: exit %d\n%s%s\nwant %d and %q", c.args, code, out.String(), errs.String(), c.code, c.want)
		}
	}
}
