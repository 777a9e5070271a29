// Package notificationsapi speaks HTTP for functions/notifications. It holds no rules.
package notificationsapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/notifications"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Mail is one message of the outbox.
type Mail struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at" doc:"When what it tells of happened"`
	From     string    `json:"from"`
	FromName string    `json:"from_name"`
	To       string    `json:"to"`
	ToName   string    `json:"to_name"`
	ReplyTo  string    `json:"reply_to,omitempty"`
	Subject  string    `json:"subject"`
	Text     string    `json:"text,omitempty" doc:"In a single mail only"`
}

func headOf(k mail.Kept) Mail {
	return Mail{k.Name, k.Date, k.From.Email, k.From.Name, k.To.Email, k.To.Name, k.ReplyTo, k.Subject, ""}
}

func mailOf(k mail.Kept) Mail {
	m := headOf(k)
	m.Text = k.Text
	return m
}

// TenantPath names the supplier.
type TenantPath struct {
	Tenant tenant.ID `path:"tenant" doc:"The supplier"`
}

// Register adds the operations of the outbox to an API.
func Register(api huma.API, s *notifications.Service) {
	const outbox = "/v1/tenants/{tenant}/outbox"

	rest.Register(api, rest.Operation{
		ID: "list-outbox", Method: http.MethodGet, Path: outbox, Summary: "Mails that were kept instead of sent, the newest first",
		Description: "The newest 200. Only a platform on one machine without a mail server has an outbox; elsewhere it is not found.",
		Permission:  authz.PlatformOperate,
	}, func(ctx context.Context, in *TenantPath) (*struct{ Body rest.List[Mail] }, error) {
		kept, err := s.Kept(ctx, in.Tenant)
		return &struct{ Body rest.List[Mail] }{rest.ListOf(kept, "", headOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "get-outbox-mail", Method: http.MethodGet, Path: outbox + "/{mail}", Summary: "One mail of the outbox", Permission: authz.PlatformOperate,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Mail string `path:"mail"`
	}) (*struct{ Body Mail }, error) {
		k, err := s.KeptMail(ctx, in.Tenant, in.Mail)
		return &struct{ Body Mail }{mailOf(k)}, err
	})
}
