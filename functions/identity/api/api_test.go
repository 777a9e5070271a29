package identityapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pquerna/otp/totp"

	"github.com/tierkeep/tierkeep/functions/branding"
	"github.com/tierkeep/tierkeep/functions/identity"
	identityapi "github.com/tierkeep/tierkeep/functions/identity/api"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	secretfile "github.com/tierkeep/tierkeep/shared/port/secret/file"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

const password = "a long enough password"

// platform is identity behind HTTP, with the tree and the hostnames that it has in production.
type platform struct {
	*testing.T
	handler  http.Handler
	clock    *clock.Fake
	tenancy  *tenancy.Service
	branding *branding.Service
	people   *identity.Service
	root     tenant.ID
	link     string
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{T: t, clock: clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))}
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "platform.db"))
	p.must(err)
	t.Cleanup(func() { p.must(file.Close()) })
	rows, err := sqlite.Open(file, p.clock)
	p.must(err)

	reader := tenancy.Reader{Rows: rows}
	directory := tenancy.NewDirectory(reader, p.clock)
	guard, changes := authz.Guard{Directory: directory}, change.Log{Store: rows, Clock: p.clock}
	hosts, err := branding.NewHosts(rows, directory, reader, "http://127.0.0.1:8080", "")
	p.must(err)
	p.branding = &branding.Service{Guard: guard, Rows: rows, Changes: changes, Clock: p.clock, Hosts: hosts}
	people := &identity.Service{
		Guard: guard, Rows: rows, Changes: changes, Clock: p.clock, Realms: hosts,
		Passwords: identity.NewPasswords(identity.Cost{MemoryKiB: 8, Passes: 1, Lanes: 1}, 2),
		Seal:      identity.NewSeal(secretfile.Secrets{Folder: t.TempDir()}),
	}
	p.people = people
	p.tenancy = &tenancy.Service{Guard: guard, Reader: reader, Changes: changes, Clock: p.clock, Directory: directory, Owners: people}
	p.handler = rest.Handler("identity", func(api huma.API) { identityapi.Register(api, people) }, rest.Deps{
		Authenticator: identityapi.Authenticator{Service: people}, Store: rows, Clock: p.clock,
	})
	root, _, link, err := p.tenancy.PlantRoot(context.Background(), tenancy.Profile{Name: "Supplier", Language: "nl"},
		tenancy.NewOwner{Name: "Owner", Email: "owner@example.com"})
	p.must(err)
	p.root, p.link = root.ID, link
	return p
}

func (p *platform) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// browser keeps cookies as a browser does on one host.
type browser struct {
	*platform
	host    string
	cookies map[string]string
	bearer  string
}

func (p *platform) browser(host string) *browser {
	return &browser{platform: p, host: host, cookies: map[string]string{}}
}

// send sends a request and reads the reply into the value, where there is one.
func (b *browser) send(method, path string, body, into any, headers ...string) *httptest.ResponseRecorder {
	b.Helper()
	var text []byte
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		b.must(err)
	}
	r := httptest.NewRequest(method, "http://"+b.host+path, bytes.NewReader(text))
	r.RemoteAddr = "192.0.2.1:1234"
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if b.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range cookiesOf(w) {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			b.Fatalf("%s %s answers %d %s: %v", method, path, w.Code, w.Body, err)
		}
	}
	return w
}

// cookiesOf reads the cookies that a reply sets.
func cookiesOf(w *httptest.ResponseRecorder) []*http.Cookie {
	var all []*http.Cookie
	for _, line := range w.Header().Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// gets checks the status of a request.
func (b *browser) gets(status int, method, path string, body, into any, headers ...string) *httptest.ResponseRecorder {
	b.Helper()
	if into == nil {
		into = &json.RawMessage{}
		if status == http.StatusNoContent {
			into = nil
		}
	}
	r := b.send(method, path, body, into, headers...)
	if r.Code != status {
		b.Fatalf("%s %s answers %d, want %d: %s", method, path, r.Code, status, into)
	}
	return r
}

func tokenOf(link string) string {
	_, token, _ := strings.Cut(link, "#")
	return token
}

// owner is a browser in which the root's owner has come in.
func (p *platform) owner() *browser {
	p.Helper()
	b := p.browser("127.0.0.1:8080")
	b.gets(http.StatusCreated, "POST", "/v1/links/follow", map[string]string{"token": tokenOf(p.link), "password": password}, nil)
	return b
}

func TestTheFirstOwnerComesIn(t *testing.T) {
	p := newPlatform(t)
	if !strings.HasPrefix(p.link, "http://127.0.0.1:8080/link#") {
		t.Fatal("the link does not lead to the portal")
	}
	b := p.browser("127.0.0.1:8080")
	var link identityapi.Link
	b.gets(http.StatusOK, "POST", "/v1/links", map[string]string{"token": tokenOf(p.link)}, &link)
	if want := (identityapi.Link{Purpose: identity.ToSignIn, Email: "owner@example.com", Name: "Owner", NeedsPassword: true}); link != want {
		t.Fatalf("shows %+v", link)
	}
	b.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil)
	b.gets(http.StatusCreated, "POST", "/v1/links/follow", map[string]string{"token": tokenOf(p.link), "password": password}, nil)
	b.gets(http.StatusGone, "POST", "/v1/links/follow", map[string]string{"token": tokenOf(p.link), "password": password}, nil)

	var session identityapi.Session
	b.gets(http.StatusOK, "GET", "/v1/session", nil, &session)
	if session.User.Role != authz.Owner || session.User.Locale != "nl" || session.Home.ID != p.root || session.Brand.Product != "Tierkeep" {
		t.Fatalf("is %+v", session)
	}
	b.gets(http.StatusNoContent, "DELETE", "/v1/session", nil, nil)
	if len(b.cookies) != 0 {
		t.Fatal("the browser keeps its cookie")
	}
	b.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil)
	b.gets(http.StatusCreated, "POST", "/v1/session", map[string]string{"email": "owner@example.com", "password": password}, nil)
	b.gets(http.StatusOK, "GET", "/v1/session", nil, nil)
}

func TestTheCookieIsSafe(t *testing.T) {
	p := newPlatform(t)
	p.owner()
	credentials := map[string]string{"email": "owner@example.com", "password": password}
	for _, c := range []struct {
		name, host, proto string
		want              string
	}{
		{"over TLS", "portal.example.com", "https", "__Host-tk Secure HttpOnly Lax /"},
		{"on the own machine", "127.0.0.1:8080", "http", "tk HttpOnly Lax /"},
		{"on a name of the own machine", "acme.localhost:8080", "http", "tk HttpOnly Lax /"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := p.browser(c.host).gets(http.StatusCreated, "POST", "/v1/session", credentials, nil, "X-Forwarded-Proto", c.proto)
			cookie := cookiesOf(r)[0]
			got := []string{cookie.Name}
			if cookie.Secure {
				got = append(got, "Secure")
			}
			if cookie.HttpOnly {
				got = append(got, "HttpOnly")
			}
			if cookie.SameSite == http.SameSiteLaxMode {
				got = append(got, "Lax")
			}
			got = append(got, cookie.Path)
			if strings.Join(got, " ") != c.want || cookie.Domain != "" || cookie.Value == "" {
				t.Fatalf("got %v, domain %q", got, cookie.Domain)
			}
		})
	}
	t.Run("and is not given in the clear", func(t *testing.T) {
		r := p.browser("portal.example.com").gets(http.StatusForbidden, "POST", "/v1/session", credentials, nil)
		if len(cookiesOf(r)) != 0 {
			t.Fatal("gives a cookie")
		}
	})
}

func TestPeopleByHTTP(t *testing.T) {
	p := newPlatform(t)
	b := p.owner()
	users := "/v1/tenants/" + string(p.root) + "/users"
	var invited identityapi.InvitedUser
	body := map[string]string{"name": "New", "email": "new@example.com", "role": "sales", "locale": "de"}
	b.gets(http.StatusCreated, "POST", users, body, &invited, "Idempotency-Key", "invite-1")
	if invited.User.Status != identity.Invited || invited.User.LastSeenAt != nil || invited.Link == "" {
		t.Fatalf("is %+v", invited.User)
	}
	b.gets(http.StatusConflict, "POST", users, body, nil, "Idempotency-Key", "invite-1") // its link was shown once
	b.gets(http.StatusConflict, "POST", users, body, nil)                                // and the address is taken

	var list rest.List[identityapi.User]
	b.gets(http.StatusOK, "GET", users, nil, &list)
	if len(list.Items) != 2 {
		t.Fatalf("lists %+v", list)
	}
	one := users + "/" + invited.User.ID
	r := b.gets(http.StatusOK, "GET", one, nil, nil)
	b.gets(http.StatusUnprocessableEntity, "PATCH", one, map[string]string{"role": "support"}, nil)
	b.gets(http.StatusOK, "PATCH", one, map[string]string{"role": "support"}, nil, "If-Match", r.Header().Get("ETag"))
	b.gets(http.StatusPreconditionFailed, "PATCH", one, map[string]string{"role": "sales"}, nil, "If-Match", r.Header().Get("ETag"))

	var link identityapi.OneTimeLink
	b.gets(http.StatusCreated, "POST", one+"/link", nil, &link)
	p.browser(b.host).gets(http.StatusGone, "POST", "/v1/links", map[string]string{"token": tokenOf(invited.Link)}, nil)
	p.browser(b.host).gets(http.StatusOK, "POST", "/v1/links", map[string]string{"token": tokenOf(link.Link)}, nil)
	b.gets(http.StatusNoContent, "DELETE", one, nil, nil)
	b.gets(http.StatusNotFound, "GET", one, nil, nil)

	var roles rest.List[identityapi.Role]
	b.gets(http.StatusOK, "GET", "/v1/tenants/"+string(p.root)+"/roles", nil, &roles)
	if len(roles.Items) != 6 || !roles.Items[0].MayGive {
		t.Fatalf("lists %+v", roles)
	}
}

func TestKeysByHTTP(t *testing.T) {
	p := newPlatform(t)
	b := p.owner()
	keys := "/v1/tenants/" + string(p.root) + "/keys"
	var scopes rest.List[authz.Permission]
	b.gets(http.StatusOK, "GET", keys+"/scopes", nil, &scopes)
	var created identityapi.CreatedKey
	b.gets(http.StatusCreated, "POST", keys, map[string]any{"name": "Robot", "scopes": []string{"apikeys:manage"}}, &created)
	robot := p.browser(b.host)
	robot.bearer = created.Secret
	var list rest.List[identityapi.Key]
	robot.gets(http.StatusOK, "GET", keys, nil, &list)
	if len(list.Items) != 1 || list.Items[0].UserName != "Owner" || list.Items[0].Prefix == "" || list.Items[0].ExpiresAt != nil {
		t.Fatalf("lists %+v", list)
	}
	robot.gets(http.StatusForbidden, "GET", "/v1/tenants/"+string(p.root)+"/users", nil, nil)
	robot.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil) // a key is nobody's session
	robot.gets(http.StatusForbidden, "POST", "/v1/session/password", map[string]string{"current": password, "new": "another long password"}, nil)
	b.gets(http.StatusNoContent, "DELETE", keys+"/"+created.Key.ID, nil, nil)
	robot.gets(http.StatusUnauthorized, "GET", keys, nil, nil)
}

func TestOneselfByHTTP(t *testing.T) {
	p := newPlatform(t)
	b := p.owner()
	b.gets(http.StatusOK, "PATCH", "/v1/session", map[string]string{"locale": "fr"}, nil)
	other := p.browser(b.host)
	other.gets(http.StatusCreated, "POST", "/v1/session", map[string]string{"email": "owner@example.com", "password": password}, nil)
	var list rest.List[identityapi.SessionRow]
	b.gets(http.StatusOK, "GET", "/v1/session/list", nil, &list)
	if len(list.Items) != 2 || list.Items[0].Current || !list.Items[1].Current || list.Items[0].Address != "192.0.2.1" {
		t.Fatalf("lists %+v", list)
	}
	b.gets(http.StatusNoContent, "DELETE", "/v1/session/list/"+list.Items[0].ID, nil, nil)
	other.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil)
	b.gets(http.StatusNoContent, "POST", "/v1/session/password", map[string]string{"current": password, "new": "another long password"}, nil)
	b.gets(http.StatusOK, "GET", "/v1/session", nil, nil)
}

// code is what an app with the secret shows now.
func (p *platform) code(secret string) map[string]string {
	p.Helper()
	code, err := totp.GenerateCode(secret, p.clock.Now())
	p.must(err)
	return map[string]string{"code": code}
}

func TestTheSecondFactorByHTTP(t *testing.T) {
	p := newPlatform(t)
	b := p.owner()
	const own = "/v1/session/second-factor"
	var state identityapi.SecondFactor
	b.gets(http.StatusOK, "GET", own, nil, &state)
	if state.Since != nil {
		t.Fatalf("is %+v", state)
	}
	var setup identityapi.SecondFactorSetup
	b.gets(http.StatusCreated, "POST", own, map[string]string{"current": password}, &setup)
	if !strings.HasPrefix(setup.URI, "otpauth://totp/Tierkeep:owner@example.com?") || setup.Picture.Path == "" {
		t.Fatalf("is %+v", setup)
	}
	before := maps.Clone(b.cookies)
	var confirmed identityapi.Confirmed
	b.gets(http.StatusCreated, "POST", own+"/confirm", p.code(setup.Secret), &confirmed)
	if len(confirmed.RecoveryCodes) != 10 || confirmed.Session.User.SecondFactorSince == nil {
		t.Fatalf("is %+v", confirmed)
	}
	if before["tk"] == b.cookies["tk"] {
		t.Fatal("the session keeps its token")
	}
	stale := p.browser(b.host)
	stale.cookies = before
	stale.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil)
	b.gets(http.StatusOK, "GET", own, nil, &state)
	if state.Since == nil || state.RecoveryCodesLeft != 10 {
		t.Fatalf("is %+v", state)
	}

	other := p.browser("portal.example.com")
	tls := []string{"X-Forwarded-Proto", "https"}
	var refusal rest.Problem
	credentials := map[string]string{"email": "owner@example.com", "password": password}
	r := other.gets(http.StatusUnauthorized, "POST", "/v1/session", credentials, &refusal, tls...)
	if set := r.Header().Values("Set-Cookie"); refusal.Code != "second_factor_required" || len(set) != 1 {
		t.Fatalf("answers %+v and sets %v", refusal, set)
	}
	cookie := cookiesOf(r)[0]
	if cookie.Name != "__Host-tk-step" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode ||
		!cookie.Expires.Equal(p.clock.Now().Add(identity.StepLasts)) {
		t.Fatalf("sets %v", cookie)
	}
	thief := p.browser("portal.example.com") // the step's token is no session's
	thief.cookies = map[string]string{"__Host-tk": cookie.Value}
	thief.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil, tls...)
	p.browser("portal.example.com").gets(http.StatusGone, "POST", "/v1/session/code", p.code(setup.Secret), nil, tls...)

	other.gets(http.StatusUnprocessableEntity, "POST", "/v1/session/code", map[string]string{"code": "123456"}, nil, tls...)
	p.clock.Advance(30 * time.Second)
	code := p.code(setup.Secret)
	var session identityapi.Session
	other.gets(http.StatusCreated, "POST", "/v1/session/code", code, &session, tls...)
	if session.User.Email != "owner@example.com" {
		t.Fatalf("is %+v", session)
	}
	other.gets(http.StatusOK, "GET", "/v1/session", nil, nil, tls...)
	other.gets(http.StatusGone, "POST", "/v1/session/code", code, nil, tls...)

	p.clock.Advance(30 * time.Second)
	var codes identityapi.RecoveryCodes
	b.gets(http.StatusCreated, "POST", own+"/recovery-codes", p.code(setup.Secret), &codes)
	b.gets(http.StatusUnprocessableEntity, "POST", own+"/remove", map[string]string{"current": password, "code": confirmed.RecoveryCodes[0]}, nil)
	b.gets(http.StatusCreated, "POST", own+"/remove", map[string]string{"current": password, "code": codes.RecoveryCodes[0]}, nil)
	b.gets(http.StatusOK, "GET", "/v1/session", nil, nil)
	other.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil, tls...)
	p.browser(b.host).gets(http.StatusCreated, "POST", "/v1/session", credentials, nil)
}

func TestAColleaguesSecondFactorIsResetByHTTP(t *testing.T) {
	p := newPlatform(t)
	b := p.owner()
	users := "/v1/tenants/" + string(p.root) + "/users"
	var invited identityapi.InvitedUser
	b.gets(http.StatusCreated, "POST", users, map[string]string{"name": "New", "email": "new@example.com", "role": "technician"}, &invited)
	colleague := p.browser(b.host)
	colleague.gets(http.StatusCreated, "POST", "/v1/links/follow", map[string]string{"token": tokenOf(invited.Link), "password": password}, nil)
	var setup identityapi.SecondFactorSetup
	colleague.gets(http.StatusCreated, "POST", "/v1/session/second-factor", map[string]string{"current": password}, &setup)
	colleague.gets(http.StatusCreated, "POST", "/v1/session/second-factor/confirm", p.code(setup.Secret), nil)

	one := users + "/" + invited.User.ID
	var user identityapi.User
	b.gets(http.StatusOK, "GET", one, nil, &user)
	if user.SecondFactorSince == nil || !slices.Contains(user.Actions, "reset_second_factor") {
		t.Fatalf("is %+v", user)
	}
	b.gets(http.StatusNoContent, "DELETE", one+"/second-factor", nil, nil)
	b.gets(http.StatusConflict, "DELETE", one+"/second-factor", nil, nil)
	colleague.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil)
	colleague.gets(http.StatusCreated, "POST", "/v1/session", map[string]string{"email": "new@example.com", "password": password}, nil)
}

func TestARefusalRepeatsNoSecret(t *testing.T) {
	p := newPlatform(t)
	b := p.owner()
	const secret = "S3cr3t-value"
	for path, body := range map[string]any{
		"/v1/session":                              map[string]any{"email": secret, "password": secret},
		"/v1/session?x=" + secret:                  map[string]any{"email": "a@example.com", "password": secret},
		"/v1/session/password":                     map[string]any{"current": secret, "new": secret},
		"/v1/links":                                map[string]any{"token": secret},
		"/v1/session/code":                         map[string]any{"code": secret},
		"/v1/session/second-factor":                map[string]any{"current": secret},
		"/v1/session/second-factor/confirm":        map[string]any{"code": secret},
		"/v1/links/follow":                         map[string]any{"token": tokenOf(p.link), "password": secret, "unknown": secret},
		"/v1/tenants/" + string(p.root) + "/users": map[string]any{"name": "x", "email": secret, "role": secret, "locale": secret},
	} {
		var reply json.RawMessage
		r := b.send("POST", path, body, &reply)
		if r.Code < 400 || strings.Contains(string(reply), secret) {
			t.Errorf("POST %s answers %d %s", path, r.Code, reply)
		}
	}
}

func TestASellersPeopleSignInUnderItsOwnBrand(t *testing.T) {
	p := newPlatform(t)
	p.owner()
	asRoot := authz.With(context.Background(), authz.Principal{User: "usr_x", HomeTenant: p.root, Role: authz.Owner, Via: authz.ViaPortal})
	seller, link, err := p.tenancy.CreateSeller(asRoot, p.root, tenancy.NewSeller{
		Profile: tenancy.Profile{Name: "Acme"}, Level: tenant.Reseller, Variant: tenant.Whitelabel,
		Owner: &tenancy.NewOwner{Name: "Seller", Email: "seller@example.com"},
	})
	p.must(err)
	b := p.browser("127.0.0.1:8080")
	b.gets(http.StatusCreated, "POST", "/v1/links/follow", map[string]string{"token": tokenOf(link), "password": password}, nil)

	_, err = p.branding.Put(asRoot, seller.ID, branding.Edit{Product: "Acme Vault", Company: "Acme", Slug: "acme"})
	p.must(err)
	credentials := map[string]string{"email": "seller@example.com", "password": password}
	p.browser("127.0.0.1:8080").gets(http.StatusUnauthorized, "POST", "/v1/session", credentials, nil)
	own := p.browser("acme.localhost:8080")
	var session identityapi.Session
	own.gets(http.StatusCreated, "POST", "/v1/session", credentials, &session)
	if session.Brand != (identityapi.SessionBrand{Product: "Acme Vault", Company: "Acme", Slug: "acme"}) {
		t.Fatalf("the brand is %+v", session.Brand)
	}
	stolen := p.browser("127.0.0.1:8080")
	stolen.cookies = own.cookies
	stolen.gets(http.StatusUnauthorized, "GET", "/v1/session", nil, nil)
	own.gets(http.StatusUnauthorized, "POST", "/v1/session", map[string]string{"email": "owner@example.com", "password": password}, nil)
}
