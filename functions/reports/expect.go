package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// planned is when a backup set is due, and the due time that its timer waits for.
type planned struct {
	Account string          `json:"account"`
	Device  string          `json:"device"`
	Plan    events.Schedule `json:"plan"`
	NextDue time.Time       `json:"next_due"`
	Told    int64           `json:"told"` // version of the account that told the schedule
	version int64
}

// catchUp is how far back due times are decided after the platform was down: what people are shown.
const catchUp = shownDays * 24 * time.Hour

// waitingAtOnce is how many expectations that waited for a silent server one write decides.
const waitingAtOnce = 40

// schedule keeps when a set is due and arms its timer. A schedule that only was told again goes on as it was; a changed one
// holds from now on, and what was due under the old one and is not decided yet is dropped.
func (s *Service) schedule(ctx context.Context, seller tenant.ID, told int64, p events.SetScheduled) error {
	plan, err := PlanOf(p.Plan)
	if err != nil {
		return fmt.Errorf("schedule set %s: %w", p.Set, err)
	}
	was, found, err := s.planned(ctx, seller, p.Set)
	if err != nil || found && was.Told > told {
		return err // an older schedule came late
	}
	if p.Removed || plan.Never() {
		return s.unschedule(ctx, seller, p)
	}
	next := planned{p.Account, p.Device, p.Plan, plan.Next(s.Clock.Now()), told, was.version}
	if found && samePlan(was.Plan, p.Plan) {
		next.NextDue = was.NextDue
	}
	if err := s.arm(ctx, seller, p.Set, next, plan); err != nil {
		return err
	}
	put, err := next.put(seller, p.Set)
	if err != nil {
		return err
	}
	return s.Reader.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{put}})
}

func samePlan(a, b events.Schedule) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// unschedule ends what is expected of a set. What it missed before is no longer how it stands.
func (s *Service) unschedule(ctx context.Context, seller tenant.ID, p events.SetScheduled) error {
	if err := s.Timers.Cancel(ctx, timerName(p.Set)); err != nil {
		return fmt.Errorf("cancel the timer of %s: %w", p.Set, err)
	}
	gone := store.Write{Deletes: []store.Delete{{Key: planKey(seller, p.Set)}}}
	a, err := s.Accounts.Get(ctx, seller, p.Account)
	if problem.Has(err, problem.NotFound) {
		return s.Reader.Rows.AtomicWrite(ctx, gone)
	}
	if err != nil {
		return err
	}
	return s.changeHealth(ctx, ownerOf(a), func(h *Health) (store.Write, bool, error) {
		set, known := h.Sets[p.Set]
		switch {
		case p.Removed:
			delete(h.Sets, p.Set)
		case known && set.Job == "":
			set.Word, set.Reason = None, ""
			h.Sets[p.Set] = set
		}
		return store.Write{}.Add(gone), true, nil
	})
}

func timerName(set string) string { return "set-" + set }

// arm sets the one timer of a set to ask about its next due time.
func (s *Service) arm(ctx context.Context, seller tenant.ID, set string, p planned, plan Plan) error {
	data, err := json.Marshal(events.SetDue{Account: p.Account, Set: set, Due: p.NextDue})
	if err != nil {
		return fmt.Errorf("arm %s: %w", set, err)
	}
	body, err := json.Marshal(events.Event{
		ID: id.New(id.Event, s.Clock.Now()), Type: events.SetDue{}.EventType(), Version: events.SetDue{}.EventVersion(), Tenant: seller,
		Subject: p.Account, OccurredAt: p.NextDue, Actor: events.Actor{Via: string(authz.ViaSystem), User: "system:reports"}, Data: data,
	})
	if err != nil {
		return fmt.Errorf("arm %s: %w", set, err)
	}
	err = s.Timers.Set(ctx, schedule.Timer{
		Name: timerName(set), At: p.NextDue.Add(plan.Grace).Add(time.Millisecond), Queue: string(events.Reports),
		Message: queue.Message{ID: set + "-" + strconv.FormatInt(p.NextDue.UnixMilli(), 10), Group: p.Account, Body: body},
	})
	if err != nil {
		return fmt.Errorf("arm %s: %w", set, err)
	}
	return nil
}

// decide looks whether a backup that was due has begun. It arms the next timer first: a crash in between costs a repeat,
// never a gap.
func (s *Service) decide(ctx context.Context, seller tenant.ID, due events.SetDue) error {
	p, found, err := s.planned(ctx, seller, due.Set)
	if err != nil || !found || due.Due.After(p.NextDue) {
		return err // the set is no longer scheduled, or otherwise than when the timer was set
	}
	plan, err := PlanOf(p.Plan)
	if err != nil {
		return fmt.Errorf("the plan of %s: %w", due.Set, err)
	}
	a, err := s.Accounts.Get(ctx, seller, p.Account)
	if problem.Has(err, problem.NotFound) {
		return s.unschedule(ctx, seller, events.SetScheduled{Account: p.Account, Set: due.Set})
	}
	if err != nil {
		return err
	}
	var moved store.Write
	if due.Due.Equal(p.NextDue) {
		next := p
		next.NextDue = plan.Next(later(due.Due, s.Clock.Now().Add(-catchUp)))
		if err := s.arm(ctx, seller, due.Set, next, plan); err != nil {
			return err
		}
		put, err := next.put(seller, due.Set)
		if err != nil {
			return err
		}
		moved.Puts = append(moved.Puts, put)
	}
	if nothingExpected(a, due.Due) {
		if len(moved.Puts) == 0 {
			return nil
		}
		return s.Reader.Rows.AtomicWrite(ctx, moved)
	}
	return s.write(ctx, ownerOf(a), Expectation{
		Seller: seller, Customer: a.Customer, Account: a.ID, AccountName: a.Name, Server: a.Server, Device: p.Device, Set: due.Set,
		SetName: setName(a, due.Set), DueAt: due.Due, Grace: plan.Grace, DecidedAt: s.Clock.Now(),
	}, moved)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// nothingExpected tells whether nobody could back up into the account at an instant: it is suspended, or did not exist on
// its server yet.
func nothingExpected(a accounts.Account, at time.Time) bool {
	return a.Wanted == driver.Suspended || a.Observed == 0 || a.CreatedAt.After(at)
}

// write decides an expectation from what is known now and writes down what became of it, together with those that waited
// for the account's silent server and need wait no longer.
func (s *Service) write(ctx context.Context, o owner, e Expectation, moved store.Write) error {
	silent, err := s.Servers.Silent(ctx, o.ServerOwner, o.Server)
	if err != nil {
		return err
	}
	return s.changeHealth(ctx, o, func(h *Health) (store.Write, bool, error) {
		var n news
		w := store.Write{}.Add(moved)
		if !silent {
			if w, err = s.decideWaiting(ctx, o, h, w, &n, s.Clock.Now(), unmetKey(e)); err != nil {
				return w, false, err
			}
		}
		jobs, err := s.jobsAround(ctx, o, []Expectation{e}, nil)
		if err != nil {
			return w, false, err
		}
		decided, met := e.judge(jobs, silent)
		if met {
			w.Deletes = append(w.Deletes, store.Delete{Key: unmetKey(e)})
			n.met(e)
			return w, true, s.restate(ctx, o, h, n)
		}
		row, err := decided.item()
		if err != nil {
			return w, false, err
		}
		w.Puts = append(w.Puts, store.Put{Item: row})
		n.unmet(decided)
		if decided.Why == Silent && (h.Undecided.IsZero() || e.DueAt.Before(h.Undecided)) {
			h.Undecided = e.DueAt
		}
		return w, true, s.restate(ctx, o, h, n)
	})
}

// decideWaiting adds to a write the decisions on expectations that waited for a silent server, now that it was heard of at
// an instant behind their grace. The one that is decided besides is left to that; the rest, and what is too much for one
// write, wait on.
func (s *Service) decideWaiting(ctx context.Context, o owner, h *Health, w store.Write, n *news, heardAt time.Time, besides store.Key) (store.Write, error) {
	if h.Undecided.IsZero() {
		return w, nil
	}
	waiting, err := s.unmetRows(ctx, o, h.Undecided, s.Clock.Now(), func(e Expectation) bool {
		return e.Why == Silent && unmetKey(e) != besides
	})
	if err != nil {
		return w, err
	}
	var ready []Expectation
	h.Undecided = time.Time{}
	for _, e := range waiting {
		switch {
		case len(ready) < waitingAtOnce && e.ends().Before(heardAt):
			ready = append(ready, e)
		case h.Undecided.IsZero():
			h.Undecided = e.DueAt
		}
	}
	return s.judgeAgain(ctx, o, w, n, ready, nil, true)
}

func (s *Service) planned(ctx context.Context, seller tenant.ID, set string) (p planned, found bool, err error) {
	i, err := s.Reader.Rows.Get(ctx, planKey(seller, set))
	if errors.Is(err, store.ErrNotFound) {
		return planned{}, false, nil
	}
	if err != nil {
		return planned{}, false, fmt.Errorf("read the plan of %s: %w", set, err)
	}
	if err := json.Unmarshal(i.Value, &p); err != nil {
		return planned{}, false, fmt.Errorf("decode the plan of %s: %w", set, err)
	}
	p.version = i.Version
	return p, true, nil
}

// put returns the put of a plan over the version it was read with.
func (p planned) put(seller tenant.ID, set string) (store.Put, error) {
	i, err := itemOf(planKey(seller, set), p.version+1, p)
	if p.version == 0 {
		return store.Put{Item: i, If: store.Absent}, err
	}
	return store.Put{Item: i, If: store.VersionIs(p.version)}, err
}

func setName(a accounts.Account, set string) string {
	for _, d := range a.Devices {
		for _, s := range d.Sets {
			if s.ID == set {
				return s.Name
			}
		}
	}
	return ""
}
