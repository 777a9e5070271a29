package operations

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

const (
	codeNewPassword = "new_password_needed"
	codeGaveUp      = "attempts_used_up"
	maxClaim        = 20
	lookAt          = 100 // operations of a server that one claim looks at
)

// Leased is an operation with the platform's signature of this attempt.
type Leased struct {
	Operation
	Signature []byte
}

// Claim gives an agent work for its servers, at most max. The index that it reads may lag; each operation is read again
// before it is given out, and the write that leases it is conditional, so that nobody gets what another has. A repeat under
// the same claim id brings the same leases.
func (s *Service) Claim(ctx context.Context, claimID string, servers []string, max int) ([]Leased, error) {
	for _, server := range servers {
		if _, err := s.Guard.RequireServer(ctx, server); err != nil {
			return nil, err
		}
	}
	if claimID == "" || len(claimID) > 64 {
		return nil, problem.Invalid("/claim_id", "id", "1 to 64 characters")
	}
	var leased []Leased
	for _, server := range servers {
		open, err := s.openOf(ctx, server)
		if err != nil {
			return nil, err
		}
		for _, o := range open {
			if len(leased) >= min(max, maxClaim) {
				return leased, nil
			}
			taken, ok, err := s.lease(ctx, o.Tenant, o.ID, claimID)
			if err != nil {
				return nil, err
			}
			if ok {
				leased = append(leased, taken)
			}
		}
	}
	return leased, nil
}

// openOf returns ready and running operations of a server, those that became claimable first at the front.
func (s *Service) openOf(ctx context.Context, server string) ([]Operation, error) {
	open, _, err := s.Reader.list(ctx, store.Query{
		Index: store.First, PK: openPartition(server), Range: store.Range{From: "0", To: "9~"}, Limit: lookAt,
	})
	return open, err
}

func (s *Service) lease(ctx context.Context, t tenant.ID, op, claimID string) (Leased, bool, error) {
	o, err := s.Reader.Get(ctx, t, op) // the index may be behind
	if problem.Has(err, problem.NotFound) {
		return Leased{}, false, nil
	}
	if err != nil {
		return Leased{}, false, err
	}
	now := s.Clock.Now()
	switch {
	case o.State == Running && o.ClaimID == claimID && o.ClaimableAt.After(now):
		return s.signed(ctx, o)
	case !o.claimable(now):
		return Leased{}, false, nil
	case o.Attempt >= MaxAttempts:
		return Leased{}, false, s.giveUp(ctx, o)
	}
	o.State, o.ClaimID, o.Lease, o.ClaimableAt, o.ClaimedAt = Running, claimID, rand.Text(), now.Add(LeaseFor), now
	o.Attempt++
	put, err := o.replacement()
	if err != nil {
		return Leased{}, false, err
	}
	err = s.Reader.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{put}})
	if store.Failed(err) {
		return Leased{}, false, nil // another claim was faster
	}
	if err != nil {
		return Leased{}, false, fmt.Errorf("lease operation %s: %w", op, err)
	}
	return s.signed(ctx, o)
}

func (s *Service) signed(ctx context.Context, o Operation) (Leased, bool, error) {
	signature, err := s.Sign(ctx, sign.Operation(string(o.Tenant), o.ID, o.Attempt, string(o.Kind), o.Account, o.Server, o.Spec))
	if err != nil {
		return Leased{}, false, fmt.Errorf("sign operation %s: %w", o.ID, err)
	}
	return Leased{o, signature}, true, nil
}

// giveUp ends an operation whose leases ran out too often.
func (s *Service) giveUp(ctx context.Context, o Operation) error {
	_, err := s.decide(ctx, o.Tenant, o.ID, "operation.give_up", func(o *Operation, _ *lane) ([]events.Payload, error) {
		if !o.claimable(s.Clock.Now()) || o.Attempt < MaxAttempts {
			return nil, problem.New(problem.Conflict, "it moved on meanwhile")
		}
		*o = o.ended(NeedsAttention, codeGaveUp, "five attempts began and none ended", s.Clock.Now())
		return []events.Payload{o.endedEvent(0)}, nil
	})
	if problem.Has(err, problem.Conflict) {
		return nil
	}
	return err
}

// Heartbeat extends a lease. It fails with stale_attempt where the agent no longer has it.
func (s *Service) Heartbeat(ctx context.Context, t tenant.ID, op, lease string, attempt int) error {
	o, err := s.ofAgent(ctx, t, op)
	if err != nil {
		return err
	}
	if !o.holds(lease, attempt) {
		return problem.New(problem.StaleAttempt, "")
	}
	o.ClaimableAt = s.Clock.Now().Add(LeaseFor)
	put, err := o.replacement()
	if err != nil {
		return err
	}
	err = s.Reader.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{put}})
	if store.Failed(err) {
		return problem.Wrap(err, problem.StaleAttempt, "")
	}
	return err
}

// ofAgent returns an operation for the agent of its server; for anybody else it does not exist.
func (s *Service) ofAgent(ctx context.Context, t tenant.ID, op string) (Operation, error) {
	if _, err := s.Guard.RequireAgent(ctx); err != nil {
		return Operation{}, err
	}
	if !t.Valid() {
		return Operation{}, problem.New(problem.NotFound, "")
	}
	o, err := s.Reader.Get(ctx, t, op)
	if err != nil {
		return Operation{}, err
	}
	_, err = s.Guard.RequireServer(ctx, o.Server)
	return o, err
}

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Failed  Outcome = "failed"
	Refused Outcome = "refused"
)

// Result is what an agent reports of an attempt.
type Result struct {
	ID        string
	Lease     string
	Attempt   int
	Outcome   Outcome
	Code      string
	Detail    string
	UsedBytes int64
}

// TakeResult applies a result once. A result of an older attempt is counted and not applied: stale_attempt.
func (s *Service) TakeResult(ctx context.Context, t tenant.ID, op string, r Result) error {
	o, err := s.ofAgent(ctx, t, op)
	if err != nil {
		return err
	}
	if err := r.validate(); err != nil {
		return err
	}
	if o.ResultID == r.ID {
		return nil
	}
	if !o.holds(r.Lease, r.Attempt) {
		return s.late(ctx, o)
	}
	_, err = s.decide(ctx, t, op, "operation."+string(r.Outcome), func(o *Operation, _ *lane) ([]events.Payload, error) {
		if o.ResultID == r.ID {
			return nil, errApplied
		}
		if !o.holds(r.Lease, r.Attempt) {
			return nil, problem.New(problem.StaleAttempt, "")
		}
		o.ResultID = r.ID
		return s.apply(o, r), nil
	})
	if errors.Is(err, errApplied) {
		return nil
	}
	return err
}

// apply moves the operation to where the result leads.
func (s *Service) apply(o *Operation, r Result) []events.Payload {
	now := s.Clock.Now()
	switch {
	case r.Outcome == Done:
		*o = o.ended(Succeeded, "", "", now)
	case r.Outcome == Refused || o.Attempt >= MaxAttempts:
		*o = o.ended(NeedsAttention, r.Code, r.Detail, now)
	default:
		o.State, o.Code, o.Detail, o.Lease, o.ClaimableAt = Ready, r.Code, r.Detail, "", now.Add(o.backoff())
		return nil
	}
	return []events.Payload{o.endedEvent(r.UsedBytes)}
}

func (s *Service) late(ctx context.Context, o Operation) error {
	o.Late++
	put, err := o.replacement()
	if err != nil {
		return err
	}
	if err := s.Reader.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{put}}); err != nil && !store.Failed(err) {
		return fmt.Errorf("count a late result of %s: %w", o.ID, err)
	}
	return problem.New(problem.StaleAttempt, "")
}
