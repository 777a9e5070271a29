package platformtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/pquerna/otp/totp"
)

// Person is somebody in front of a browser, or a script with an API key. The zero Person with a world shows nothing at all.
type Person struct {
	world  *World
	host   string // under which the portal is visited; empty: the address itself
	cookie string
	key    string
}

// Stranger is somebody who shows no credential.
func (w *World) Stranger() *Person { return &Person{world: w} }

// WithKey is a script that shows an API key.
func (w *World) WithKey(secret string) *Person { return &Person{world: w, key: secret} }

// SetUpFactor gives the person a second factor, from an authenticator app that shows the world's time. The session goes on as
// one that was opened with it.
func (p *Person) SetUpFactor(ctx context.Context) error {
	const path = "/v1/session/second-factor"
	reply, err := p.Call(ctx, http.MethodPost, path, map[string]string{"current": Password})
	if err != nil {
		return err
	}
	var setup struct{ Secret string }
	if err := reply.Must(&setup); err != nil {
		return err
	}
	code, err := totp.GenerateCode(setup.Secret, p.world.Clock.Now())
	if err != nil {
		return err
	}
	if reply, err = p.Call(ctx, http.MethodPost, path+"/confirm", map[string]string{"code": code}); err != nil {
		return err
	}
	if err := reply.Must(nil); err != nil {
		return err
	}
	p.keep(reply)
	return nil
}

// keep takes the session that a reply brings.
func (p *Person) keep(r Reply) {
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
}

// Reply is what the platform answered.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into reads the body.
func (r Reply) Into(out any) error { return json.Unmarshal(r.Body, out) }

func (r Reply) unexpected() error { return fmt.Errorf("answered %d %s", r.Status, r.Body) }

// Must returns an error where a reply is no success, and otherwise reads its body into out, which may be nil.
func (r Reply) Must(out any) error {
	if r.Status < 200 || r.Status >= 300 {
		return r.unexpected()
	}
	if out == nil {
		return nil
	}
	return r.Into(out)
}

// Option changes a request before it is sent.
type Option func(*http.Request)

// Header sets a header.
func Header(name, value string) Option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// IfMatch says which version the caller read.
func IfMatch(version int64) Option { return Header("If-Match", fmt.Sprintf("%q", fmt.Sprint(version))) }

// Call sends a request. The body is sent as JSON; bytes are sent as they are, nil is none.
func (p *Person) Call(ctx context.Context, method, path string, body any, options ...Option) (Reply, error) {
	request, err := p.world.request(ctx, method, path, body)
	if err != nil {
		return Reply{}, err
	}
	if p.host != "" {
		request.Host = p.host
	}
	if p.cookie != "" {
		request.Header.Set("Cookie", p.cookie)
	}
	if p.key != "" {
		request.Header.Set("Authorization", "Bearer "+p.key)
	}
	for _, o := range options {
		o(request)
	}
	return p.world.send(request)
}

func (w *World) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var content []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		content = b
	default:
		var err error
		if content, err = json.Marshal(b); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, w.Address+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

func (w *World) send(request *http.Request) (Reply, error) {
	if request.Method != http.MethodGet {
		w.Clock.Advance(time.Millisecond) // what is made later sorts later
	}
	reply, err := w.server.Client().Do(request)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = reply.Body.Close() }()
	content, err := io.ReadAll(reply.Body)
	return Reply{reply.StatusCode, reply.Header, content}, err
}
