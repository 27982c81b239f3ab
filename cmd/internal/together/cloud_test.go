package together

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"smartbox/cloud/api"
	"smartbox/cmd/internal/demo"
	"smartbox/cmd/smartbox-cloud/server"
	"smartbox/sync/snapfile"
)

// cloudEnd is the cloud of a test, on a directory that outlives it.
type cloudEnd struct {
	t    testing.TB
	cfg  server.Config
	deps server.Deps
	logs *safeBuffer
	file *snapfile.File

	c    *server.Cloud
	demo server.Demo
	stop func() error
}

// newCloud starts a cloud with the demonstration in it. mqttURL is what boxes are told.
func newCloud(t testing.TB, mqttURL string) *cloudEnd {
	t.Helper()
	f, err := demo.File()
	if err != nil {
		t.Fatal(err)
	}
	e := &cloudEnd{t: t, logs: &safeBuffer{}, file: f}
	e.cfg = server.Config{
		Data: filepath.Join(t.TempDir(), "cloud"), HTTPS: freeAddr(t), HTTP: freeAddr(t), MQTT: freeAddr(t), MQTTURL: mqttURL,
		Log: server.Log{Level: "info"},
	}
	e.deps = server.Deps{
		Log: e.logs, Poll: time.Second,
		Limits: api.Limits{Rate: 10_000, Burst: 10_000, EnrolOnce: 1000, Enrol: time.Millisecond},
	}
	t.Cleanup(func() {
		if e.stop != nil {
			e.end()
		}
		if t.Failed() && os.Getenv("SMARTBOX_LOGS") != "" {
			t.Logf("cloud:\n%s", e.logs)
		}
	})
	return e
}

// start runs the cloud until end, or the end of the test.
func (e *cloudEnd) start() {
	e.t.Helper()
	c, err := server.New(e.t.Context(), e.cfg, e.deps)
	if err != nil {
		e.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	e.c = c
	e.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	if e.demo, err = server.FillDemo(e.t.Context(), c.Directory(), e.cfg.Data, e.file); err != nil {
		e.t.Fatal(err)
	}
}

// end stops the cloud in good order.
func (e *cloudEnd) end() {
	e.t.Helper()
	if err := e.stop(); err != nil {
		e.t.Error(err)
	}
	e.stop = nil
}

// api is a client with the demonstration's token.
func (e *cloudEnd) api() *rest {
	transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	e.t.Cleanup(transport.CloseIdleConnections)
	return &rest{
		t: e.t, base: func() string { return "http://" + e.cfg.HTTP }, token: e.demo.Token,
		http: &http.Client{Timeout: 30 * time.Second, Transport: transport},
	}
}

// freeAddr is an address on loopback that nothing listened on a moment ago, and that can be used again and again.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not block
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody has connected
	return l.Addr().String()
}

// safeBuffer is a buffer for logs.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
