package server

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"smartbox/internal/strictyaml"
)

// Config is what a cloud is told by its configuration file or the command line. The zero value, with Default, is a cloud
// on embedded parts on this machine.
type Config struct {
	Data     string `yaml:"data"`     // directory of keys, database file and broker; "" = DefaultData
	URL      string `yaml:"url"`      // "https://host:port" by which boxes and people reach it; "" = from https
	HTTPS    string `yaml:"https"`    // host:port of API and enrolment, under the cloud's own authority; "" = ":8443"
	HTTP     string `yaml:"http"`     // host:port of the API without TLS, for this machine or a proxy before it; "" = off
	MQTT     string `yaml:"mqtt"`     // host:port of the embedded broker; "" = ":8883"
	MQTTURL  string `yaml:"mqtt_url"` // "ssl://host:port" by which boxes reach the broker, where it is not the one above; "" = from url and mqtt
	Broker   string `yaml:"broker"`   // URL of another MQTT 3.1.1 broker, "ssl://host:port"; "" = the embedded one
	Database string `yaml:"database"` // "sqlite:file" or "postgres://…"; "" = sqlite, cloud.db in Data
	Metrics  string `yaml:"metrics"`  // host:port for Prometheus; "" = off
	Log      Log    `yaml:"log"`
}

// Log says what goes to standard error.
type Log struct {
	Level  string `yaml:"level"`  // trace, debug, info, warn, error; "" = info
	Format string `yaml:"format"` // json or console; "" = json
}

// DefaultData is the data directory where nothing else is said.
const DefaultData = "smartbox-cloud.data"

// ErrConfig says that the configuration cannot be used. The error that wraps it names the field and the mend.
var ErrConfig = errors.New("configuration")

// LoadConfig reads a file; see ParseConfig.
func LoadConfig(path string) (Config, error) {
	b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w: write one, or leave --config out", ErrConfig, err)
	}
	c, err := ParseConfig(b)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ParseConfig reads YAML, strictly: a field that is unknown, doubled or of the wrong type is an error with line and
// column. Defaults are not filled in, so that the command line can have its say. The error wraps ErrConfig.
func ParseConfig(b []byte) (Config, error) {
	var c Config
	if err := strictyaml.Decode(b, &c); err != nil {
		return Config{}, fmt.Errorf("%w: %s", ErrConfig, strictyaml.Explain(b, err, Config{}))
	}
	return c, nil
}

// Default fills in what was left out.
func (c *Config) Default() {
	def := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	def(&c.Data, DefaultData)
	def(&c.HTTPS, ":8443")
	if c.Broker == "" {
		def(&c.MQTT, ":8883")
	}
	def(&c.Database, "sqlite:"+filepath.Join(c.Data, databaseName))
	def(&c.Log.Level, "info")
	def(&c.Log.Format, "json")
}

const databaseName = "cloud.db"

// Check names every field that cannot be used. The error wraps ErrConfig.
func (c *Config) Check() error {
	var all []error
	bad := func(field, format string, a ...any) {
		all = append(all, fmt.Errorf("%w: %s: %s", ErrConfig, field, fmt.Sprintf(format, a...)))
	}
	for _, f := range []struct{ name, value string }{
		{"https", c.HTTPS}, {"http", c.HTTP}, {"mqtt", c.MQTT}, {"metrics", c.Metrics},
	} {
		if _, _, err := net.SplitHostPort(f.value); f.value != "" && err != nil {
			bad(f.name, "%q is not host:port, such as 127.0.0.1:8443", f.value)
		}
	}
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			bad("url", "%q is not https://host:port: boxes enrol there, and see nothing else of it", c.URL)
		}
	}
	if c.MQTTURL != "" {
		if u, err := url.Parse(c.MQTTURL); err != nil || u.Host == "" || (u.Scheme != "ssl" && u.Scheme != "tcp") {
			bad("mqtt_url", "%q is not ssl://host:port", c.MQTTURL)
		}
	}
	if c.Broker != "" {
		if c.MQTT != "" {
			bad("mqtt", "the embedded broker listens there, but broker: names another one: leave one of them out")
		}
		if u, err := url.Parse(c.Broker); err != nil || u.Host == "" || (u.Scheme != "ssl" && u.Scheme != "tcp") {
			bad("broker", "it is not ssl://host:port or tcp://host:port") // it may hold a password
		}
	}
	if !strings.HasPrefix(c.Database, "sqlite:") && !strings.HasPrefix(c.Database, "postgres:") && !strings.HasPrefix(c.Database, "postgresql:") {
		bad("database", `it is neither "sqlite:path/to/file.db" nor "postgres://user@host/name"`) // likewise
	}
	if l, err := zerolog.ParseLevel(c.Log.Level); err != nil || l == zerolog.NoLevel {
		bad("log.level", "%q is no level: use trace, debug, info, warn or error", c.Log.Level)
	}
	if c.Log.Format != "json" && c.Log.Format != "console" {
		bad("log.format", "%q is no format: use json or console", c.Log.Format)
	}
	return errors.Join(all...)
}
