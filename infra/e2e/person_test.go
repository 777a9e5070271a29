package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

const password = "correct horse battery staple"

// person is somebody in front of a browser.
type person struct {
	*stage
	cookies map[string]string
}

func (s *stage) person() *person { return &person{s, map[string]string{}} }

// follow comes in by a one-time link.
func (p *person) follow(link string) *person {
	p.Helper()
	_, token, ok := strings.Cut(link, "/link#")
	if !ok {
		p.Fatalf("not a one-time link: %s", link)
	}
	p.ask(http.MethodPost, "/v1/links/follow", map[string]string{"token": token, "password": password}, nil)
	return p
}

// ask calls the API, which must take it, and reads the reply.
func (p *person) ask(method, path string, body, out any, version ...int64) {
	p.Helper()
	status, reply := p.call(method, path, body, version...)
	if status < 200 || status > 299 {
		p.Fatalf("%s %s answered %d %s", method, path, status, reply)
	}
	if out != nil {
		if err := json.Unmarshal(reply, out); err != nil {
			p.Fatalf("%s %s: %v in %s", method, path, err, reply)
		}
	}
}

func (p *person) call(method, path string, body any, version ...int64) (status int, reply []byte) {
	p.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			p.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(p.Context(), method, p.address+path, content)
	if err != nil {
		p.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, v := range version {
		r.Header.Set("If-Match", strconv.Quote(strconv.FormatInt(v, 10)))
	}
	for name, value := range p.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	reply, err = io.ReadAll(answer.Body)
	if err := answer.Body.Close(); err != nil {
		p.Fatal(err)
	}
	if err != nil {
		p.Fatal(err)
	}
	for _, c := range answer.Cookies() {
		if !c.Secure || !c.HttpOnly {
			p.Errorf("the cookie %s is for anybody", c.Name)
		}
		p.cookies[c.Name] = c.Value
	}
	return answer.StatusCode, reply
}

// addFactor sets up a second factor, which makes the session one that was opened with it.
func (p *person) addFactor() {
	p.Helper()
	var setup struct {
		Secret string `json:"secret"`
	}
	p.ask(http.MethodPost, "/v1/session/second-factor", map[string]string{"current": password}, &setup)
	code, err := totp.GenerateCode(strings.ReplaceAll(setup.Secret, " ", ""), time.Now())
	if err != nil {
		p.Fatal(err)
	}
	p.ask(http.MethodPost, "/v1/session/second-factor/confirm", map[string]string{"code": code}, nil)
}
