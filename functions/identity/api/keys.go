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

// Key is an API key without its secret.
type Key struct {
	ID         string             `json:"id"`
	Name       string             `json:"name"`
	Prefix     string             `json:"prefix" doc:"The part of the key that tells it from others: tk_<prefix>_…"`
	Scopes     []authz.Permission `json:"scopes"`
	UserID     string             `json:"user_id"`
	UserName   string             `json:"user_name" doc:"Its maker, with whom it ends"`
	MadeBelow  bool               `json:"made_below" doc:"Made by somebody from above; ends when acting below is withdrawn"`
	CreatedAt  time.Time          `json:"created_at"`
	LastUsedAt *time.Time         `json:"last_used_at,omitempty" doc:"To five minutes; absent: never"`
	ExpiresAt  *time.Time         `json:"expires_at,omitempty" doc:"Absent: never"`
	Actions    []string           `json:"actions"`
}

func keyOf(k identity.KeyRow) Key {
	return Key{
		k.ID, k.Name, k.Prefix, k.Scopes, k.User, k.UserName, k.MadeBelow(), k.CreatedAt, rest.Moment(k.LastUsedAt),
		rest.Moment(k.ExpiresAt), k.Actions,
	}
}

// CreatedKey is a new API key with its secret.
type CreatedKey struct {
	Key    Key    `json:"key"`
	Secret string `json:"secret" doc:"Shown once"`
}

// KeyPath is the path of one API key.
type KeyPath struct {
	TenantPath
	Key string `path:"key"`
}

func registerKeys(api huma.API, s *identity.Service) {
	rest.Register(api, rest.Operation{
		ID: "list-keys", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/keys", Summary: "The tenant's API keys",
		Permission: authz.APIKeysManage,
	}, func(ctx context.Context, in *TenantPath) (*struct{ Body rest.List[Key] }, error) {
		rows, err := s.Keys(ctx, in.Tenant)
		return &struct{ Body rest.List[Key] }{rest.ListOf(rows, "", keyOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "create-key", Method: http.MethodPost, Path: "/v1/tenants/{tenant}/keys", Summary: "Make an API key",
		Status: http.StatusCreated, Permission: authz.APIKeysManage, Secret: true,
		Description: "It may do what its scopes and its maker's present role both allow, and ends with its maker.",
	}, func(ctx context.Context, in *struct {
		TenantPath
		Body struct {
			Name      string             `json:"name"`
			Scopes    []authz.Permission `json:"scopes" maxItems:"100"`
			ExpiresAt *time.Time         `json:"expires_at,omitempty"`
		}
	}) (*struct{ Body CreatedKey }, error) {
		n := identity.NewKey{Name: in.Body.Name, Scopes: in.Body.Scopes}
		if in.Body.ExpiresAt != nil {
			n.ExpiresAt = in.Body.ExpiresAt.UTC()
		}
		k, secret, err := s.CreateKey(ctx, in.Tenant, n)
		return &struct{ Body CreatedKey }{CreatedKey{keyOf(k), secret}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "list-key-scopes", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/keys/scopes",
		Summary: "What a key that the caller makes can be allowed to do", Permission: authz.APIKeysManage,
	}, func(ctx context.Context, in *TenantPath) (*struct{ Body rest.List[authz.Permission] }, error) {
		scopes, err := s.Scopes(ctx, in.Tenant)
		return &struct{ Body rest.List[authz.Permission] }{rest.NewList(scopes, "")}, err
	})

	rest.Register(api, rest.Operation{
		ID: "get-key", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/keys/{key}", Summary: "One of the tenant's API keys",
		Permission: authz.APIKeysManage,
	}, func(ctx context.Context, in *KeyPath) (*struct{ Body Key }, error) {
		k, err := s.Key(ctx, in.Tenant, in.Key)
		return &struct{ Body Key }{keyOf(k)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "delete-key", Method: http.MethodDelete, Path: "/v1/tenants/{tenant}/keys/{key}", Summary: "End an API key at once",
		Permission: authz.APIKeysManage,
	}, func(ctx context.Context, in *KeyPath) (*struct{}, error) {
		return &struct{}{}, s.RevokeKey(ctx, in.Tenant, in.Key)
	})
}
