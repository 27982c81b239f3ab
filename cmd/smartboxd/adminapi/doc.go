// Package adminapi is how the technician's tool speaks with the box daemon: HTTP and JSON over a Unix socket. It holds
// the messages and a Client; the daemon serves them.
//
// Who may connect is the socket's file mode and group; who did is what the kernel says of the other end
// (SO_PEERCRED), and stands in the events as "uid:1000". Events carry ids; the names beside them are looked up in
// the view in force when they are shown, and are blank for what is no longer in it.
package adminapi
