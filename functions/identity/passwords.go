package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// Cost is what hashing one password takes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultCost is the least that OWASP's Password Storage Cheat Sheet recommends for Argon2id: 19 MiB, two passes, one lane.
var DefaultCost = Cost{MemoryKiB: 19 << 10, Passes: 2, Lanes: 1}

const (
	saltBytes = 16
	hashBytes = 32

	// HashesAtOnce bounds the memory of sign-ins: at the default cost, 4 take 76 MiB.
	HashesAtOnce = 4
	// hashesWaiting is how many more wait for their turn; whoever comes then is told to come back.
	hashesWaiting = 64

	mostMemoryKiB = 1 << 20 // of a stored hash; more means that somebody tampered with the row
	mostPasses    = 64
)

var errBadHash = errors.New("a stored password hash cannot be read")

// Passwords hashes and verifies passwords with Argon2id, a few at the same time. The hash says its parameters itself, in the
// PHC string format, so that they can be raised without asking anybody for a new password.
type Passwords struct {
	cost  Cost
	turns chan struct{} // one for each hash at work
	queue chan struct{} // one for each at work or waiting
	dummy string
}

// NewPasswords returns a hasher of a cost that works on so many passwords at once.
func NewPasswords(cost Cost, atOnce int) *Passwords {
	p := &Passwords{cost: cost, turns: make(chan struct{}, atOnce), queue: make(chan struct{}, atOnce+hashesWaiting)}
	p.dummy = encodeHash(cost, make([]byte, saltBytes), make([]byte, hashBytes))
	return p
}

// Hash returns the encoded hash of a password.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	hash, err := p.derive(ctx, p.cost, password, salt)
	if err != nil {
		return "", err
	}
	return encodeHash(p.cost, salt, hash), nil
}

// Verify tells whether the password belongs to the encoded hash, and whether the hash should be renewed because it was made
// at another cost. Against an empty hash, which is that of nobody, it takes as long and says no.
func (p *Passwords) Verify(ctx context.Context, encoded, password string) (right, outdated bool, err error) {
	nobody := encoded == ""
	if nobody {
		encoded = p.dummy
	}
	cost, salt, want, err := decodeHash(encoded)
	if err != nil {
		return false, false, err
	}
	got, err := p.derive(ctx, cost, password, salt)
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(got, want) == 1 && !nobody
	return right, right && cost != p.cost, nil
}

func (p *Passwords) derive(ctx context.Context, c Cost, password string, salt []byte) ([]byte, error) {
	select {
	case p.queue <- struct{}{}:
		defer func() { <-p.queue }()
	default:
		busy := problem.New(problem.RateLimited, "many people sign in at the moment")
		busy.RetryAfter = 2 * time.Second
		return nil, busy
	}
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, c.Passes, c.MemoryKiB, c.Lanes, hashBytes), nil
}

func encodeHash(c Cost, salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Passes, c.Lanes,
		b64.EncodeToString(salt), b64.EncodeToString(hash))
}

func decodeHash(encoded string) (Cost, []byte, []byte, error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return Cost{}, nil, nil, errBadHash
	}
	settings := strings.Split(parts[3], ",")
	if len(settings) != 3 {
		return Cost{}, nil, nil, errBadHash
	}
	memory, okM := setting(settings[0], "m=", mostMemoryKiB)
	passes, okT := setting(settings[1], "t=", mostPasses)
	lanes, okP := setting(settings[2], "p=", 255)
	salt, errS := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	hash, errH := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if !okM || !okT || !okP || errS != nil || errH != nil || len(salt) != saltBytes || len(hash) != hashBytes {
		return Cost{}, nil, nil, errBadHash
	}
	return Cost{MemoryKiB: uint32(memory), Passes: uint32(passes), Lanes: uint8(lanes)}, salt, hash, nil
}

func setting(s, name string, most uint64) (uint64, bool) {
	digits, ok := strings.CutPrefix(s, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	return n, ok && err == nil && n >= 1 && n <= most && strconv.FormatUint(n, 10) == digits
}
