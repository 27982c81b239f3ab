package fleet

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"

	"smartbox"
	"smartbox/cloud/trust"
	"smartbox/sync/wire"
)

// BoxesPerShard is how many boxes one account of the embedded broker should have: what a message to everybody costs
// grows with the square of it.
const BoxesPerShard = 1000

// EmbeddedOptions are what an Embedded broker needs.
type EmbeddedOptions struct {
	Listen       string // "host:port" of the MQTT listener; port 0 = any free one
	Dir          string // of the broker's files
	Authority    *trust.Authority
	Certificates *trust.ServerCertificates
	States       trust.States // who is let in
	Boxes        int          // expected; sets the number of shards. 0 = up to BoxesPerShard
	Store        int64        // most bytes on disk; 0 = 4 GiB
	Cluster      *Cluster     // nil = this broker stands alone
	Log          zerolog.Logger
}

// Cluster makes brokers of several machines one. Each keeps what is under way on up to three of them.
type Cluster struct {
	Name   string   // of this machine; stays the same
	Listen string   // "host:port" for the other machines
	Peers  []string // "nats://host:port" of all
	Secret string   // shared; who has it is a part of the cluster
	TLS    *tls.Config
}

// Embedded is a broker in the cloud's own process: a NATS server with its MQTT listener over mutual TLS.
type Embedded struct {
	o      EmbeddedOptions
	server *server.Server
	guard  *guard
	shards int
	lines  []*line
	addr   string

	mu   sync.Mutex
	cert tls.Certificate
}

// NewEmbedded starts a broker. Close ends it.
func NewEmbedded(o EmbeddedOptions) (*Embedded, error) {
	e := &Embedded{o: o, shards: max(1, (o.Boxes+BoxesPerShard-1)/BoxesPerShard)}
	opts, err := e.natsOptions()
	if err != nil {
		return nil, err
	}
	e.guard = newGuard(o.States, o.Log, e.accountOf)
	opts.CustomClientAuthentication = e.guard
	if e.server, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	e.server.SetLoggerV2(natsLog{o.Log}, false, false, false)
	for i := range e.shards {
		account, err := e.server.LookupAccount(accountName(i))
		if err != nil {
			return nil, fmt.Errorf("embedded broker: %w", err)
		}
		e.guard.accounts = append(e.guard.accounts, account)
	}
	e.guard.kick = func(id uint64) { _ = e.server.DisconnectClientByID(id) } // gone already
	name := clientName()
	for i := range e.shards {
		e.lines = append(e.lines, newLine(o.Log, func(role string) *mqtt.ClientOptions {
			return e.clientOptions(name+"-"+role, i)
		}))
	}
	e.guard.lines = e.lines
	e.server.Start()
	if !e.server.ReadyForConnections(startPatience) {
		e.Close()
		return nil, fmt.Errorf("embedded broker: it does not listen on %s: is the port taken by another program?", o.Listen)
	}
	e.addr = net.JoinHostPort(opts.MQTT.Host, strconv.Itoa(opts.MQTT.Port))
	return e, nil
}

const startPatience = 30 * time.Second

func accountName(shard int) string { return "BOXES-" + strconv.Itoa(shard) }

func (e *Embedded) natsOptions() (*server.Options, error) {
	host, port, err := splitListen(e.o.Listen)
	if err != nil {
		return nil, err
	}
	opts := &server.Options{}
	// Accounts with a stream store can be told by a configuration text alone.
	var text strings.Builder
	text.WriteString("accounts {\n")
	for i := range e.shards {
		fmt.Fprintf(&text, "  %q: { jetstream: enabled }\n", accountName(i))
	}
	text.WriteString("}\n")
	if err := opts.ProcessConfigString(text.String()); err != nil {
		return nil, fmt.Errorf("embedded broker: accounts: %w", err)
	}
	opts.ServerName = "smartbox"
	opts.DontListen, opts.NoSigs, opts.NoLog = true, true, false
	opts.JetStream, opts.StoreDir, opts.SyncAlways = true, filepath.Clean(e.o.Dir), true
	opts.JetStreamMaxStore, opts.JetStreamMaxMemory = e.o.Store, 64<<20
	if opts.JetStreamMaxStore == 0 {
		opts.JetStreamMaxStore = 4 << 30
	}
	opts.JetStreamLimits.DefaultMaxConsumers = -1 // the default of 1,000 refuses the 1,001st box
	opts.MaxPayload = wire.MaxMessage + 4096      // a will and headers go along
	opts.MQTT = server.MQTTOpts{
		Host: host, Port: port, TLSConfig: e.o.Certificates.BrokerTLS(),
		TLSTimeout: 30, AuthTimeout: 30, // seconds: a thousand boxes come at once after a power cut
		MaxAckPending: 64, AckWait: 30 * time.Second, JSAPITimeout: 20 * time.Second,
	}
	if c := e.o.Cluster; c != nil {
		if err := clusterOptions(opts, c); err != nil {
			return nil, err
		}
	}
	return opts, nil
}

func clusterOptions(opts *server.Options, c *Cluster) error {
	host, port, err := splitListen(c.Listen)
	if err != nil {
		return err
	}
	opts.ServerName = c.Name
	// Routes wait for the listener of plain NATS clients. The guard lets nobody in there: they have no certificate.
	opts.DontListen, opts.Host, opts.Port = false, "127.0.0.1", server.RANDOM_PORT
	opts.Cluster = server.ClusterOpts{
		Name: "smartbox", Host: host, Port: port, Username: "cluster", Password: c.Secret, TLSConfig: c.TLS, TLSTimeout: 10,
	}
	for _, p := range c.Peers {
		head, rest, ok := strings.Cut(p, "://")
		if !ok {
			return fmt.Errorf("cluster: peer %q: write it as nats://host:port", p)
		}
		u, err := parsePeer(head, rest, c.Secret)
		if err != nil {
			return err
		}
		opts.Routes = append(opts.Routes, u)
	}
	return nil
}

func splitListen(s string) (string, int, error) {
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, fmt.Errorf("listen address: use host:port: %w", err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("listen address: use host:port: %w", err)
	}
	if port == 0 {
		return host, -1, nil // NATS's word for any free one
	}
	return host, int(port), nil
}

// Addr is the "host:port" that the MQTT listener has.
func (e *Embedded) Addr() string { return e.addr }

// accountOf spreads boxes over the shards by a hash of their ids.
func (e *Embedded) accountOf(box smartbox.BoxID) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(box.String()))
	return int(h.Sum32() % uint32(e.shards)) //nolint:gosec // a number of shards
}

// clientOptions are for the fleet's own connection: by TLS like a box's, with a certificate that no box can have.
func (e *Embedded) clientOptions(name string, shard int) *mqtt.ClientOptions {
	host, port, _ := net.SplitHostPort(e.addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	conf := &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: e.o.Authority.Pool(), ServerName: trust.LocalName,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return e.certificate() },
	}
	return mqtt.NewClientOptions().AddBroker("ssl://" + net.JoinHostPort(host, port)).SetTLSConfig(conf).
		SetClientID(name + "-" + strconv.Itoa(shard)).SetUsername(accountName(shard)).SetPassword(e.guard.secret)
}

// certificate is the fleet's own, made anew a day before it ends.
func (e *Embedded) certificate() (*tls.Certificate, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cert.Leaf == nil || time.Until(e.cert.Leaf.NotAfter) < 24*time.Hour {
		c, err := e.o.Authority.Cloud()
		if err != nil {
			return nil, err
		}
		e.cert = c
	}
	return &e.cert, nil
}

// Publish is the method of Broker.
func (e *Embedded) Publish(ctx context.Context, box smartbox.BoxID, k wire.Kind, payload []byte) error {
	return e.lines[e.accountOf(box)].publish(ctx, wire.Topic(box, k), payload)
}

// Run is the method of Broker.
func (e *Embedded) Run(ctx context.Context, take func(Uplink)) error {
	var all sync.WaitGroup
	for _, l := range e.lines {
		all.Go(func() { l.run(ctx, take) })
	}
	all.Go(func() { e.guard.watch(ctx) })
	all.Wait()
	return nil
}

// Kick is the method of Kicker.
func (e *Embedded) Kick(box smartbox.BoxID) { e.guard.kickBox(box) }

// Close ends the broker and every connection to it.
func (e *Embedded) Close() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// errGuest says why a client was not let in.
var errGuest = errors.New("client is not let in")

func newSecret() string { return rand.Text() }
