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

// Consume takes in schedules and the timers that ask whether a backup began.
func (s *Service) Consume(ctx context.Context, e events.Event) error {
	if _, err := s.Guard.Require(ctx, authz.JobsWrite, e.Tenant); err != nil {
		return err
	}
	switch e.Type {
	case events.SetScheduled{}.EventType():
		p, err := events.Decode[events.SetScheduled](e)
		if err != nil {
			return err
		}
		return s.schedule(ctx, e.Tenant, p)
	case events.SetDue{}.EventType():
		p, err := events.Decode[events.SetDue](e)
		if err != nil {
			return err
		}
		return s.decide(ctx, e.Tenant, p)
	}
	return fmt.Errorf("reports does not consume %s", e.Type)
}

// schedule keeps when a set is due and arms its timer. Doing it twice is doing it once.
func (s *Service) schedule(ctx context.Context, seller tenant.ID, p events.SetScheduled) error {
	plan, err := PlanOf(p.Plan)
	if err != nil {
		return fmt.Errorf("schedule set %s: %w", p.Set, err)
	}
	key := planKey(seller, p.Set)
	if p.Removed || plan.Never() {
		if err := s.Timers.Cancel(ctx, p.Set); err != nil {
			return fmt.Errorf("cancel the timer of %s: %w", p.Set, err)
		}
		return s.Reader.Rows.AtomicWrite(ctx, store.Write{Deletes: []store.Delete{{Key: key}}})
	}
	r := planRecord{p.Account, p.Device, p.Server, p.Plan, plan.Next(s.Clock.Now())}
	if err := s.arm(ctx, seller, p.Set, r, plan); err != nil {
		return err
	}
	row, err := itemOf(key, s.Clock.Now().UnixMilli(), r)
	if err != nil {
		return err
	}
	return s.Reader.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{{Item: row}}})
}

// arm sets the one timer of a set to ask about its next due time.
func (s *Service) arm(ctx context.Context, seller tenant.ID, set string, r planRecord, plan Plan) error {
	due := r.NextDue
	data, err := json.Marshal(events.SetDue{Account: r.Account, Set: set, Due: due})
	if err != nil {
		return fmt.Errorf("arm %s: %w", set, err)
	}
	now := s.Clock.Now()
	body, err := json.Marshal(events.Event{
		ID: id.New(id.Event, now), Type: events.SetDue{}.EventType(), Version: events.SetDue{}.EventVersion(), Tenant: seller,
		Subject: r.Account, OccurredAt: due, Actor: events.Actor{Via: string(authz.ViaSystem), User: "system:reports"}, Data: data,
	})
	if err != nil {
		return fmt.Errorf("arm %s: %w", set, err)
	}
	err = s.Timers.Set(ctx, schedule.Timer{
		Name: set, At: due.Add(plan.Grace).Add(time.Millisecond), Queue: string(events.Reports),
		Message: queue.Message{ID: set + "-" + strconv.FormatInt(due.UnixMilli(), 10), Group: r.Account, Body: body},
	})
	if err != nil {
		return fmt.Errorf("arm %s: %w", set, err)
	}
	return nil
}

// decide looks whether a backup began in time, and arms the next timer first: a crash in between costs a repeat, never a gap.
func (s *Service) decide(ctx context.Context, seller tenant.ID, due events.SetDue) error {
	i, err := s.Reader.Rows.Get(ctx, planKey(seller, due.Set))
	if errors.Is(err, store.ErrNotFound) {
		return nil // the set is no longer scheduled
	}
	if err != nil {
		return fmt.Errorf("read the plan of %s: %w", due.Set, err)
	}
	var r planRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return fmt.Errorf("decode the plan of %s: %w", due.Set, err)
	}
	plan, err := PlanOf(r.Plan)
	if err != nil {
		return err
	}
	if due.Due.After(r.NextDue) {
		return nil // of a schedule that was changed
	}
	a, err := s.Accounts.Get(ctx, seller, r.Account)
	if problem.Has(err, problem.NotFound) {
		return s.Timers.Cancel(ctx, due.Set)
	}
	if err != nil {
		return err
	}
	next := r
	next.NextDue = plan.Next(due.Due)
	if err := s.arm(ctx, seller, due.Set, next, plan); err != nil {
		return err
	}
	e := Expectation{
		Seller: seller, Customer: a.Customer, Account: a.ID, AccountName: a.Name, Server: a.Server, Device: r.Device, Set: due.Set,
		SetName: setName(a, due.Set), DueAt: due.Due, Grace: plan.Grace, DecidedAt: s.Clock.Now(),
	}
	row, err := itemOf(i.Key, i.Version+1, next)
	if err != nil {
		return err
	}
	write := store.Write{}
	if r.NextDue.Equal(due.Due) {
		write.Puts = append(write.Puts, store.Put{Item: row})
	}
	if a.Wanted == driver.Suspended || a.CreatedAt.After(due.Due) {
		if len(write.Puts) == 0 {
			return nil
		}
		return s.Reader.Rows.AtomicWrite(ctx, write) // nothing was expected of it
	}
	return s.write(ctx, a, e, write)
}

// write decides an expectation from what is known now and writes it down, together with those of the same set that could
// not be decided while the server was silent.
func (s *Service) write(ctx context.Context, a accounts.Account, e Expectation, more store.Write) error {
	silent, err := s.Servers.Silent(ctx, a.ServerOwner, a.Server)
	if err != nil {
		return err
	}
	open := []Expectation{e}
	if !silent {
		earlier, err := s.undecided(ctx, e)
		if err != nil {
			return err
		}
		open = append(open, earlier...)
	}
	return s.changeHealth(ctx, a, func(h *Health) (store.Write, bool, error) {
		w := store.Write{}.Add(more)
		for _, o := range open {
			met, read, err := s.began(ctx, o)
			if err != nil {
				return w, false, err
			}
			if met {
				if !o.DueAt.Equal(e.DueAt) {
					w.Deletes = append(w.Deletes, store.Delete{Key: expectationKey(o)})
				}
				continue
			}
			o.State, o.Why = Missed, ""
			switch {
			case silent:
				o.State, o.Why = Unknown, whySilent
			case read:
				o.State, o.Why = Unknown, whyRead
			}
			row, err := o.item()
			if err != nil {
				return w, false, err
			}
			w.Puts = append(w.Puts, store.Put{Item: row})
			h.expect(o)
		}
		return w, true, nil
	})
}

// expect lets an expectation that was not met change the account's health.
func (h *Health) expect(e Expectation) {
	word := MissedWord
	if e.State == Unknown {
		word = UnknownWord
	}
	h.note(e.DueAt.UTC().Format(time.DateOnly), e.Set, word)
	if current := h.Sets[e.Set]; !e.DueAt.Before(current.At) {
		h.Sets[e.Set] = SetHealth{Device: e.Device, Word: word, Reason: e.Why, At: e.DueAt}
	}
}

// began tells whether a backup of the device began in time, and whether the device was there at all.
func (s *Service) began(ctx context.Context, e Expectation) (met, read bool, err error) {
	const skew = time.Hour
	err = each(ctx, s.Reader.Rows, store.Query{
		Index: store.First, PK: ofAccount(e.Seller, e.Account, "job"),
		Range: store.Range{From: jobFrom(e.DueAt.Add(-skew)), To: jobFrom(e.DueAt.Add(e.Grace).Add(skew))},
	}, func(i store.Item) error {
		j, err := readJob(i)
		if err != nil || j.Device != e.Device || !e.metBy(j.StartedAt) {
			return err
		}
		switch {
		case j.Kind == driver.Backup, j.Kind == driver.UnknownKind && j.State == driver.Running:
			met = true
		case j.Kind == driver.Read:
			read = true
		}
		return nil
	})
	return met, read, err
}

// undecided returns earlier expectations of the same set that nobody could decide while the server was silent.
func (s *Service) undecided(ctx context.Context, e Expectation) ([]Expectation, error) {
	var found []Expectation
	err := each(ctx, s.Reader.Rows, store.Query{
		Index: store.First, PK: ofAccount(e.Seller, e.Account, "missed"),
		Range: store.Range{From: dueSort(e.DueAt.Add(-shownDays * 24 * time.Hour)), To: dueSort(e.DueAt)},
	}, func(i store.Item) error {
		o, err := readExpectation(i)
		if err == nil && o.Set == e.Set && o.Why == whySilent && !o.DueAt.Equal(e.DueAt) {
			found = append(found, o)
		}
		return err
	})
	return found, err
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
