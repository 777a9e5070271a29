package smtp_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/mail/mime"
)

// server is a small mail server (RFC 5321) that keeps what it is given.
type server struct {
	address     string
	certificate *x509.Certificate // of example.com
	tls         *tls.Config

	startTLS bool
	implicit bool              // TLS from the first byte
	auth     bool              // offers AUTH PLAIN
	replies  map[string]string // verb → what it answers instead; "" ends the connection
	silent   bool              // accepts and says nothing

	mu  sync.Mutex
	saw saw
}

type saw struct {
	kept     [][]byte
	envelope []string // MAIL and RCPT as they came
	secure   []bool   // whether each mail came encrypted
	signedIn []string
}

func serve(t *testing.T, s *server) *server {
	t.Helper()
	web := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(web.Close)
	s.certificate, s.tls = web.Certificate(), &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	var open sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); open.Wait() })
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { s.talk(conn) })
		}
	})
	return s
}

func (s *server) talk(conn net.Conn) {
	if s.silent {
		_, _ = conn.Read(make([]byte, 1)) // until the client hangs up
		_ = conn.Close()
		return
	}
	secure := s.implicit
	if secure {
		conn = tls.Server(conn, s.tls)
	}
	defer func() { _ = conn.Close() }()
	text := textproto.NewConn(conn)
	say := func(line string) { _ = text.PrintfLine("%s", line) }
	say(s.or("greeting", "220 mail.example.com at your service"))
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		if reply, ok := s.replies[verb]; ok {
			if reply == "" {
				return
			}
			say(reply)
			continue
		}
		switch verb {
		case "EHLO":
			say("250-mail.example.com")
			if s.startTLS && !secure {
				say("250-STARTTLS")
			}
			if s.auth {
				say("250-AUTH PLAIN")
			}
			say("250 ENHANCEDSTATUSCODES")
		case "STARTTLS":
			say("220 go on")
			conn, secure = tls.Server(conn, s.tls), true
			text = textproto.NewConn(conn)
		case "AUTH":
			s.note(func(saw *saw) { saw.signedIn = append(saw.signedIn, rest) })
			say("235 2.7.0 welcome")
		case "MAIL", "RCPT":
			s.note(func(saw *saw) { saw.envelope = append(saw.envelope, line) })
			say("250 2.1.0 good")
		case "DATA":
			say("354 go on")
			raw, err := text.ReadDotBytes()
			if err != nil {
				return
			}
			reply := s.or("mail", "250 2.0.0 kept as 1")
			if strings.HasPrefix(reply, "250") || reply == "" {
				s.note(func(saw *saw) { saw.kept, saw.secure = append(saw.kept, raw), append(saw.secure, secure) })
			}
			if reply == "" {
				return
			}
			say(reply)
		case "QUIT":
			say("221 2.0.0 goodbye")
			return
		default:
			say("250 2.0.0 good")
		}
	}
}

func (s *server) or(what, usual string) string {
	if reply, ok := s.replies[what]; ok {
		return reply
	}
	return usual
}

func (s *server) note(change func(*saw)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.saw)
}

func (s *server) seen() saw {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saw
}

func (s *server) arrived(t *testing.T) []mail.Message {
	t.Helper()
	var all []mail.Message
	for _, raw := range s.seen().kept {
		m, err := mime.Read(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		all = append(all, m)
	}
	return all
}
