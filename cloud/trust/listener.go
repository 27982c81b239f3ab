package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"slices"
	"sync"

	"smartbox/sync/enrol"
)

// ServerCertificates gives the cloud's listeners their certificate. Its key lives in memory only and is new with each
// start; the certificate is made anew after two thirds of its life, at the next handshake. Safe for any number of
// goroutines.
type ServerCertificates struct {
	a     *Authority
	hosts []string
	mu    sync.Mutex
	cert  *tls.Certificate
}

// ServerCertificates are for the names and addresses by which boxes and browsers reach the cloud, and for "localhost",
// by which the cloud reaches itself.
func (a *Authority) ServerCertificates(hosts ...string) *ServerCertificates {
	all := slices.Concat([]string{LocalName, "127.0.0.1", "::1"}, hosts)
	slices.Sort(all)
	return &ServerCertificates{a: a, hosts: slices.Compact(all)}
}

// LocalName is the name by which the cloud's own parts connect to each other.
const LocalName = "localhost"

// IsCloud reports whether a verified certificate is of the cloud's own connections, as Cloud issues them.
func IsCloud(c *x509.Certificate) bool { return c.Subject.CommonName == cloudName }

// Get is for tls.Config.GetCertificate.
func (s *ServerCertificates) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cert != nil && s.a.now().Before(enrol.RenewAt(s.cert.Leaf)) {
		return s.cert, nil
	}
	tpl := &x509.Certificate{
		Subject: pkix.Name{CommonName: "SmartBox cloud"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range s.hosts {
		if ip := net.ParseIP(h); ip != nil {
			tpl.IPAddresses = append(tpl.IPAddresses, ip)
		} else {
			tpl.DNSNames = append(tpl.DNSNames, h)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf, err := s.a.sign(tpl, key.Public(), serverLife)
	if err != nil {
		return nil, err
	}
	// The root goes along, for a box that knows its fingerprint alone.
	s.cert = &tls.Certificate{Certificate: [][]byte{leaf.Raw, s.a.root.Raw}, PrivateKey: key, Leaf: leaf}
	return s.cert, nil
}

// BrokerTLS is for a listener that boxes alone connect to: without a certificate of this authority there is no session.
func (s *ServerCertificates) BrokerTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, GetCertificate: s.Get,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: s.a.Pool(),
	}
}

// WebTLS is for the listener of API, pages and enrolment: a certificate is not needed, and checked where one is shown.
func (s *ServerCertificates) WebTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: s.Get, NextProtos: []string{"h2", "http/1.1"},
		ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: s.a.Pool(),
	}
}

// cloudName is no box's name: it has a space.
const cloudName = "SmartBox fleet"

// Cloud issues a certificate, with its key, for the cloud's own connection to its broker.
func (a *Authority) Cloud() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: cloudName}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, key.Public(), serverLife)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}
