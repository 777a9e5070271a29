package approvals

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the use cases of approvals: what people see and decide, and what the machine does.
type Service struct {
	Guard    authz.Guard
	Reader   Reader
	Changes  change.Log
	Clock    clock.Clock
	Settings Settings
	People   People
	Losses   Losses
	Machines workflow.Workflow
}

// People tells who had a hand in a person's being able to decide. The identity feature answers.
type People interface {
	DeciderFacts(ctx context.Context, home tenant.ID, user string) (Facts, error)
}

// tries is how often a lost race is run again before the caller hears of it.
const tries = 8

// View is an approval as one principal may see it.
type View struct {
	Approval
	SellerName   string
	CustomerName string // a number where the seller hides its customers from the principal
	Now          *Loss  // as it is now; nil in lists
	Actions      []string
	WhyNot       *problem.Error // why the principal may not decide while it waits; nil: he may, or it is over
}

// Box selects what a list shows.
type Box string

// The boxes.
const (
	ToDecide Box = "waiting"   // what waits for the tenant's decision
	Decided  Box = "decided"   // what it was asked about, and is over
	Asked    Box = "requested" // what the tenant's people ask for, or those who act for it
)

// List lists approvals of one box of the tenant acted for, the newest first. A customer's box is what is asked about its own
// accounts. A state, where it is given, selects among them.
func (s *Service) List(ctx context.Context, t tenant.ID, box Box, state State, limit int, cursor string) ([]View, string, error) {
	d, err := s.Guard.Require(ctx, authz.ApprovalsRead, t)
	if err != nil {
		return nil, "", err
	}
	pk, load := waitingPartition(t), func(i store.Item) (Approval, error) { return s.Reader.at(ctx, i) }
	switch box {
	case ToDecide:
	case Decided:
		pk = decidedPartition(t)
	case Asked:
		pk, load = partition(d.Seller.ID), func(i store.Item) (Approval, error) { return read(d.Seller.ID, i) }
	default:
		return nil, "", problem.Invalid("box", "enum", "waiting, decided or requested")
	}
	now := s.Clock.Now()
	found, next, err := s.Reader.list(ctx, pk, limit, cursor, load, func(a Approval) bool {
		return (box != ToDecide || a.open(now)) && (state == "" || a.State == state) && (d.Target.Level.Sells() || a.Customer == t)
	})
	if err != nil {
		return nil, "", err
	}
	c, err := s.candidate(ctx, d.Principal)
	if err != nil {
		return nil, "", err
	}
	views := make([]View, 0, len(found))
	for _, a := range found {
		v, err := s.view(ctx, d.Principal, a, c)
		if err != nil {
			return nil, "", err
		}
		views = append(views, v.View)
	}
	return views, next, nil
}

// Get returns an approval that the tenant acted for is to decide, decided, or asks for, with what would be lost now.
func (s *Service) Get(ctx context.Context, t tenant.ID, approval string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.ApprovalsRead, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.access(ctx, d, approval)
	if err != nil {
		return View{}, err
	}
	return s.look(ctx, d.Principal, a)
}

// Approve agrees. What was asked for is carried out by the feature that asked.
func (s *Service) Approve(ctx context.Context, t tenant.ID, approval, reason string) (View, error) {
	return s.decide(ctx, t, approval, Approved, reason)
}

// Refuse says no, and why.
func (s *Service) Refuse(ctx context.Context, t tenant.ID, approval, reason string) (View, error) {
	return s.decide(ctx, t, approval, Refused, reason)
}

func (s *Service) decide(ctx context.Context, t tenant.ID, approval string, to State, reason string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.ApprovalsRead, t)
	if err != nil {
		return View{}, err
	}
	c, err := s.candidate(ctx, d.Principal)
	if err != nil {
		return View{}, err
	}
	a, err := s.end(ctx, d, approval, to, func(a *Approval) error {
		if err := mayDecide(*a, c, s.Settings.deciderAge(), s.Clock.Now()); err != nil {
			return err
		}
		if reason != "" || to == Refused {
			a.Answer = reason
			return CheckReason("/reason", reason)
		}
		return nil
	})
	if err != nil {
		return View{}, err
	}
	return s.look(ctx, d.Principal, a)
}

// Withdraw takes back what the principal asked for.
func (s *Service) Withdraw(ctx context.Context, t tenant.ID, approval string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.ApprovalsRead, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.end(ctx, d, approval, Withdrawn, func(a *Approval) error {
		if !a.askedBy(d.Principal) {
			return problem.New(problem.Forbidden, "only the person who asked takes it back")
		}
		return nil
	})
	if err != nil {
		return View{}, err
	}
	return s.look(ctx, d.Principal, a)
}

func (a Approval) askedBy(p authz.Principal) bool { return p.User != "" && p.User == a.Asker.User }

// end ends a waiting approval by a person. A race that was lost to the machine is run again; one that was lost to another
// person is over.
func (s *Service) end(ctx context.Context, d authz.Decision, approval string, to State, rule func(*Approval) error) (Approval, error) {
	for try := 0; ; try++ {
		a, err := s.access(ctx, d, approval)
		if err != nil {
			return Approval{}, err
		}
		before := a
		if err := rule(&a); err != nil {
			return Approval{}, err
		}
		now := s.Clock.Now()
		if !a.may(to) || to != Withdrawn && !a.open(now) {
			return Approval{}, problem.New(problem.ApprovalOver, "it is no longer waiting for anybody")
		}
		a.State, a.Decider, a.EndedAt = to, personOf(ctx), now
		rows, err := a.over()
		if err != nil {
			return Approval{}, err
		}
		err = s.Changes.Commit(ctx, rows, a.change(d.Target.ID, actionOf[to], before, a.decidedEvent()))
		if Lost(err, a.Seller, a.ID) && try < tries {
			continue
		}
		if err != nil {
			return Approval{}, fmt.Errorf("%s %s: %w", actionOf[to], approval, err)
		}
		a.Version++
		return a, nil
	}
}

// actionOf is what the audit log calls an end.
var actionOf = map[State]string{
	Approved: "approval.approve", Refused: "approval.refuse", Withdrawn: "approval.withdraw", Expired: "approval.expire",
}

// access is an approval found along a path: the tenant decides about it or did, sells the account, or is its customer.
func (s *Service) access(ctx context.Context, d authz.Decision, approval string) (Approval, error) {
	a, err := s.Reader.Get(ctx, d.Seller.ID, approval)
	if err == nil && (d.Target.Level.Sells() || a.Customer == d.Target.ID) {
		return a, nil
	}
	if err != nil && !problem.Has(err, problem.NotFound) {
		return Approval{}, err
	}
	return s.Reader.find(ctx, d.Target.ID, approval)
}

// candidate is what the rule looks at of a principal. The right to decide is judged where the person is at home, whichever
// tenant is acted for.
func (s *Service) candidate(ctx context.Context, p authz.Principal) (candidate, error) {
	c := candidate{user: p.User, home: p.HomeTenant, via: p.Via, factor: p.SecondFactor, proven: p.FactorProven}
	if p.Via != authz.ViaPortal {
		return c, nil // whatever else holds
	}
	if _, err := s.Guard.Require(ctx, authz.ApprovalsDecide, p.HomeTenant); problem.Has(err, problem.Forbidden) {
		c.lacks = problem.DetailOf(err)
	} else if err != nil {
		return candidate{}, err
	}
	var err error
	if c.history, err = s.People.DeciderFacts(ctx, p.HomeTenant, p.User); err != nil {
		return candidate{}, fmt.Errorf("what is known of %s: %w", p.User, err)
	}
	return c, nil
}

// look is the view of one approval, with what would be lost now.
func (s *Service) look(ctx context.Context, p authz.Principal, a Approval) (View, error) {
	c, err := s.candidate(ctx, p)
	if err != nil {
		return View{}, err
	}
	v, err := s.view(ctx, p, a, c)
	if err != nil {
		return View{}, err
	}
	loss, err := s.Losses.Loss(ctx, a.Kind, a.Seller, a.Account)
	if problem.Has(err, problem.NotFound) {
		loss, err = Loss{Gone: true}, nil
	}
	if err != nil {
		return View{}, fmt.Errorf("what approval %s would cost: %w", a.ID, err)
	}
	if v.masked {
		loss = loss.masked()
	}
	v.Now = &loss
	return v.View, nil
}
