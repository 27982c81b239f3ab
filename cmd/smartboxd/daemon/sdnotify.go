package daemon

import (
	"errors"
	"net"
	"os"
	"strconv"
	"time"
)

// Notifier tells the service manager how the daemon fares, over the datagram socket of sd_notify(3). The zero value
// tells nobody.
type Notifier struct {
	Socket   string        // NOTIFY_SOCKET: a path, or '@' and an abstract name; "" = nobody
	Interval time.Duration // half of WATCHDOG_USEC; 0 = no watchdog
}

// NotifierFrom reads the environment that systemd sets; see sd_watchdog_enabled(3).
func NotifierFrom(getenv func(string) string) Notifier {
	n := Notifier{Socket: getenv("NOTIFY_SOCKET")}
	usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	pid := getenv("WATCHDOG_PID")
	if err == nil && usec > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		n.Interval = time.Duration(usec) * time.Microsecond / 2
	}
	return n
}

// States that a daemon tells of. Status adds a line for people.
const (
	notifyReady    = "READY=1"
	notifyStopping = "STOPPING=1"
	notifyWatchdog = "WATCHDOG=1"
	notifyStatus   = "STATUS="
)

// Tell sends one state, such as "READY=1" or "STATUS=...". Nobody listening is no error.
func (n Notifier) Tell(state string) (err error) {
	if n.Socket == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.Socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	_, err = c.Write([]byte(state))
	return err
}
