package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
)

// Recovery codes let somebody in who has lost what shows him codes, each once. They are 50 random bits, kept as passwords are.
const (
	recoveryCodes    = 10
	recoveryChars    = 10
	recoveryGroup    = 5
	recoveryAlphabet = "abcdefghijkmnpqrstuvwxyz23456789" // 32, without what is easily misread: l, o, 0, 1
)

// newRecoveryCodes makes ten codes, as they are shown and as they are typed.
func newRecoveryCodes() (shown, typed []string) {
	for range recoveryCodes {
		b := make([]byte, recoveryChars)
		_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
		for i := range b {
			b[i] = recoveryAlphabet[int(b[i])%len(recoveryAlphabet)]
		}
		code := string(b)
		shown = append(shown, code[:recoveryGroup]+"-"+code[recoveryGroup:])
		typed = append(typed, code)
	}
	return shown, typed
}

// HashAll returns the hashes of several secrets with one salt, so that finding one of them takes a single hash.
func (p *Passwords) HashAll(ctx context.Context, secrets []string) ([]string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // as above
	all := make([]string, 0, len(secrets))
	for _, secret := range secrets {
		hash, err := p.derive(ctx, p.cost, secret, salt)
		if err != nil {
			return nil, err
		}
		all = append(all, encodeHash(p.cost, salt, hash))
	}
	return all, nil
}

// Find returns which of the hashes, made by one HashAll, belongs to a secret, or -1.
func (p *Passwords) Find(ctx context.Context, hashes []string, secret string) (int, error) {
	if len(hashes) == 0 {
		return -1, nil
	}
	cost, salt, _, err := decodeHash(hashes[0])
	if err != nil {
		return -1, err
	}
	got, err := p.derive(ctx, cost, secret, salt)
	if err != nil {
		return -1, err
	}
	found := -1
	for i, encoded := range hashes {
		otherCost, otherSalt, want, err := decodeHash(encoded)
		if err != nil {
			return -1, err
		}
		if otherCost != cost || subtle.ConstantTimeCompare(otherSalt, salt) != 1 {
			return -1, errors.New("recovery codes of one person are hashed in two ways")
		}
		if subtle.ConstantTimeCompare(got, want) == 1 {
			found = i
		}
	}
	return found, nil
}
