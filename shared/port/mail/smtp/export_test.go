package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
)

// At makes the sender find its server at another address, and trust one authority.
func (s *Sender) At(address string, authority *x509.Certificate) *Sender {
	s.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(authority)
	s.trust = &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: trusted}
	return s
}
