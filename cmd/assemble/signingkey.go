package assemble

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"sync"

	"github.com/tierkeep/tierkeep/shared/port/secret"
)

// signingKey is the platform's own key, made at the first use and kept in memory from then on: it never changes, and on AWS
// each look costs money and time.
type signingKey struct {
	secrets secret.Secrets

	mu   sync.Mutex
	kept ed25519.PrivateKey
}

func (k *signingKey) private(ctx context.Context) (ed25519.PrivateKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept != nil {
		return k.kept, nil
	}
	seed, err := k.secrets.GetOrCreate(ctx, "platform/signing-key", func() ([]byte, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return key.Seed(), nil
	})
	if err != nil {
		return nil, err
	}
	if len(seed.Reveal()) != ed25519.SeedSize {
		return nil, errors.New("the platform's signing key is damaged")
	}
	k.kept = ed25519.NewKeyFromSeed(seed.Reveal())
	return k.kept, nil
}

func (k *signingKey) sign(ctx context.Context, message []byte) ([]byte, error) {
	key, err := k.private(ctx)
	if err != nil {
		return nil, err
	}
	return ed25519.Sign(key, message), nil
}

func (k *signingKey) public(ctx context.Context) ([]byte, error) {
	key, err := k.private(ctx)
	if err != nil {
		return nil, err
	}
	return key.Public().(ed25519.PublicKey), nil
}
