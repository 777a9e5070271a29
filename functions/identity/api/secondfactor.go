package identityapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// SecondFactor is what a person sees of his own second factor.
type SecondFactor struct {
	Since             *time.Time `json:"since,omitempty" doc:"Absent: there is none"`
	RecoveryCodesLeft int        `json:"recovery_codes_left"`
}

// SecondFactorSetup is a second factor that waits for a code.
type SecondFactorSetup struct {
	URI     string `json:"uri" doc:"otpauth://totp/…, for authenticator apps that read it"`
	Secret  string `json:"secret" doc:"The same in letters, for apps into which it is typed"`
	Picture QRCode `json:"picture"`
}

// QRCode is a QR code of the address.
type QRCode struct {
	Size int    `json:"size" doc:"Width and height, with the quiet zone that belongs around it"`
	Path string `json:"path" doc:"What is dark in it, as the data of one SVG path"`
}

// Confirmed is the session that a confirmed second factor began.
type Confirmed struct {
	Session       Session  `json:"session"`
	RecoveryCodes []string `json:"recovery_codes" doc:"Shown once; each lets its person in once in the place of a code"`
}

// RecoveryCodes are new ones.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" doc:"Shown once"`
}

const secondFactorPath = "/v1/session/second-factor"

func registerSecondFactor(api huma.API, s *identity.Service) {
	rest.Register(api, rest.Operation{
		ID: "get-second-factor", Method: http.MethodGet, Path: secondFactorPath, Summary: "One's own second factor",
		Permission: authz.ProfileManage,
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body SecondFactor }, error) {
		f, err := s.SecondFactor(ctx)
		return &struct{ Body SecondFactor }{SecondFactor{rest.Moment(f.Since), f.CodesLeft}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "begin-second-factor", Method: http.MethodPost, Path: secondFactorPath, Summary: "Begin to set up a second factor",
		Status: http.StatusCreated, Permission: authz.ProfileManage, Secret: true, MaxBody: smallBody,
		Description: "Counts once a code of it has confirmed it, in the same session and within an hour.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Current string `json:"current" maxLength:"1024" doc:"The present password"`
		}
	}) (*struct{ Body SecondFactorSetup }, error) {
		setup, err := s.BeginFactor(ctx, in.Body.Current)
		return &struct{ Body SecondFactorSetup }{SecondFactorSetup{setup.URI, setup.Secret, QRCode(setup.Picture)}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "confirm-second-factor", Method: http.MethodPost, Path: secondFactorPath + "/confirm", Summary: "Confirm the new second factor",
		Status: http.StatusCreated, Permission: authz.ProfileManage, Secret: true, MaxBody: smallBody,
		Description: "Ends every session of the person and begins a new one in the place of the present one.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"64"`
		}
	}) (*struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
		Body      Confirmed
	}, error) {
		call := rest.CallFrom(ctx)
		stepped, err := s.ConfirmFactor(ctx, in.Body.Code, visitor(call))
		if err != nil {
			return nil, err
		}
		cookie, err := cookieOf(call, stepped.Started)
		return &struct {
			SetCookie http.Cookie `header:"Set-Cookie"`
			Body      Confirmed
		}{cookie, Confirmed{sessionOf(stepped.Own), stepped.RecoveryCodes}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "renew-recovery-codes", Method: http.MethodPost, Path: secondFactorPath + "/recovery-codes", Summary: "Ten new recovery codes",
		Status: http.StatusCreated, Permission: authz.ProfileManage, Secret: true, MaxBody: smallBody,
		Description: "The old ones count no more.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"64"`
		}
	}) (*struct{ Body RecoveryCodes }, error) {
		codes, err := s.RenewRecoveryCodes(ctx, in.Body.Code)
		return &struct{ Body RecoveryCodes }{RecoveryCodes{codes}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "remove-second-factor", Method: http.MethodPost, Path: secondFactorPath + "/remove", Summary: "Remove one's own second factor",
		Status: http.StatusCreated, Permission: authz.ProfileManage, Secret: true, MaxBody: smallBody,
		Description: "Asks for the password and for a code or a recovery code. Ends every session of the person and begins a new one " +
			"in the place of the present one.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Current string `json:"current" maxLength:"1024" doc:"The present password"`
			Code    string `json:"code" maxLength:"64"`
		}
	}) (*startedOutput, error) {
		return start(ctx, func(v identity.Visitor) (identity.Started, error) {
			return s.RemoveFactor(ctx, in.Body.Current, in.Body.Code, v)
		})
	})
}
