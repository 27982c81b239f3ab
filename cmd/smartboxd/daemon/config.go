package daemon

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/internal/strictyaml"
	"smartbox/sync/wire"
)

// Config is what a box is told by its configuration file. The zero value lacks Box, Profile and Data.
type Config struct {
	Box         string   `yaml:"box"`          // id of the box, as in its snapshots
	Profile     string   `yaml:"profile"`      // name of a built-in board profile, or path of a file
	Data        string   `yaml:"data"`         // directory of journal and store; made where it is missing
	Socket      string   `yaml:"socket"`       // of the local administration; "" = Data/admin.sock
	Metrics     string   `yaml:"metrics"`      // host:port for Prometheus; "" = off
	TrustedKeys []string `yaml:"trusted_keys"` // one or two public keys in base64, whose snapshots are believed
	KeyFile     string   `yaml:"key_file"`     // of the box key; "" = Data/box.key
	Cloud       Cloud    `yaml:"cloud"`
	Log         Log      `yaml:"log"`
}

// Log says what goes to standard error.
type Log struct {
	Level  string `yaml:"level"`  // trace, debug, info, warn, error; "" = info
	Format string `yaml:"format"` // json or console; "" = json
}

// ErrConfig says that the configuration cannot be used. The error that wraps it names the field and the mend.
var ErrConfig = errors.New("configuration")

// LoadConfig reads a file; see ParseConfig.
func LoadConfig(path string) (Config, error) {
	b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w: write one, or name it with --config", ErrConfig, err)
	}
	c, err := ParseConfig(b)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ParseConfig reads YAML, strictly: a field that is unknown, doubled or of the wrong type is an error with line and
// column. The defaults are filled in and the whole is checked; the error wraps ErrConfig.
func ParseConfig(b []byte) (Config, error) {
	var c Config
	if err := strictyaml.Decode(b, &c); err != nil {
		return Config{}, fmt.Errorf("%w: %s", ErrConfig, strictyaml.Explain(b, err, Config{}))
	}
	c.Default()
	if err := c.Check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Default fills in what was left out.
func (c *Config) Default() {
	if c.Socket == "" {
		c.Socket = filepath.Join(c.Data, "admin.sock")
	}
	if c.KeyFile == "" {
		c.KeyFile = filepath.Join(c.Data, "box.key")
	}
	if c.Log.Level == "" {
		c.Log.Level = "info"
	}
	if c.Log.Format == "" {
		c.Log.Format = "json"
	}
}

// Check names every field that cannot be used. The error wraps ErrConfig.
func (c *Config) Check() error {
	var all []error
	bad := func(field, format string, a ...any) {
		all = append(all, fmt.Errorf("%w: %s: %s", ErrConfig, field, fmt.Sprintf(format, a...)))
	}
	if id, err := smartbox.ParseID[smartbox.Box](c.Box); err != nil || id == 0 {
		bad("box", "%q is not the id of a box: give 1 to %d of a-z, 0-9 and '-'", c.Box, smartbox.MaxID)
	}
	if c.Profile == "" {
		bad("profile", "missing: name a built-in board profile or a file")
	}
	if c.Data == "" {
		bad("data", "missing: name the directory for the box's records, such as /var/lib/smartbox")
	}
	if c.Metrics != "" {
		if _, _, err := net.SplitHostPort(c.Metrics); err != nil {
			bad("metrics", "%q is not host:port, such as 127.0.0.1:9464", c.Metrics)
		}
	}
	if _, err := c.trusted(); err != nil {
		bad("trusted_keys", "%v", err)
	}
	if at, err := url.Parse(c.Cloud.URL); c.Cloud.URL != "" && (err != nil || at.Host == "") {
		bad("cloud.url", "%q is no address of a broker: write it like ssl://cloud.example:8883, or leave it out", c.Cloud.URL)
	}
	if l, err := zerolog.ParseLevel(c.Log.Level); err != nil || l == zerolog.NoLevel {
		bad("log.level", "%q is no level: use trace, debug, info, warn or error", c.Log.Level)
	}
	if c.Log.Format != "json" && c.Log.Format != "console" {
		bad("log.format", "%q is no format: use json or console", c.Log.Format)
	}
	return errors.Join(all...)
}

// trusted are the keys whose snapshots are believed; none where the box gets its first one by hand.
func (c *Config) trusted() (wire.TrustedKeys, error) {
	if len(c.TrustedKeys) == 0 {
		return nil, nil
	}
	return wire.ParseTrustedKeys([]byte(strings.Join(c.TrustedKeys, "\n")))
}
