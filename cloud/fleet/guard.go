package fleet

import (
	"context"
	"crypto/subtle"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/cloud/trust"
	"smartbox/sync/wire"
)

const (
	askPatience = 10 * time.Second // for the directory, when a box connects
	watchEvery  = time.Minute
)

// guard decides who may connect to the embedded broker, and what a client may say and hear. It stands between the TLS
// handshake, which has verified the certificate's chain, and the session.
type guard struct {
	states    trust.States
	log       zerolog.Logger
	accountOf func(smartbox.BoxID) int
	accounts  []*server.Account
	kick      func(id uint64)
	lines     []*line // of the fleet, by account
	secret    string  // of this process: the certificate alone would let in the fleets of other replicas, which need not

	mu    sync.Mutex
	boxes map[smartbox.BoxID]guest
}

// guest is a box's newest connection. An older one of the same box was ended by the broker when this one came, for it
// has the same client id.
type guest struct {
	id   uint64
	cert *x509.Certificate
}

func newGuard(states trust.States, log zerolog.Logger, accountOf func(smartbox.BoxID) int) *guard {
	return &guard{states: states, log: log, accountOf: accountOf, secret: newSecret(), boxes: map[smartbox.BoxID]guest{}}
}

// Check is the method of server.Authentication.
func (g *guard) Check(c server.ClientAuthentication) bool {
	user, err := g.admit(c)
	if err != nil {
		g.log.Warn().Err(err).Stringer("from", c.RemoteAddress()).Msg("connection refused")
		return false
	}
	c.RegisterUser(user)
	return true
}

func (g *guard) admit(c server.ClientAuthentication) (*server.User, error) {
	cs := c.GetTLSConnectionState()
	if cs == nil || len(cs.VerifiedChains) == 0 {
		return nil, fmt.Errorf("%w: no certificate", errGuest)
	}
	cert := cs.PeerCertificates[0]
	if trust.IsCloud(cert) {
		return g.admitFleet(c)
	}
	ctx, cancel := context.WithTimeout(context.Background(), askPatience)
	defer cancel()
	box, err := trust.Check(ctx, g.states, cert)
	if err != nil {
		return nil, err
	}
	// What a box says before the fleet listens would be lost, and the box would wait for an answer in vain.
	select {
	case <-g.lines[g.accountOf(box)].listening:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: the fleet does not listen yet", errGuest)
	}
	// A session belongs to a client id. A box that could choose it could end another's session and take its messages.
	if !hasClientID(c, box.String()) {
		return nil, fmt.Errorf("%w: box %q must have its id as client id", errGuest, box)
	}
	g.mu.Lock()
	g.boxes[box] = guest{c.GetID(), cert}
	g.mu.Unlock()
	return &server.User{
		Username: box.String(), Account: g.accounts[g.accountOf(box)], ConnectionDeadline: cert.NotAfter,
		Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: []string{subject(wire.Uplinks(box))}},
			// The second is the inbox that the broker itself subscribes to on behalf of a session of QoS 1; its name is
			// random, and a client cannot name it as a topic.
			Subscribe: &server.SubjectPermission{Allow: []string{subject(wire.Downlinks(box)), "$MQTT.sub.*"}},
		},
	}, nil
}

func (g *guard) admitFleet(c server.ClientAuthentication) (*server.User, error) {
	o := c.GetOpts()
	if subtle.ConstantTimeCompare([]byte(o.Password), []byte(g.secret)) != 1 {
		return nil, fmt.Errorf("%w: a fleet of another process", errGuest)
	}
	for i, a := range g.accounts {
		if accountName(i) == o.Username {
			return &server.User{Username: o.Username, Account: a}, nil
		}
	}
	return nil, fmt.Errorf("%w: no such account", errGuest)
}

// hasClientID looks at the client's text, for the MQTT client id is told nowhere else: it is appended, quoted, before a
// client is authorised (nats-server, mqtt.go, mqttParse).
func hasClientID(c server.ClientAuthentication, id string) bool {
	s, ok := c.(fmt.Stringer)
	return ok && strings.HasSuffix(s.String(), " - "+strconv.Quote(id))
}

// subject is how NATS writes an MQTT filter or topic of ours, which have no character that it would escape.
func subject(filter string) string {
	return strings.NewReplacer("/", ".", "+", "*").Replace(filter)
}

func (g *guard) kickBox(box smartbox.BoxID) {
	g.mu.Lock()
	at, ok := g.boxes[box]
	delete(g.boxes, box)
	g.mu.Unlock()
	if ok {
		g.kick(at.id)
	}
}

// watch ends connections whose certificates were revoked since they began, whichever replica was told of it.
func (g *guard) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			g.sweep(ctx)
		}
	}
}

func (g *guard) sweep(ctx context.Context) {
	g.mu.Lock()
	boxes := make([]smartbox.BoxID, 0, len(g.boxes))
	certs := make(map[smartbox.BoxID]*x509.Certificate, len(g.boxes))
	for box, at := range g.boxes {
		boxes = append(boxes, box)
		certs[box] = at.cert
	}
	g.mu.Unlock()
	slices.Sort(boxes)
	for _, box := range boxes {
		if _, err := trust.Check(ctx, g.states, certs[box]); isRevoked(err) {
			g.log.Warn().Stringer("box", box).Msg("connection ended: its certificate is no longer accepted")
			g.kickBox(box)
		}
	}
}
