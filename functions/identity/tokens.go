package identity

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

const (
	tokenBytes  = 32
	keyMark     = "tk_"
	prefixChars = 8
)

// newToken makes a secret of 256 random bits, in letters that a URL and a cookie carry as they are.
func newToken() string {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// newSecret makes an API key, "tk_<prefix>_<secret>". The prefix is shown in lists; it tells keys apart and opens nothing.
func newSecret() (prefix, secret string) {
	prefix = strings.ToLower(rand.Text()[:prefixChars])
	return prefix, keyMark + prefix + "_" + newToken()
}

// isToken and isSecret keep what cannot be one of ours away from the store.
func isToken(s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == tokenBytes
}

func isSecret(s string) bool {
	rest, marked := strings.CutPrefix(s, keyMark)
	prefix, token, cut := strings.Cut(rest, "_")
	return marked && cut && len(prefix) == prefixChars && isToken(token)
}
