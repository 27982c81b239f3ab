package daemon

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"golang.org/x/sys/unix"
)

type peerKey struct{}

// rememberPeer keeps the user id of the process at the other end of a Unix socket (SO_PEERCRED, unix(7)) for actorOf.
func rememberPeer(ctx context.Context, c net.Conn) context.Context {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ctx
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return ctx
	}
	var cred *unix.Ucred
	var got error
	err = raw.Control(func(fd uintptr) { cred, got = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err != nil || got != nil {
		return ctx
	}
	return context.WithValue(ctx, peerKey{}, fmt.Sprintf("uid:%d", cred.Uid))
}

// actorOf is who asks: "uid:1000"; "" where the kernel did not say.
func actorOf(r *http.Request) string {
	s, _ := r.Context().Value(peerKey{}).(string)
	return s
}
