package vault

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

const (
	rememberLogin = 5 * time.Minute
	brakeAfter    = 10 // wrong passwords for one login from one address
	brakeWindow   = time.Minute
)

// brake slows down who guesses one login from one address. Others, and that address with other logins, are not touched.
type brake struct {
	first time.Time
	wrong int
	until time.Time
}

// dummyHash makes an unknown login take as long as a wrong password.
var dummyHash = func() []byte {
	hash, err := bcrypt.GenerateFromPassword([]byte("nobody"), bcrypt.DefaultCost)
	if err != nil { // a constant cannot fail to hash
		panic(err)
	}
	return hash
}()

// refusal is an answer other than the client's wish.
type refusal struct {
	status     int
	text       string
	retryAfter time.Duration
}

func (r *refusal) write(w http.ResponseWriter) {
	if r.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="backup"`)
	}
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(r.retryAfter.Seconds())+1))
	}
	http.Error(w, r.text, r.status)
}

var unauthorized = &refusal{status: http.StatusUnauthorized, text: "login or password is wrong"}

// authenticate returns the device whose login and password a request shows.
func (v *Vault) authenticate(r *http.Request) (*device, *refusal, error) {
	login, password, ok := r.BasicAuth()
	if !ok {
		return nil, unauthorized, nil
	}
	address := addressOf(r)
	now := v.config.Clock.Now()
	remembered := v.rememberedKey(login, password)

	v.mu.Lock()
	d := v.logins[login]
	if d != nil && v.known[remembered].After(now) {
		v.mu.Unlock()
		return d, nil, nil
	}
	b := v.brakes[login+" "+address]
	if b != nil && b.until.After(now) {
		wait := b.until.Sub(now)
		v.mu.Unlock()
		return nil, &refusal{http.StatusTooManyRequests, "too many wrong passwords, wait", wait}, nil
	}
	hash := dummyHash
	if d != nil {
		hash = d.hash
	}
	v.mu.Unlock()

	right := bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil // slow on purpose, so outside of the lock

	v.mu.Lock()
	defer v.mu.Unlock()
	if d != nil && right && v.logins[login] == d {
		v.known[remembered] = now.Add(rememberLogin)
		delete(v.brakes, login+" "+address)
		return d, nil, nil
	}
	v.slowDown(login+" "+address, now)
	return nil, unauthorized, v.noteWrongLogin(r.Context(), d, address)
}

func (v *Vault) slowDown(key string, now time.Time) {
	b := v.brakes[key]
	if b == nil || now.Sub(b.first) > brakeWindow {
		b = &brake{first: now}
		v.brakes[key] = b
	}
	b.wrong++
	if b.wrong >= brakeAfter {
		b.until = now.Add(brakeWindow)
	}
}

func (v *Vault) noteWrongLogin(ctx context.Context, d *device, address string) error {
	if d == nil {
		return v.countUnknown(ctx)
	}
	return v.refuse(ctx, d, driver.LoginRefused, address)
}

// rememberedKey stands for a login and password without revealing them.
func (v *Vault) rememberedKey(login, password string) [32]byte {
	mac := hmac.New(sha256.New, v.cacheKey)
	mac.Write([]byte(login + "\x00" + password))
	return [32]byte(mac.Sum(nil))
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
