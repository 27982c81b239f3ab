package simulator

import (
	"errors"
	"net"
	"syscall"
)

// listen takes the address, or, where somebody has it already, any free port of the same host.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr) //nolint:noctx // it does not block
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	host, _, splitErr := net.SplitHostPort(addr)
	if splitErr != nil {
		return nil, err
	}
	return net.Listen("tcp", net.JoinHostPort(host, "0")) //nolint:noctx // see above
}
