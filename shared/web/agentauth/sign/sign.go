// Package sign writes and reads the signature by which an agent is known. The agent imports this package alone; what the
// platform makes of a signature is agentauth's.
//
// What is signed is a name, not a URL: the stage of an API Gateway or a base path changes the path on its way, and the
// event of a WebSocket connection carries none. For HTTP the name is the method and the path below the platform's address
// (Target), for the WebSocket it is Wake.
package sign

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed request, and the one of its reply.
const (
	IDHeader         = "X-Agent-Id"        // agt_…
	TimeHeader       = "X-Agent-Time"      // the agent's clock, milliseconds since 1970 UTC
	SignatureHeader  = "X-Agent-Signature" // Ed25519 in standard base64
	ServerTimeHeader = "X-Server-Time"     // the platform's clock, likewise in milliseconds
)

// Wake is the target of the WebSocket that wakes agents.
const Wake = "wake"

// ErrMalformed says that a header is missing or cannot be a signature.
var ErrMalformed = errors.New("the agent's headers are missing or malformed")

// Target names an HTTP request: the method in capitals and the escaped path as the platform documents it, with its
// identifiers filled in ("POST /agent/v1/operations/ten_…/op_…/result"). Agents send no query.
func Target(method, escapedPath string) string { return method + " " + escapedPath }

// Sign sets the three headers. A request is signed anew whenever it is sent, because its time ages.
func Sign(h http.Header, agent string, key ed25519.PrivateKey, target string, at time.Time, body []byte) {
	stamp := Stamp(at)
	h.Set(IDHeader, agent)
	h.Set(TimeHeader, stamp)
	h.Set(SignatureHeader, base64.StdEncoding.EncodeToString(ed25519.Sign(key, text(target, agent, stamp, body))))
}

// Stamp writes an instant as the time headers carry it.
func Stamp(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// ReadStamp reads a time header, or fails with ErrMalformed.
func ReadStamp(s string) (time.Time, error) {
	if s == "" || len(s) > len("253402300799999") { // the last millisecond of the year 9999
		return time.Time{}, ErrMalformed
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return time.Time{}, ErrMalformed
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, ErrMalformed
	}
	return time.UnixMilli(n).UTC(), nil
}

// Signature is what the headers of a request say; nothing of it is true before Verify said so.
type Signature struct {
	Agent string
	At    time.Time
	stamp string
	bytes []byte
}

// Read takes the signature from a request's headers, or fails with ErrMalformed.
func Read(h http.Header) (Signature, error) {
	s := Signature{Agent: h.Get(IDHeader), stamp: h.Get(TimeHeader)}
	if s.Agent == "" || len(s.Agent) > 64 || strings.ContainsAny(s.Agent, "\n\r") {
		return Signature{}, ErrMalformed
	}
	var err error
	if s.At, err = ReadStamp(s.stamp); err != nil {
		return Signature{}, err
	}
	if s.bytes, err = base64.StdEncoding.Strict().DecodeString(h.Get(SignatureHeader)); err != nil || len(s.bytes) != ed25519.SignatureSize {
		return Signature{}, ErrMalformed
	}
	return s, nil
}

// Verify tells whether the key's owner signed this target and body. Whether the time is right is the caller's to judge.
func (s Signature) Verify(key ed25519.PublicKey, target string, body []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, text(target, s.Agent, s.stamp, body), s.bytes)
}

// text is what is signed. No part can hold a line break, so that no two requests share one text.
func text(target, agent, stamp string, body []byte) []byte {
	sum := sha256.Sum256(body)
	return []byte(strings.Join([]string{"tierkeep-agent-1", target, agent, stamp, hex.EncodeToString(sum[:])}, "\n"))
}
