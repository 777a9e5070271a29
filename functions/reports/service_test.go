package reports

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestJobsAreListedTheNewestFirstAndFiltered(t *testing.T) {
	w := newWorld(t)
	at := func(hours int) time.Time { return start.Add(time.Duration(hours-48) * time.Hour) }
	var ids []string
	for _, j := range []driver.Job{
		w.ran(at(0)), w.ran(at(1), state(driver.Quota)), w.ran(at(2), kind(driver.Read)), w.ran(at(3), of2(otherAcc, otherDev)),
		w.ran(at(4), state(driver.Failed)), running(w.ran(at(5), of2(otherAcc, otherDev))),
	} {
		w.report(j)
		ids = append(ids, j.ID)
	}
	pick := func(n ...int) (all []string) {
		for _, i := range n {
			all = append(all, ids[i])
		}
		return all
	}
	for name, c := range map[string]struct {
		give Filter
		want []string
	}{
		"all":                     {Filter{}, pick(5, 4, 3, 2, 1, 0)},
		"of an account":           {Filter{Account: acc}, pick(4, 2, 1, 0)},
		"of a customer":           {Filter{Customer: clientB}, pick(5, 3)},
		"of both":                 {Filter{Customer: clientB, Account: acc}, nil},
		"by state":                {Filter{State: driver.Quota}, pick(1)},
		"by health":               {Filter{Word: FailedWord}, pick(4, 1)},
		"by kind":                 {Filter{Kind: driver.Read}, pick(2)},
		"from":                    {Filter{From: at(4)}, pick(5, 4)},
		"to":                      {Filter{To: at(2)}, pick(1, 0)},
		"from and to":             {Filter{From: at(1), To: at(3)}, pick(2, 1)},
		"an interval upside down": {Filter{From: at(3), To: at(1)}, nil},
		"not an account":          {Filter{Account: "x\x00"}, nil},
		"not a customer":          {Filter{Customer: "x"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, w.jobs(owning(), seller, c.give)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("a customer's own", func(t *testing.T) {
		ctx := person(clientB, authz.CustomerUser)
		if diff := cmp.Diff(pick(5, 3), w.jobs(ctx, clientB, Filter{})); diff != "" {
			t.Error(diff)
		}
		for _, f := range []Filter{{Account: acc}, {Customer: clientA}} {
			if got := w.jobs(ctx, clientB, f); len(got) > 0 {
				t.Errorf("%+v shows %v", f, got)
			}
		}
	})
	t.Run("another list's cursor", func(t *testing.T) {
		_, next, err := w.service.Jobs(owning(), seller, Filter{}, 1, "")
		if err != nil || next == "" {
			t.Fatal(next, err)
		}
		if _, _, err := w.service.Jobs(owning(), seller, Filter{Account: acc}, 1, next); !problem.Has(err, problem.InvalidInput) {
			t.Errorf("got %v", err)
		}
	})
}

func TestExpectationsAreListedTheNewestFirstWithoutOpenOnes(t *testing.T) {
	w := newWorld(t)
	w.schedule(1, nightly)
	w.until(decided)
	w.report(w.ran(due.AddDate(0, 0, 1), kind(driver.Read)))
	w.until(decided.AddDate(0, 0, 1))
	w.until(due.AddDate(0, 0, 2))
	w.report(running(w.ran(due.AddDate(0, 0, 2))))
	w.until(decided.AddDate(0, 0, 2))
	list := func(ctx context.Context, t tenant.ID, account string, state ExpectationState) (all []string) {
		for cursor := ""; ; {
			page, next, err := w.service.Expectations(ctx, t, account, state, 1, cursor)
			w.must(err)
			for _, e := range page {
				all = append(all, e.DueAt.Format("02")+" "+string(e.State)+" "+e.CustomerName+" "+e.SetName)
			}
			if next == "" {
				return all
			}
			cursor = next
		}
	}
	missed, unknown := "24 missed Bakery Standard", "25 unknown Bakery Standard"
	for name, c := range map[string]struct{ got, want []string }{
		"all":             {list(owning(), seller, "", ""), []string{unknown, missed}},
		"missed":          {list(owning(), seller, "", Missed), []string{missed}},
		"of the account":  {list(owning(), seller, acc, Unknown), []string{unknown}},
		"of another":      {list(owning(), seller, otherAcc, ""), nil},
		"of no account":   {list(owning(), seller, "acc", ""), nil},
		"the customer's":  {list(person(clientA, authz.CustomerOwner), clientA, "", ""), []string{unknown, missed}},
		"another's":       {list(person(clientB, authz.CustomerOwner), clientB, "", ""), nil},
		"another's by id": {list(person(clientB, authz.CustomerOwner), clientB, acc, ""), nil},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Error(name, diff)
		}
	}
}

// Every read, as a stranger, without the role, and of another customer.
func TestWhoMaySeeReports(t *testing.T) {
	w := newWorld(t)
	j := w.ran(start.Add(-time.Hour))
	w.report(j)
	reads := map[string]func(ctx context.Context, t tenant.ID) error{
		"jobs": func(ctx context.Context, t tenant.ID) error {
			_, _, err := w.service.Jobs(ctx, t, Filter{}, 10, "")
			return err
		},
		"job": func(ctx context.Context, t tenant.ID) error {
			_, err := w.service.Job(ctx, t, j.ID)
			return err
		},
		"expectations": func(ctx context.Context, t tenant.ID) error {
			_, _, err := w.service.Expectations(ctx, t, "", "", 10, "")
			return err
		},
		"health": func(ctx context.Context, t tenant.ID) error {
			_, err := w.service.HealthOf(ctx, t, acc)
			return err
		},
		"usage": func(ctx context.Context, t tenant.ID) error {
			_, err := w.service.Usage(ctx, t, acc, time.Time{}, time.Time{})
			return err
		},
	}
	one := map[string]bool{"job": true, "health": true, "usage": true}
	for name, read := range reads {
		for who, c := range map[string]struct {
			ctx  context.Context
			of   tenant.ID
			want problem.Code // empty: allowed
		}{
			"an owner":                 {owning(), seller, ""},
			"the upline, acting below": {person(supplier, authz.Technician), seller, ""},
			"the customer":             {person(clientA, authz.CustomerUser), clientA, ""},
			"a rival":                  {person(rival, authz.Owner), seller, problem.NotFound},
			"nobody":                   {context.Background(), seller, problem.Unauthenticated},
			"an agent":                 {asAgent(srv), seller, problem.NotFound},
			"finance":                  {person(seller, authz.Finance), seller, problem.Forbidden},
			"a report contact":         {person(clientA, authz.ReportContact), clientA, problem.Forbidden},
		} {
			err := read(c.ctx, c.of)
			if c.want == "" && err != nil || c.want != "" && !problem.Has(err, c.want) {
				t.Errorf("%s reads %s: %v", who, name, err)
			}
		}
		if err := read(person(clientB, authz.CustomerOwner), clientB); one[name] && !problem.Has(err, problem.NotFound) {
			t.Errorf("another customer reads one %s: %v", name, err)
		}
		if err := read(person(rival, authz.Owner), rival); one[name] && !problem.Has(err, problem.NotFound) {
			t.Errorf("a rival reads one %s on its own path: %v", name, err)
		}
	}
	if _, err := w.service.Job(owning(), seller, "job_\x00"); !problem.Has(err, problem.NotFound) {
		t.Errorf("an impossible identifier: %v", err)
	}
}

func TestAHiddenCustomerIsANumberToTheUpline(t *testing.T) {
	w := newWorld(t)
	n := w.tree[seller]
	n.Hides = true
	w.tree[seller] = n
	w.schedule(1, nightly)
	w.until(decided)
	j := w.ran(due.Add(-time.Hour))
	w.report(j)
	for who, c := range map[string]struct {
		ctx  context.Context
		name string
		from string
	}{"upline": {person(supplier, authz.Owner), "AAAAAA", ""}, "seller": {owning(), "Bakery", j.Address}} {
		jobs, _, err := w.service.Jobs(c.ctx, seller, Filter{}, 10, "")
		if err != nil || len(jobs) != 1 || jobs[0].CustomerName != c.name || jobs[0].Address != c.from ||
			(jobs[0].AccountName == "") != (c.from == "") {
			t.Errorf("%s: jobs %+v, %v", who, jobs, err)
		}
		one, err := w.service.Job(c.ctx, seller, j.ID)
		if err != nil || one.CustomerName != c.name || one.Address != c.from || len(one.Log) != map[bool]int{true: 0, false: 1}[c.from == ""] {
			t.Errorf("%s: job %+v, %v", who, one, err)
		}
		unmet, _, err := w.service.Expectations(c.ctx, seller, "", "", 10, "")
		if err != nil || len(unmet) != 1 || unmet[0].CustomerName != c.name {
			t.Errorf("%s: expectations %+v, %v", who, unmet, err)
		}
	}
}

func TestConsumersHaveNoMoreThanTheirRight(t *testing.T) {
	w := newWorld(t)
	e := eventOf(t)
	if err := w.service.Consume(owning(), e); !problem.Has(err, problem.Forbidden) {
		t.Errorf("a person as consumer: %v", err)
	}
	if err := w.service.Consume(authz.With(t.Context(), authz.System("overview")), e); !problem.Has(err, problem.Forbidden) {
		t.Errorf("another consumer: %v", err)
	}
	e.Type = "account.created"
	if err := w.service.Consume(asConsumer(), e); err == nil {
		t.Error("an event of another kind was taken in")
	}
}

func eventOf(t *testing.T) events.Event {
	t.Helper()
	data, err := json.Marshal(events.SetDue{Account: acc, Set: set, Due: due})
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{Type: events.SetDue{}.EventType(), Version: 1, Tenant: seller, Subject: acc, Data: data}
}
