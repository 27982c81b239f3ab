package simulator

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"smartbox"
	"smartbox/cloud/directory"
	"smartbox/cloud/trust"
	"smartbox/cmd/smartbox-cloud/server"
	"smartbox/cmd/smartboxd/daemon"
	"smartbox/sync/enrol"
	"smartbox/sync/snapfile"
)

// enrolLimit bounds enrolment, which goes over loopback.
const enrolLimit = 30 * time.Second

// cloudSide is a cloud in this process, with the demonstration in it.
type cloudSide struct {
	c     *server.Cloud
	demo  server.Demo
	cable *cable
	ended <-chan struct{} // closed once it has ended
	stop  func() error
}

// online opens a cloud, and a box that enrols with it and gets its people from it.
func (s *Simulator) online(o Options, f *snapfile.File) (err error) {
	for i := range f.Users {
		f.Users[i].Backup = nil // the cloud makes them itself, and shows them once
	}
	if s.cloud, err = startCloud(o, filepath.Join(o.Data, "cloud"), f); err != nil {
		return err
	}
	dir := filepath.Join(o.Data, "box")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	if err := s.cloud.enrol(dir); err != nil {
		return err
	}
	return s.box(o, f, daemon.Config{Data: dir})
}

// startCloud runs a cloud on embedded parts in a directory, and fills it with the people of the file.
func startCloud(o Options, dir string, f *snapfile.File) (_ *cloudSide, err error) {
	wire, err := newCable(o.MQTT)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	broker := "127.0.0.1:0" // the box reaches it by the cable alone
	c, err := server.New(ctx, server.Config{
		Data: dir, HTTPS: free(o.HTTPS), HTTP: free(o.API), MQTT: broker, MQTTURL: "ssl://" + wire.l.Addr().String(),
		Log: server.Log{Level: o.LogLevel, Format: "console"},
	}, server.Deps{Log: o.Log, Poll: time.Second, Version: o.Version})
	if err != nil {
		cancel()
		return nil, errors.Join(err, wire.close())
	}
	wire.run(c.BrokerAddr())
	ended := make(chan struct{})
	var result error
	go func() {
		defer close(ended)
		result = c.Run(ctx)
	}()
	s := &cloudSide{c: c, cable: wire, ended: ended, stop: sync.OnceValue(func() error {
		cancel()
		<-ended
		return errors.Join(result, wire.close())
	})}
	if s.demo, err = server.FillDemo(ctx, c.Directory(), dir, f); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// free is the address, or, where somebody has it already, one with any free port of the same host.
func free(addr string) string {
	l, err := listen(addr)
	if err != nil {
		return addr // whoever listens there says why it cannot be
	}
	defer l.Close() //nolint:errcheck // nobody has connected
	if l.Addr().String() == addr {
		return addr
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return net.JoinHostPort(host, "0")
}

// enrol makes the box part of the cloud, as `smartboxctl enrol` does, unless it is already.
func (s *cloudSide) enrol(dir string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), enrolLimit)
	defer cancel()
	keys, err := enrol.OpenKeyStore(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	key, err := keys.Key()
	if err != nil {
		return err
	}
	store := enrol.Store{Dir: dir, BoxKey: filepath.Join(dir, "box.key")}
	if done, err := s.enrolled(ctx, store, key); err != nil || done {
		return err
	}
	link, err := s.c.Claim(ctx, directory.SystemActor(s.demo.Org), s.demo.Box)
	if err != nil {
		return err
	}
	if _, err := enrol.Enrol(ctx, link, keys, store); err != nil {
		return fmt.Errorf("enrol the box: %w", err)
	}
	return nil
}

// enrolled reports whether what the box has kept is good for this cloud at its addresses of today.
func (s *cloudSide) enrolled(ctx context.Context, store enrol.Store, key crypto.Signer) (bool, error) {
	id, err := store.Load(key)
	if errors.Is(err, enrol.ErrNotEnrolled) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	state, err := s.c.Directory().State(ctx, s.demo.Box)
	if err != nil {
		return false, err
	}
	return id.Cloud == s.c.URL() && id.Broker == s.c.Broker() &&
		state.Identity.Fingerprint == trust.IdentityOf(id.Leaf).Fingerprint, nil
}

// inForce waits until the box has what the cloud wants it to have.
func (s *cloudSide) inForce(ctx context.Context) error {
	for {
		state, err := s.c.Directory().State(ctx, s.demo.Box)
		if err != nil {
			return err
		}
		if state.AppliedEpoch == state.Epoch && state.AppliedVersion == state.Version {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// tell says where the cloud is, and what to try.
func (s *cloudSide) tell(w io.Writer, page string) {
	at, anna := s.c.Plain()+"/v1", smartbox.MustID[smartbox.User]("anna")
	_, _ = fmt.Fprintf(w, `
The cloud's API is at %[1]s (its document: %[2]s/openapi.json)
  TOKEN=%[3]s
  curl -H "Authorization: Bearer $TOKEN" -X POST %[1]s/members/%[4]s/suspend       # her code is refused from now on: try it
  curl -H "Authorization: Bearer $TOKEN" '%[1]s/events?kind=access-refused'     # the cloud knows that she was refused
  curl -H "Authorization: Bearer $TOKEN" %[1]s/events/ID/why                    # and why
Pull the network with   curl -d out %[5]scable   and plug it in with   curl -d in %[5]scable
`, at, s.c.Plain(), s.demo.Token, anna, page)
}
