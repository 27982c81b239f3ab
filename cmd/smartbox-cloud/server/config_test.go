package server

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const wholeConfig = `
data: /var/lib/smartbox-cloud
url: https://cloud.example:8443
https: :8443
http: 127.0.0.1:8080
mqtt: :8883
mqtt_url: ssl://boxes.example:8883
database: postgres://cloud@db/smartbox
metrics: 127.0.0.1:9465
log: {level: debug, format: console}
`

func TestParseConfig(t *testing.T) {
	got, err := ParseConfig([]byte(wholeConfig))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Data: "/var/lib/smartbox-cloud", URL: "https://cloud.example:8443", HTTPS: ":8443", HTTP: "127.0.0.1:8080", MQTT: ":8883",
		MQTTURL: "ssl://boxes.example:8883", Database: "postgres://cloud@db/smartbox", Metrics: "127.0.0.1:9465",
		Log: Log{Level: "debug", Format: "console"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
}

// Without a word, everything is on this machine and in one directory.
func TestDefault(t *testing.T) {
	var c Config
	c.Default()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	want := Config{
		Data: DefaultData, HTTPS: ":8443", MQTT: ":8883", Database: "sqlite:" + DefaultData + "/cloud.db",
		Log: Log{Level: "info", Format: "json"},
	}
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown field", "date: /d\n", "[1:1] unknown field \"date\": here may stand "},
		{"doubled field", "data: /d\ndata: /e\n", "[2:1]"},
		{"wrong type", "data: [1]\n", "[1:7]"},
		{"no YAML", "data: [", "["},
		{"bad address", "https: everywhere\n", "https:"},
		{"plain URL", "url: http://cloud.example\n", "url:"},
		{"URL with a path", "url: https://cloud.example/boxes\n", "url:"},
		{"two brokers", "mqtt: :8883\nbroker: ssl://b.example:8883\n", "mqtt:"},
		{"bad broker", "broker: mqtt://user:hunter2@b.example\n", "broker:"},
		{"bad database", "database: mysql://user:hunter2@db/x\n", "database:"},
		{"bad level", "log: {level: loud}\n", "log.level"},
		{"bad format", "log: {format: xml}\n", "log.format"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf, err := ParseConfig([]byte(c.text))
			if err == nil {
				conf.Default()
				err = conf.Check()
			}
			if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant an ErrConfig with %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Error("the error tells a password")
			}
		})
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(wholeConfig))
	f.Add([]byte("data: &a [*a]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if err != nil && !errors.Is(err, ErrConfig) {
			t.Errorf("%v is no ErrConfig", err)
		}
		c.Default()
		_ = c.Check()
	})
}
