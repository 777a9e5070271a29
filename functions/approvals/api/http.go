// Package approvalsapi speaks HTTP for functions/approvals. It holds no rules.
package approvalsapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Approval is something that a person asks a second person for.
type Approval struct {
	ID          string          `json:"id"`
	Kind        approvals.Kind  `json:"kind" enum:"account.delete,account.purge,account.cut_quota" doc:"What is to be allowed"`
	State       approvals.State `json:"state" enum:"waiting,approved,refused,withdrawn,expired"`
	Seller      Named           `json:"seller"`
	Customer    Named           `json:"customer" doc:"Its number where the seller hides its customers from the caller"`
	Account     string          `json:"account"`
	Reason      string          `json:"reason" doc:"Why it is asked for"`
	RequestedBy Person          `json:"requested_by"`
	RequestedAt time.Time       `json:"requested_at"`
	RemindAt    time.Time       `json:"remind_at"`
	RemindedAt  *time.Time      `json:"reminded_at,omitempty"`
	ExpiresAt   time.Time       `json:"expires_at" doc:"From then on nobody can decide"`
	Deciders    []tenant.ID     `json:"deciders" doc:"The tenants whose people may decide"`
	DecidedBy   *Person         `json:"decided_by,omitempty" doc:"Who ended it; absent where nobody did"`
	DecidedAt   *time.Time      `json:"decided_at,omitempty" doc:"When it ended"`
	Answer      string          `json:"answer,omitempty" doc:"The decider's reason"`
	Trouble     string          `json:"trouble,omitempty" enum:"workflow_failed" doc:"Nobody is reminded and nothing lets it expire by itself: decide or withdraw it"`
	Loss        Loss            `json:"loss" doc:"What would be lost, as it was when it was asked for"`
	LossNow     *Loss           `json:"loss_now,omitempty" doc:"What would be lost now; absent in lists"`
	Actions     []string        `json:"actions" doc:"approve, refuse, withdraw"`
	WhyNot      *WhyNot         `json:"why_not,omitempty" doc:"Why the caller may not decide while it waits"`
}

// Named is something else by identifier and name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Person is somebody who asked or decided, as he was then.
type Person struct {
	User string    `json:"user"`
	Name string    `json:"name"`
	Home tenant.ID `json:"home"`
}

// WhyNot is the rule that keeps the caller from deciding.
type WhyNot struct {
	Code   problem.Code `json:"code" enum:"own_request,decider_not_above,forbidden,decider_no_factor,decider_not_apart,decider_too_new"`
	Detail string       `json:"detail"`
}

// Loss is what would be gone.
type Loss struct {
	Account       string       `json:"account" doc:"The account's name; a login where the seller hides its customers from the caller"`
	Devices       []LossDevice `json:"devices"`
	Sets          int          `json:"sets" doc:"Backup sets that back up by a schedule"`
	UsedBytes     int64        `json:"used_bytes"`
	QuotaBytes    int64        `json:"quota_bytes,omitempty" doc:"What the quota would be: nothing new is taken until that much or less is used. Absent: it stays"`
	LastBackup    *time.Time   `json:"last_backup,omitempty" doc:"The end of the latest good one; absent where none is known"`
	RetentionDays int          `json:"retention_days" doc:"For how long it could be restored from the trash; 0: not at all"`
	Until         *time.Time   `json:"until,omitempty" doc:"Of an account in the trash: until when it can be restored"`
	Gone          bool         `json:"gone" doc:"Nothing is left that could be lost"`
}

// LossDevice is one machine whose backups would be gone.
type LossDevice struct {
	Name  string `json:"name"`
	Login string `json:"login"`
}

func approvalOf(v approvals.View) Approval {
	a := Approval{
		ID: v.ID, Kind: v.Kind, State: v.State, Seller: Named{string(v.Seller), v.SellerName}, Customer: Named{string(v.Customer), v.CustomerName},
		Account: v.Account, Reason: v.Reason, RequestedBy: Person(v.Asker), RequestedAt: v.AskedAt, RemindAt: v.RemindAt,
		RemindedAt: rest.Moment(v.RemindedAt), ExpiresAt: v.ExpiresAt, Deciders: v.Deciders, DecidedAt: rest.Moment(v.EndedAt), Answer: v.Answer,
		Trouble: v.Trouble, Loss: lossOf(v.Loss), Actions: v.Actions,
	}
	if v.Decider != (approvals.Person{}) {
		decider := Person(v.Decider)
		a.DecidedBy = &decider
	}
	if v.Now != nil {
		now := lossOf(*v.Now)
		a.LossNow = &now
	}
	if v.WhyNot != nil {
		a.WhyNot = &WhyNot{v.WhyNot.Code, v.WhyNot.Detail}
	}
	return a
}

func lossOf(l approvals.Loss) Loss {
	out := Loss{
		Account: l.Account, Sets: l.Sets, UsedBytes: l.UsedBytes, QuotaBytes: l.QuotaBytes, LastBackup: rest.Moment(l.LastBackup), RetentionDays: l.Retention,
		Until: rest.Moment(l.Until), Gone: l.Gone,
	}
	for _, d := range l.Devices {
		out.Devices = append(out.Devices, LossDevice(d))
	}
	return out
}

// TenantPath names the tenant acted for.
type TenantPath struct {
	Tenant tenant.ID `path:"tenant" doc:"The tenant acted for: one that decides, the seller, or the customer"`
}

// ApprovalPath names an approval.
type ApprovalPath struct {
	TenantPath
	Approval string `path:"approval"`
}

type approvalOutput struct{ Body Approval }

func answer(v approvals.View, err error) (*approvalOutput, error) {
	return &approvalOutput{approvalOf(v)}, err
}

// Register adds the operations of approvals to an API.
func Register(api huma.API, s *approvals.Service) {
	const all = "/v1/tenants/{tenant}/approvals"
	const one = all + "/{approval}"

	rest.Register(api, rest.Operation{
		ID: "list-approvals", Method: http.MethodGet, Path: all, Summary: "Approvals that wait, are over, or are asked for, the newest first",
		Permission: authz.ApprovalsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Box   approvals.Box   `query:"box" enum:"waiting,decided,requested" default:"waiting" doc:"What waits for the tenant's decision, what it was asked about and is over, or what it asks for"`
		State approvals.State `query:"state" enum:"waiting,approved,refused,withdrawn,expired"`
	}) (*struct{ Body rest.List[Approval] }, error) {
		page, next, err := s.List(ctx, in.Tenant, in.Box, in.State, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Approval] }{rest.ListOf(page, next, approvalOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "get-approval", Method: http.MethodGet, Path: one, Summary: "An approval, with what would be lost now", Permission: authz.ApprovalsRead,
	}, func(ctx context.Context, in *ApprovalPath) (*approvalOutput, error) {
		return answer(s.Get(ctx, in.Tenant, in.Approval))
	})

	rest.Register(api, rest.Operation{
		ID: "approve-request", Method: http.MethodPost, Path: one + "/approve", Summary: "Agree", Permission: authz.ApprovalsDecide, Resource: one,
		Status: http.StatusOK,
	}, func(ctx context.Context, in *struct {
		ApprovalPath
		Body struct {
			Reason string `json:"reason,omitempty" maxLength:"1000"`
		}
	}) (*approvalOutput, error) {
		return answer(s.Approve(ctx, in.Tenant, in.Approval, in.Body.Reason))
	})

	rest.Register(api, rest.Operation{
		ID: "refuse-request", Method: http.MethodPost, Path: one + "/refuse", Summary: "Say no, and why", Permission: authz.ApprovalsDecide, Resource: one,
		Status: http.StatusOK,
	}, func(ctx context.Context, in *struct {
		ApprovalPath
		Body struct {
			Reason string `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}) (*approvalOutput, error) {
		return answer(s.Refuse(ctx, in.Tenant, in.Approval, in.Body.Reason))
	})

	rest.Register(api, rest.Operation{
		ID: "withdraw-request", Method: http.MethodPost, Path: one + "/withdraw", Summary: "Take back what one asked for", Permission: authz.ApprovalsRead,
		Resource: one, Status: http.StatusOK,
	}, func(ctx context.Context, in *ApprovalPath) (*approvalOutput, error) {
		return answer(s.Withdraw(ctx, in.Tenant, in.Approval))
	})
}
