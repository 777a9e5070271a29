// Package operationsapi speaks HTTP for functions/operations. It holds no rules.
package operationsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// Register adds the operations of this feature to an API.
func Register(api huma.API, s *operations.Service) {
	registerPeople(api, s)
	registerAgents(api, s)
}

// Operation is one thing to do on a backup server.
type Operation struct {
	ID          string           `json:"id"`
	Kind        operations.Kind  `json:"kind" enum:"account.ensure,account.trash,account.restore,account.purge"`
	Account     string           `json:"account"`
	AccountName string           `json:"account_name"`
	Server      string           `json:"server"`
	ServerName  string           `json:"server_name"`
	State       operations.State `json:"state" enum:"waiting,ready,running,succeeded,needs_attention,cancelled"`
	Attempt     int              `json:"attempt"`
	Generation  int64            `json:"generation"`
	ReasonCode  string           `json:"reason_code,omitempty" doc:"Why it did not succeed"`
	Reason      string           `json:"reason,omitempty" doc:"The server's own words"`
	CreatedAt   time.Time        `json:"created_at"`
	ClaimedAt   *time.Time       `json:"claimed_at,omitempty"`
	EndedAt     *time.Time       `json:"ended_at,omitempty"`
	CreatedBy   string           `json:"created_by"`
	Actions     []string         `json:"actions"`
}

func operationOf(v operations.View) Operation {
	return Operation{
		v.ID, v.Kind, v.Account, v.AccountName, v.Server, v.ServerName, v.State, v.Attempt, v.Generation, v.Code, v.Detail, v.CreatedAt,
		rest.Moment(v.ClaimedAt), rest.Moment(v.EndedAt), v.CreatedBy, v.Actions,
	}
}

// OperationPath names an operation.
type OperationPath struct {
	Tenant    tenant.ID `path:"tenant" doc:"The seller acted for"`
	Operation string    `path:"operation"`
}

type operationOutput struct{ Body Operation }

func registerPeople(api huma.API, s *operations.Service) {
	const all = "/v1/tenants/{tenant}/operations"

	rest.Register(api, rest.Operation{
		ID: "list-operations", Method: http.MethodGet, Path: all, Summary: "Operations of the seller acted for, the newest first",
		Permission: authz.OperationsRead,
	}, func(ctx context.Context, in *struct {
		Tenant tenant.ID `path:"tenant"`
		rest.Page
		State   operations.State `query:"state" enum:"waiting,ready,running,succeeded,needs_attention,cancelled"`
		Account string           `query:"account"`
		Server  string           `query:"server"`
	}) (*struct{ Body rest.List[Operation] }, error) {
		page, next, err := s.List(ctx, in.Tenant, operations.Filter{Account: in.Account, Server: in.Server, State: in.State}, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Operation] }{rest.ListOf(page, next, operationOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "get-operation", Method: http.MethodGet, Path: all + "/{operation}", Summary: "An operation", Permission: authz.OperationsRead,
	}, func(ctx context.Context, in *OperationPath) (*operationOutput, error) {
		v, err := s.Get(ctx, in.Tenant, in.Operation)
		return &operationOutput{operationOf(v)}, err
	})

	for _, action := range []struct {
		id, name, summary string
		do                func(context.Context, tenant.ID, string) (operations.View, error)
	}{
		{"retry-operation", "retry", "Try an operation again that needed attention", s.Retry},
		{"cancel-operation", "cancel", "Stop an operation that nobody is carrying out", s.Cancel},
	} {
		rest.Register(api, rest.Operation{
			ID: action.id, Method: http.MethodPost, Path: all + "/{operation}/" + action.name, Summary: action.summary,
			Permission: authz.OperationsManage, Resource: all + "/{operation}", Status: http.StatusOK,
		}, func(ctx context.Context, in *OperationPath) (*operationOutput, error) {
			v, err := action.do(ctx, in.Tenant, in.Operation)
			return &operationOutput{operationOf(v)}, err
		})
	}
}

// Lease is the right to carry out one attempt of an operation, for a while.
type Lease struct {
	Tenant       tenant.ID       `json:"tenant"`
	Operation    string          `json:"operation"`
	Lease        string          `json:"lease"`
	Attempt      int             `json:"attempt"`
	Kind         operations.Kind `json:"kind"`
	Account      string          `json:"account"`
	Server       string          `json:"server"`
	Spec         json.RawMessage `json:"spec"`
	LeaseSeconds int             `json:"lease_seconds"`
	Signature    []byte          `json:"signature" doc:"Of the platform's key"`
}

// leaseOf signs an operation for the agent that leased it, which carries out nothing that the platform did not sign.
func leaseOf(ctx context.Context, s *operations.Service, o operations.Operation) (Lease, error) {
	signature, err := s.Sign(ctx, sign.Operation(string(o.Tenant), o.ID, o.Attempt, string(o.Kind), o.Account, o.Server, o.Spec))
	if err != nil {
		return Lease{}, fmt.Errorf("sign operation %s: %w", o.ID, err)
	}
	return Lease{
		o.Tenant, o.ID, o.Lease, o.Attempt, o.Kind, o.Account, o.Server, o.Spec, int(operations.LeaseFor.Seconds()), signature,
	}, nil
}

func registerAgents(api huma.API, s *operations.Service) {
	rest.Register(api, rest.Operation{
		ID: "claim-operations", Method: http.MethodPost, Path: "/agent/v1/claim", Summary: "Ask for work", Auth: route.Agent,
		Status: http.StatusOK,
	}, func(ctx context.Context, in *struct {
		Body struct {
			ClaimID string   `json:"claim_id" minLength:"1" maxLength:"64" doc:"A repeat under the same id brings the same leases"`
			Servers []string `json:"servers" maxItems:"50"`
			Max     int      `json:"max" minimum:"1" maximum:"20"`
		}
	}) (*struct {
		Body struct {
			Leases      []Lease `json:"leases"`
			PollSeconds int     `json:"poll_seconds"`
		}
	}, error) {
		leased, err := s.Claim(ctx, in.Body.ClaimID, in.Body.Servers, in.Body.Max)
		if err != nil {
			return nil, err
		}
		out := &struct {
			Body struct {
				Leases      []Lease `json:"leases"`
				PollSeconds int     `json:"poll_seconds"`
			}
		}{}
		out.Body.PollSeconds = operations.PollSeconds
		for _, o := range leased {
			l, err := leaseOf(ctx, s, o)
			if err != nil {
				return nil, err
			}
			out.Body.Leases = append(out.Body.Leases, l)
		}
		return out, nil
	})

	rest.Register(api, rest.Operation{
		ID: "heartbeat", Method: http.MethodPost, Path: "/agent/v1/operations/{tenant}/{operation}/heartbeat", Summary: "Keep a lease",
		Auth: route.Agent,
	}, func(ctx context.Context, in *struct {
		OperationPath
		Body struct {
			Lease   string `json:"lease" maxLength:"64"`
			Attempt int    `json:"attempt"`
		}
	}) (*struct{}, error) {
		return nil, s.Heartbeat(ctx, in.Tenant, in.Operation, in.Body.Lease, in.Body.Attempt)
	})

	rest.Register(api, rest.Operation{
		ID: "operation-result", Method: http.MethodPost, Path: "/agent/v1/operations/{tenant}/{operation}/result", Summary: "Say how an attempt ended",
		Auth: route.Agent,
	}, func(ctx context.Context, in *struct {
		OperationPath
		Body struct {
			ResultID string             `json:"result_id" maxLength:"64" doc:"Told twice, a result counts once"`
			Lease    string             `json:"lease" maxLength:"64"`
			Attempt  int                `json:"attempt"`
			Outcome  operations.Outcome `json:"outcome" enum:"done,failed,refused"`
			Code     string             `json:"code,omitempty" maxLength:"64"`
			Detail   string             `json:"detail,omitempty" maxLength:"1000"`
			Observed *driver.Observed   `json:"observed,omitempty"`
		}
	}) (*struct{}, error) {
		b := in.Body
		r := operations.Result{ID: b.ResultID, Lease: b.Lease, Attempt: b.Attempt, Outcome: b.Outcome, Code: b.Code, Detail: b.Detail}
		if b.Observed != nil {
			r.UsedBytes = b.Observed.UsedBytes
		}
		return nil, s.TakeResult(ctx, in.Tenant, in.Operation, r)
	})
}
