package together

import (
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// child is the cloud as a process of its own, on the directory and the addresses of a cloudEnd that does not run.
type child struct {
	t   testing.TB
	of  *cloudEnd
	cmd *exec.Cmd
}

func newChild(t testing.TB, of *cloudEnd) *child {
	c := &child{t: t, of: of}
	t.Cleanup(c.kill)
	return c
}

// start runs it and waits until it answers.
func (c *child) start() {
	c.t.Helper()
	cfg := c.of.cfg
	c.cmd = exec.Command(os.Args[0], "serve", "--data", cfg.Data, "--https", cfg.HTTPS, "--http", cfg.HTTP, //nolint:noctx,gosec // it is killed; this program, told its own addresses
		"--mqtt", cfg.MQTT, "--mqtt-url", cfg.MQTTURL, "--log", "warn")
	c.cmd.Env = append(os.Environ(), roleVar+"=cloud")
	c.cmd.Stderr = c.of.logs
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	until(c.t, "the cloud to answer", func() bool {
		res, err := client.Get("http://" + cfg.HTTP + "/readyz") //nolint:noctx // until has a limit
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusNoContent
	})
}

// kill ends it at once, wherever it is.
func (c *child) kill() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	c.cmd = nil
}

// end lets it stop in good order.
func (c *child) end() {
	c.t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("the cloud ended with %v\n%s", err, c.of.logs)
	}
	c.cmd = nil
}
