package accounts

import (
	"crypto/rand"
	"fmt"
	"math/big"

	"golang.org/x/crypto/nacl/box"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
)

const (
	passwordLetters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789" // none is read as another
	passwordLength  = 24                                                          // 139 bits
	loginLetters    = "abcdefghjkmnpqrstuvwxyz23456789"
)

func draw(letters string, n int) (string, error) {
	b := make([]byte, n)
	for i := range b {
		k, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			return "", fmt.Errorf("draw at random: %w", err)
		}
		b[i] = letters[k.Int64()]
	}
	return string(b), nil
}

// newPassword makes a password and seals it to an agent's key. Only the caller who asked ever sees it.
func newPassword(sealKey []byte) (driver.Secret, []byte, error) {
	if len(sealKey) != 32 {
		return "", nil, problem.New(problem.NoAgent, "")
	}
	plain, err := draw(passwordLetters, passwordLength)
	if err != nil {
		return "", nil, err
	}
	sealed, err := box.SealAnonymous(nil, []byte(plain), (*[32]byte)(sealKey), rand.Reader)
	if err != nil {
		return "", nil, fmt.Errorf("seal a password: %w", err)
	}
	return driver.Secret(plain), sealed, nil
}
