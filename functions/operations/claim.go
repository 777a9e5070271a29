package operations

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const (
	codeNewPassword = "new_password_needed"
	codeGaveUp      = "attempts_used_up"
	codeSuperseded  = "superseded"
	maxClaim        = 20
	lookAt          = 100 // operations of a server that one claim looks at
)

// Claim gives an agent work for its servers, at most max. The index that it reads may lag; each operation is read again
// before it is given out, and the write that leases it is conditional, so that nobody gets what another has. A repeat under
// the same claim id brings the same leases, those that still hold.
func (s *Service) Claim(ctx context.Context, claimID string, servers []string, max int) ([]Operation, error) {
	p, err := s.Guard.RequireAgent(ctx)
	if err != nil {
		return nil, err
	}
	for _, server := range servers {
		if _, err := s.Guard.RequireServer(ctx, server); err != nil {
			return nil, err
		}
	}
	if claimID == "" || len(claimID) > 64 {
		return nil, problem.Invalid("/claim_id", "id", "1 to 64 characters")
	}
	key := claimKey(p.HomeTenant, p.Agent, claimID)
	earlier, found, err := s.claimed(ctx, key)
	if err != nil || found {
		return earlier, err
	}
	var claimable []Operation
	for _, server := range servers {
		more, err := s.claimableOf(ctx, server, min(max, maxClaim)-len(claimable))
		if err != nil {
			return nil, err
		}
		claimable = append(claimable, more...)
	}
	return s.lease(ctx, key, claimable)
}

// claimed returns what an earlier request with the same claim id got, and whether there was one.
func (s *Service) claimed(ctx context.Context, key store.Key) ([]Operation, bool, error) {
	given, found, err := readClaim(ctx, s.Reader.Rows, key)
	if err != nil || !found {
		return nil, false, err
	}
	var held []Operation
	for _, l := range given {
		o, err := s.Reader.Get(ctx, l.Tenant, l.Operation)
		if problem.Has(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return nil, true, err
		}
		if o.State == Running && o.Lease == l.Lease && o.ClaimableAt.After(s.Clock.Now()) {
			held = append(held, o)
		}
	}
	return held, true, nil
}

// claimableOf returns at most max operations of a server that can be leased, those that became claimable first at the front.
// The index may still show what is taken or over, so that its pages are read on until there is enough.
func (s *Service) claimableOf(ctx context.Context, server string, max int) ([]Operation, error) {
	var claimable []Operation
	for cursor := ""; len(claimable) < max; {
		shown, next, err := s.Reader.list(ctx, claimableQuery(server, s.Clock.Now(), lookAt, cursor))
		if err != nil {
			return nil, err
		}
		for _, o := range shown {
			if len(claimable) == max {
				break
			}
			o, ok, err := s.readClaimable(ctx, o.Tenant, o.ID)
			if err != nil {
				return nil, err
			}
			if ok {
				claimable = append(claimable, o)
			}
		}
		if next == "" {
			break
		}
		cursor = next
	}
	return claimable, nil
}

// Waits tells whether something waits to be claimed on a server, as far as the index shows.
func (r Reader) Waits(ctx context.Context, server string, now time.Time) (bool, error) {
	shown, _, err := r.list(ctx, claimableQuery(server, now, 1, ""))
	return len(shown) > 0, err
}

func claimableQuery(server string, now time.Time, limit int, cursor string) store.Query {
	return store.Query{
		Index: store.First, PK: openPartition(server), Range: store.Range{From: "0", To: claimableSort(now) + "~"}, Limit: limit, Cursor: cursor,
	}
}

// readClaimable reads what an index showed, and ends it where its attempts are used up.
func (s *Service) readClaimable(ctx context.Context, t tenant.ID, op string) (Operation, bool, error) {
	o, err := s.Reader.Get(ctx, t, op)
	switch {
	case problem.Has(err, problem.NotFound):
		return Operation{}, false, nil
	case err != nil:
		return Operation{}, false, err
	case !o.claimable(s.Clock.Now()):
		return Operation{}, false, nil
	case o.Attempt >= MaxAttempts:
		return Operation{}, false, s.giveUp(ctx, o)
	}
	return o, true, nil
}

// lease gives operations out under one claim, in one write. What another claim was faster with is left out.
func (s *Service) lease(ctx context.Context, claim store.Key, claimable []Operation) ([]Operation, error) {
	now := s.Clock.Now()
	for len(claimable) > 0 {
		leased := make([]Operation, len(claimable))
		var rows store.Write
		for i, o := range claimable {
			o.State, o.Lease, o.ClaimableAt, o.ClaimedAt = Running, rand.Text(), now.Add(LeaseFor), now
			o.Attempt++
			put, err := o.replacement()
			if err != nil {
				return nil, err
			}
			rows.Puts = append(rows.Puts, put)
			leased[i] = o
		}
		remembered, err := claimRow(claim, leased, now)
		if err != nil {
			return nil, err
		}
		rows.Puts = append(rows.Puts, store.Put{Item: remembered, If: store.Absent})
		err = s.Reader.Rows.AtomicWrite(ctx, rows)
		var lost *store.ConditionError
		switch {
		case err == nil:
			return leased, nil
		case store.FailedAt(err, claim): // the same claim was sent twice at once
			earlier, _, err := s.claimed(ctx, claim)
			return earlier, err
		case errors.As(err, &lost):
			claimable = slices.DeleteFunc(claimable, func(o Operation) bool { return operationKey(o.Tenant, o.ID) == lost.Key })
		default:
			return nil, fmt.Errorf("lease operations: %w", err)
		}
	}
	return nil, nil
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

// Heartbeat extends a lease. It fails with stale_attempt where the agent no longer has it, and for no other reason: an agent
// that hears so stops its work.
func (s *Service) Heartbeat(ctx context.Context, t tenant.ID, op, lease string, attempt int) error {
	if _, err := s.Guard.RequireAgent(ctx); err != nil {
		return err
	}
	for try := 0; ; try++ {
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
		switch {
		case err == nil:
			return nil
		case !store.Failed(err):
			return fmt.Errorf("extend the lease of %s: %w", op, err)
		case try == tries:
			return problem.Wrap(err, problem.Conflict, "it is being changed at the same time; try again")
		}
	}
}

// ofAgent returns an operation for the agent of its server; for anybody else it does not exist.
func (s *Service) ofAgent(ctx context.Context, t tenant.ID, op string) (Operation, error) {
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
	if _, err := s.Guard.RequireAgent(ctx); err != nil {
		return err
	}
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
