package vault

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"net"
	"net/http"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// rememberLogin is how long a good password is not compared again after it was last shown: bcrypt is slow on purpose, and
// restic sends the password with every request.
const rememberLogin = 5 * time.Minute

// authenticate returns the device whose login and password a request shows.
func (v *Vault) authenticate(r *http.Request) (*device, *refusal, error) {
	login, password, ok := r.BasicAuth()
	if !ok {
		return nil, unauthorized, nil
	}
	now := v.config.Clock.Now()
	remembered := v.keyed(login, password)

	v.mu.Lock()
	d := v.logins[login]
	hash, good := v.nobody, false
	if d != nil {
		hash, good = d.hash, d.known[remembered].After(now)
	}
	if good {
		d.known[remembered] = now.Add(rememberLogin)
	}
	v.mu.Unlock()
	if good {
		return d, nil, nil
	}

	address := addressOf(r)
	wait, compared := v.brakes.begin(r.Context(), v.keyed(login, address), address, now)
	if wait > 0 {
		return nil, tooMany(wait), nil
	}
	right := bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && d != nil // outside of the lock
	compared(right)

	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case right && v.logins[login] == d && bytes.Equal(d.hash, hash): // neither changed meanwhile
		d.known[remembered] = now.Add(rememberLogin)
		return d, nil, nil
	case d == nil:
		return nil, unauthorized, v.countUnknown(context.WithoutCancel(r.Context()))
	case right:
		return nil, unauthorized, nil
	}
	return nil, unauthorized, v.refuse(context.WithoutCancel(r.Context()), d, driver.LoginRefused, address)
}

// keyed stands for two texts, such as a login and its password, without revealing them.
func (v *Vault) keyed(a, b string) [32]byte {
	mac := hmac.New(sha256.New, v.cacheKey)
	mac.Write([]byte(a + "\x00" + b))
	return [32]byte(mac.Sum(nil))
}

// addressOf is the other end of the connection. What a client says of itself in headers is not believed.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
