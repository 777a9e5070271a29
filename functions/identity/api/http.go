// Package identityapi speaks HTTP for functions/identity: it turns API types into the feature's own and back, and cookies
// into sessions. It holds no rules.
package identityapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// Register adds the operations of identity to an API.
func Register(api huma.API, s *identity.Service) {
	registerSession(api, s)
	registerLinks(api, s)
	registerSelf(api, s)
	registerSecondFactor(api, s)
	registerUsers(api, s)
	registerKeys(api, s)
}

// Authenticator tells the web layer whose session or key a request shows. It implements rest.Authenticator.
type Authenticator struct{ Service *identity.Service }

// Authenticate returns whose session or API key it is, or the problem unauthenticated.
func (a Authenticator) Authenticate(ctx context.Context, c rest.Credentials) (authz.Principal, error) {
	if c.Key != "" {
		return a.Service.AuthenticateKey(ctx, c.Key)
	}
	return a.Service.AuthenticateSession(ctx, c.Session, c.Call.Host)
}

// Session is what a signed-in person sees of himself.
type Session struct {
	User      Self         `json:"user"`
	Home      Home         `json:"home"`
	Brand     SessionBrand `json:"brand"`
	ExpiresAt time.Time    `json:"expires_at" doc:"When it ends if nothing is asked for any more"`
}

// Self is a person as he sees himself.
type Self struct {
	ID     string     `json:"id"`
	Name   string     `json:"name"`
	Email  string     `json:"email"`
	Role   authz.Role `json:"role"`
	Locale string     `json:"locale"`

	SecondFactorSince *time.Time `json:"second_factor_since,omitempty" doc:"Absent: the person has no second factor"`
}

// Home is the tenant that a person belongs to.
type Home struct {
	ID      tenant.ID      `json:"id"`
	Name    string         `json:"name"`
	Level   tenant.Level   `json:"level"`
	Variant tenant.Variant `json:"variant,omitempty"`
}

// SessionBrand is what the portal around a session calls itself.
type SessionBrand struct {
	Product string `json:"product"`
	Company string `json:"company"`
	Slug    string `json:"slug"`
}

func sessionOf(o identity.Own) Session {
	u := o.User
	return Session{
		Self{u.ID, u.Name, u.Email, u.Role, u.Locale, rest.Moment(u.History.FactorSince)}, Home{o.Home.ID, o.Home.Name, o.Home.Level, o.Home.Variant},
		SessionBrand(o.Brand), o.EndsAt,
	}
}

type sessionOutput struct{ Body Session }

// startedOutput gives the browser its cookie.
type startedOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Session
}

// start refuses to begin what could not be carried safely before anything is begun. Where a code is asked for as well, the
// refusal gives the browser the cookie with which it shows one.
func start(ctx context.Context, begin func(identity.Visitor) (identity.Started, error)) (*startedOutput, error) {
	call := rest.CallFrom(ctx)
	if _, err := call.SessionCookie("", time.Time{}); err != nil {
		return nil, err
	}
	started, err := begin(visitor(call))
	var step *identity.SecondStep
	if errors.As(err, &step) {
		cookie, refused := call.StepCookie(step.Token, step.ExpiresAt)
		if refused != nil {
			return nil, refused
		}
		return nil, rest.WithCookie(err, cookie)
	}
	if err != nil {
		return nil, err
	}
	cookie, err := cookieOf(call, started)
	return &startedOutput{cookie, sessionOf(started.Own)}, err
}

// cookieOf lives as long as the session can at most; when the session ends earlier is the platform's to say.
func cookieOf(call rest.Call, started identity.Started) (http.Cookie, error) {
	return call.SessionCookie(started.Token, started.LongestAt)
}

func visitor(call rest.Call) identity.Visitor {
	return identity.Visitor{Host: call.Host, Address: call.Address, Client: call.Client}
}

// endedOutput makes the browser forget its cookie.
type endedOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

const smallBody = 8 << 10

func registerSession(api huma.API, s *identity.Service) {
	rest.Register(api, rest.Operation{
		ID: "sign-in", Method: http.MethodPost, Path: "/v1/session", Summary: "Sign in", Status: http.StatusCreated,
		Auth: route.Public, MaxBody: smallBody,
		Description: "Finds the people of the hostname's realm only. Attempts that come too fast are rate_limited. For somebody with " +
			"a second factor the answer is second_factor_required and sets a cookie for /v1/session/code.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Email    string `json:"email" maxLength:"254"`
			Password string `json:"password" maxLength:"1024"`
		}
	}) (*startedOutput, error) {
		return start(ctx, func(v identity.Visitor) (identity.Started, error) {
			return s.SignIn(ctx, in.Body.Email, in.Body.Password, v)
		})
	})

	rest.Register(api, rest.Operation{
		ID: "sign-in-with-code", Method: http.MethodPost, Path: "/v1/session/code", Summary: "Show the code that a sign-in asks for",
		Status: http.StatusCreated, Auth: route.Public, MaxBody: smallBody,
		Description: "Goes on with the sign-in, or the one-time link, that answered second_factor_required, within five minutes; " +
			"later it is second_step_over. Each code counts once.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"64" doc:"Six digits from the app, or a recovery code"`
		}
	}) (*startedOutput, error) {
		return start(ctx, func(v identity.Visitor) (identity.Started, error) {
			return s.SignInWithCode(ctx, rest.CallFrom(ctx).Step, in.Body.Code, v)
		})
	})

	rest.Register(api, rest.Operation{
		ID: "get-session", Method: http.MethodGet, Path: "/v1/session", Summary: "Who is signed in",
	}, func(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
		o, err := s.Who(ctx)
		return &sessionOutput{sessionOf(o)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "sign-out", Method: http.MethodDelete, Path: "/v1/session", Summary: "Sign out",
	}, func(ctx context.Context, _ *struct{}) (*endedOutput, error) {
		return &endedOutput{rest.CallFrom(ctx).EndedCookie()}, s.SignOut(ctx)
	})
}

// Link is a one-time link before it is used.
type Link struct {
	Purpose       identity.Purpose `json:"purpose" enum:"sign_in,invitation,reset"`
	Email         string           `json:"email"`
	Name          string           `json:"name"`
	NeedsPassword bool             `json:"needs_password"`
}

func registerLinks(api huma.API, s *identity.Service) {
	rest.Register(api, rest.Operation{
		ID: "open-link", Method: http.MethodPost, Path: "/v1/links", Summary: "What a one-time link is for", Auth: route.Public,
		MaxBody: smallBody, Status: http.StatusOK,
		Description: "Does not use the link. One that is unknown, used, replaced or expired is link_spent. The token is sent in the " +
			"body, because addresses stand in logs.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Token string `json:"token" maxLength:"64" doc:"What stands behind # in the link"`
		}
	}) (*struct{ Body Link }, error) {
		o, err := s.OpenLink(ctx, in.Body.Token, rest.CallFrom(ctx).Host)
		return &struct{ Body Link }{Link(o)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "follow-link", Method: http.MethodPost, Path: "/v1/links/follow", Summary: "Come in by a one-time link",
		Status: http.StatusCreated, Auth: route.Public, MaxBody: smallBody,
		Description: "A link stands for the first step only: for somebody with a second factor the answer is second_factor_required.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Token    string `json:"token" maxLength:"64" doc:"What stands behind # in the link"`
			Password string `json:"password,omitempty" maxLength:"1024" doc:"The new one, where the link needs it"`
		}
	}) (*startedOutput, error) {
		return start(ctx, func(v identity.Visitor) (identity.Started, error) {
			return s.FollowLink(ctx, in.Body.Token, in.Body.Password, v)
		})
	})
}

// SessionRow is one of the caller's sessions in a list.
type SessionRow struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at" doc:"To five minutes"`
	Address    string    `json:"address"`
	Client     string    `json:"client"`
}

func sessionRowOf(o identity.OwnSession) SessionRow {
	return SessionRow{o.ID, o.Current, o.CreatedAt, o.LastSeenAt, o.Address, o.Client}
}

func registerSelf(api huma.API, s *identity.Service) {
	rest.Register(api, rest.Operation{
		ID: "edit-session", Method: http.MethodPatch, Path: "/v1/session", Summary: "Change one's own name and language",
		Permission: authz.ProfileManage,
	}, func(ctx context.Context, in *struct {
		Body struct {
			Name   *string `json:"name,omitempty"`
			Locale *string `json:"locale,omitempty"`
		}
	}) (*sessionOutput, error) {
		o, err := s.EditSelf(ctx, identity.EditSelf(in.Body))
		return &sessionOutput{sessionOf(o)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "change-password", Method: http.MethodPost, Path: "/v1/session/password", Summary: "Change one's own password",
		Description: "Ends every other session of the same person.", Permission: authz.ProfileManage, MaxBody: smallBody,
	}, func(ctx context.Context, in *struct {
		Body struct {
			Current string `json:"current" maxLength:"1024"`
			New     string `json:"new" maxLength:"1024"`
		}
	}) (*struct{}, error) {
		return &struct{}{}, s.ChangePassword(ctx, in.Body.Current, in.Body.New)
	})

	rest.Register(api, rest.Operation{
		ID: "list-sessions", Method: http.MethodGet, Path: "/v1/session/list", Summary: "One's own sessions, the newest first",
		Permission: authz.ProfileManage,
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body rest.List[SessionRow] }, error) {
		sessions, err := s.Sessions(ctx)
		return &struct{ Body rest.List[SessionRow] }{rest.ListOf(sessions, "", sessionRowOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "end-session", Method: http.MethodDelete, Path: "/v1/session/list/{session}", Summary: "End one of one's own sessions",
		Permission: authz.ProfileManage,
	}, func(ctx context.Context, in *struct {
		Session string `path:"session"`
	}) (*struct{}, error) {
		return &struct{}{}, s.EndSession(ctx, in.Session)
	})
}
