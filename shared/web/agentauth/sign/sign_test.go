package sign_test

import (
	"crypto/ed25519"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

var (
	key    = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public = key.Public().(ed25519.PublicKey)
	at     = time.Date(2026, 3, 1, 12, 0, 0, int(250*time.Millisecond), time.UTC)
	target = sign.Target(http.MethodPost, "/agent/v1/claim")
)

func signed() http.Header {
	h := http.Header{}
	sign.Sign(h, "agt_1", key, target, at, []byte("{}"))
	return h
}

func TestASignatureHoldsForExactlyWhatWasSigned(t *testing.T) {
	otherKey := ed25519.NewKeyFromSeed([]byte("another seed of thirty-two bytes"))
	for _, test := range []struct {
		name   string
		change func(http.Header)
		key    ed25519.PublicKey
		target string
		body   string
		want   bool
	}{
		{name: "the request itself", want: true},
		{name: "another body", body: "{ }"},
		{name: "another path", target: sign.Target(http.MethodPost, "/agent/v1/hello")},
		{name: "another method", target: sign.Target(http.MethodGet, "/agent/v1/claim")},
		{name: "the socket instead of a path", target: sign.Wake},
		{name: "another agent", change: func(h http.Header) { h.Set(sign.IDHeader, "agt_2") }},
		{name: "another time", change: func(h http.Header) { h.Set(sign.TimeHeader, sign.Stamp(at.Add(time.Millisecond))) }},
		{name: "another key", key: otherKey.Public().(ed25519.PublicKey)},
		{name: "no key", key: ed25519.PublicKey{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := signed()
			if test.change != nil {
				test.change(h)
			}
			if test.key == nil {
				test.key = public
			}
			if test.target == "" {
				test.target = target
			}
			if test.body == "" {
				test.body = "{}"
			}
			s, err := sign.Read(h)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Verify(test.key, test.target, []byte(test.body)); got != test.want {
				t.Errorf("verified is %v, want %v", got, test.want)
			}
		})
	}
}

func TestTheTimeIsKeptToTheMillisecond(t *testing.T) {
	s, err := sign.Read(signed())
	if err != nil || !s.At.Equal(at) {
		t.Errorf("read %v %v, want %v", s.At, err, at)
	}
}

func TestMalformedHeadersAreRefused(t *testing.T) {
	for _, test := range []struct{ header, value string }{
		{sign.IDHeader, ""},
		{sign.IDHeader, "agt_1\nagt_2"},
		{sign.TimeHeader, ""},
		{sign.TimeHeader, "-1"},
		{sign.TimeHeader, "1e9"},
		{sign.TimeHeader, "99999999999999999999"},
		{sign.SignatureHeader, ""},
		{sign.SignatureHeader, "AAAA"},
		{sign.SignatureHeader, "not base64"},
	} {
		h := signed()
		h[http.CanonicalHeaderKey(test.header)] = []string{test.value}
		if _, err := sign.Read(h); !errors.Is(err, sign.ErrMalformed) {
			t.Errorf("%s %q: %v", test.header, test.value, err)
		}
	}
}

func FuzzReadRefusesOrReadsAnyHeaders(f *testing.F) {
	h := signed()
	f.Add(h.Get(sign.IDHeader), h.Get(sign.TimeHeader), h.Get(sign.SignatureHeader))
	f.Add("", "-0", "====")
	f.Fuzz(func(t *testing.T, agent, stamp, signature string) {
		h := http.Header{}
		h.Set(sign.IDHeader, agent)
		h.Set(sign.TimeHeader, stamp)
		h.Set(sign.SignatureHeader, signature)
		s, err := sign.Read(h)
		if err != nil {
			if !errors.Is(err, sign.ErrMalformed) {
				t.Errorf("unexpected kind of error: %v", err)
			}
			return
		}
		if s.Agent != agent || s.At.Year() > 9999 {
			t.Errorf("read agent %q and time %v", s.Agent, s.At)
		}
		if s.Verify(public, "forged", []byte(agent)) {
			t.Error("a made-up signature holds")
		}
	})
}
