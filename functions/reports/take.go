package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// maxGrace is the longest that a schedule may grant.
const maxGrace = 7 * 24 * time.Hour

// takeJob writes a job, its log, what it means to expectations around it, and what all of that means to the account's
// health. What is known in this revision or a newer one is passed over.
func (s *Service) takeJob(ctx context.Context, o owner, j Job) error {
	row, log, err := j.items()
	if err != nil {
		return err
	}
	return s.changeHealth(ctx, o, func(h *Health) (store.Write, bool, error) {
		var n news
		known, found, err := s.Reader.jobOf(ctx, o.Seller, o.ID, j.ID)
		condition := store.Absent
		switch {
		case err != nil:
			return store.Write{}, false, err
		case found && known.Revision >= j.Revision:
			return store.Write{}, false, nil
		case found:
			condition = store.VersionIs(known.Revision)
			n.noLongerJob(known)
		}
		w := store.Write{Puts: []store.Put{{Item: row, If: condition}}}
		if log != nil {
			w.Puts = append(w.Puts, store.Put{Item: *log})
		}
		n.job(j)
		around, err := s.unmetAround(ctx, o, j)
		if err != nil {
			return store.Write{}, false, err
		}
		if w, err = s.judgeAgain(ctx, o, w, &n, around, &j, false); err != nil {
			return store.Write{}, false, err
		}
		if j.SeenAt.After(h.LastSeen) {
			h.LastSeen = j.SeenAt
		}
		if j.Kind == driver.Backup && j.State == driver.Success && j.EndedAt.After(h.LastGood) {
			h.LastGood = *j.EndedAt
		}
		return w, true, s.restate(ctx, o, h, n)
	})
}

// unmetAround returns the expectations that a job may say something of.
func (s *Service) unmetAround(ctx context.Context, o owner, j Job) ([]Expectation, error) {
	return s.unmetRows(ctx, o, j.StartedAt.Add(-maxGrace), j.StartedAt, func(e Expectation) bool { return e.covers(j) })
}

// unmetRows reads an account's expectations that were due in an interval, both ends included.
func (s *Service) unmetRows(ctx context.Context, o owner, from, to time.Time, keep func(Expectation) bool) ([]Expectation, error) {
	var all []Expectation
	err := each(ctx, s.Reader.Rows, store.Query{
		PK: ofAccount(o.Seller, o.ID, "unmet"), Range: store.Range{From: dueSort(from), To: dueSort(to) + "~"}, Limit: store.MaxPage,
	}, func(i store.Item) error {
		e, err := readExpectation(i)
		if err == nil && keep(e) {
			all = append(all, e)
		}
		return err
	})
	return all, err
}

// judgeAgain adds to a write what becomes of expectations, given the account's jobs and the one that is being written. One
// that waits for its silent server goes on waiting, unless the server is heard.
func (s *Service) judgeAgain(ctx context.Context, o owner, w store.Write, n *news, all []Expectation, writing *Job, heard bool) (store.Write, error) {
	if len(all) == 0 {
		return w, nil
	}
	jobs, err := s.jobsAround(ctx, o, all, writing)
	if err != nil {
		return w, err
	}
	for _, e := range all {
		now, met := e.judge(jobs, e.Why == Silent && !heard)
		if met {
			w.Deletes = append(w.Deletes, store.Delete{Key: unmetKey(e)})
			n.met(e)
			continue
		}
		if now.State == e.State && now.Why == e.Why {
			continue
		}
		now.DecidedAt = s.Clock.Now()
		row, err := now.item()
		if err != nil {
			return w, err
		}
		w.Puts = append(w.Puts, store.Put{Item: row})
		n.unmet(now)
	}
	return w, nil
}

// jobsAround reads the jobs that began while any of the expectations could be met; one that is being written stands in
// place of its older revision.
func (s *Service) jobsAround(ctx context.Context, o owner, all []Expectation, writing *Job) ([]Job, error) {
	from, to := all[0].DueAt, all[0].ends()
	for _, e := range all {
		if e.DueAt.Before(from) {
			from = e.DueAt
		}
		if e.ends().After(to) {
			to = e.ends()
		}
	}
	var jobs []Job
	if writing != nil {
		jobs = append(jobs, *writing)
	}
	err := each(ctx, s.Reader.Rows, store.Query{
		PK: ofAccount(o.Seller, o.ID, "job"), Range: jobsBegun(from, to), Limit: store.MaxPage,
	}, func(i store.Item) error {
		j, err := readJob(i)
		if err == nil && (writing == nil || j.ID != writing.ID) {
			jobs = append(jobs, j)
		}
		return err
	})
	return jobs, err
}

// takeEvent keeps an account event among the latest, in its newest revision.
func (s *Service) takeEvent(ctx context.Context, o owner, e driver.AccountEvent) error {
	return s.changeHealth(ctx, o, func(h *Health) (store.Write, bool, error) {
		for _, known := range h.Events {
			if known.ID == e.ID && known.Revision >= e.Revision {
				return store.Write{}, false, nil
			}
		}
		h.Events = latestEvents(h.Events, e)
		return store.Write{}, true, nil
	})
}

// latestEvents keeps the newest events, each in its newest revision.
func latestEvents(all []driver.AccountEvent, e driver.AccountEvent) []driver.AccountEvent {
	all = slices.DeleteFunc(slices.Clone(all), func(o driver.AccountEvent) bool { return o.ID == e.ID })
	all = append(all, e)
	slices.SortFunc(all, func(a, b driver.AccountEvent) int {
		if c := b.Last.Compare(a.Last); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return all[:min(len(all), keptEvents)]
}

// takeUsage keeps the latest sample of a device and hour. A sample tells besides that the server was there, which decides
// the expectations that waited for it.
func (s *Service) takeUsage(ctx context.Context, o owner, u driver.Usage) error {
	value, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("encode usage: %w", err)
	}
	row := store.Item{
		Key: usageKey(o.Seller, o.ID, u.Device, u.At), Value: value, Version: u.At.UnixMilli(), ExpiresAt: u.At.Add(keepUsage),
	}
	return s.changeHealth(ctx, o, func(h *Health) (store.Write, bool, error) {
		var w store.Write
		known, err := s.Reader.Rows.Get(ctx, row.Key)
		switch {
		case errors.Is(err, store.ErrNotFound):
			w.Puts = append(w.Puts, store.Put{Item: row, If: store.Absent})
		case err != nil:
			return w, false, fmt.Errorf("read usage of %s: %w", o.ID, err)
		case known.Version < row.Version:
			w.Puts = append(w.Puts, store.Put{Item: row, If: store.VersionIs(known.Version)})
		}
		newer := u.At.After(h.Kept[u.Device].At)
		if newer {
			h.Kept[u.Device] = Kept{u.Bytes, u.At}
		}
		var n news
		if w, err = s.decideWaiting(ctx, o, h, w, &n, u.At, store.Key{}); err != nil {
			return w, false, err
		}
		changed := newer || len(w.Puts)+len(w.Deletes) > 0
		return w, changed, s.restate(ctx, o, h, n)
	})
}
