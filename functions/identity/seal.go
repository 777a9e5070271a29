package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/crypto/nacl/secretbox"

	"github.com/tierkeep/tierkeep/shared/port/secret"
)

// factorKeyName is under which the secrets keep the key of all second factors.
const factorKeyName = "identity/factor-key"

const (
	sealKeyBytes   = 32
	sealNonceBytes = 24
)

var errBadSeal = errors.New("a sealed second factor cannot be opened")

// Seal closes the secrets of second factors with a key that stands beside the rows and not in them, so that who holds the rows
// alone opens nothing. A sealed secret opens for its own person only.
type Seal struct {
	secrets secret.Secrets

	mu  sync.Mutex
	key *[sealKeyBytes]byte // read once: a secret store is asked by the call
}

// NewSeal returns a seal whose key the secrets keep; it is made at the first use.
func NewSeal(s secret.Secrets) *Seal { return &Seal{secrets: s} }

func (s *Seal) keyOnce(ctx context.Context) (*[sealKeyBytes]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return s.key, nil
	}
	kept, err := s.secrets.GetOrCreate(ctx, factorKeyName, func() ([]byte, error) {
		fresh := make([]byte, sealKeyBytes)
		_, _ = rand.Read(fresh) // never fails: crypto/rand ends the program instead
		return fresh, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the key of the second factors: %w", err)
	}
	b := kept.Reveal()
	if len(b) != sealKeyBytes {
		return nil, errors.New("the key of the second factors is damaged")
	}
	s.key = (*[sealKeyBytes]byte)(b)
	return s.key, nil
}

func (s *Seal) close(ctx context.Context, u User, value []byte) ([]byte, error) {
	key, err := s.keyOnce(ctx)
	if err != nil {
		return nil, err
	}
	var nonce [sealNonceBytes]byte
	_, _ = rand.Read(nonce[:]) // as above
	return secretbox.Seal(nonce[:], append(ownerOf(u), value...), &nonce, key), nil
}

func (s *Seal) open(ctx context.Context, u User, sealed []byte) ([]byte, error) {
	key, err := s.keyOnce(ctx)
	if err != nil {
		return nil, err
	}
	if len(sealed) < sealNonceBytes {
		return nil, errBadSeal
	}
	opened, ok := secretbox.Open(nil, sealed[sealNonceBytes:], (*[sealNonceBytes]byte)(sealed), key)
	value, own := bytes.CutPrefix(opened, ownerOf(u))
	if !ok || !own {
		return nil, errBadSeal
	}
	return value, nil
}

// ownerOf is sealed together with a secret, so that a row that was copied to another person opens nothing there.
func ownerOf(u User) []byte { return []byte(string(u.Home) + "/" + u.ID + "\x00") }
