package reports

import (
	"context"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// fact is one thing that says how a backup set stood at an instant: a job that backs up, or an expectation that was not met.
// Of a set's facts the latest counts, for the set and for each of its days, whatever order they became known in.
type fact struct {
	set, device string
	at          time.Time
	job         string
	word        Word
	reason      string
}

func (j Job) fact() fact {
	return fact{j.Set, j.Device, j.StartedAt, j.ID, WordOfJob(j), reasonOf(j)}
}

func (e Expectation) fact() fact {
	return fact{e.Set, e.Device, e.DueAt, "", wordOfUnmet(e), string(e.Why)}
}

// before orders facts by time; of one instant a job counts more than an expectation.
func (f fact) before(o fact) bool {
	if !f.at.Equal(o.at) {
		return f.at.Before(o.at)
	}
	return f.job < o.job
}

func (f fact) same(o fact) bool { return f.set == o.set && f.at.Equal(o.at) && f.job == o.job }

func (s SetHealth) fact(set string) fact { return fact{set, s.Device, s.At, s.Job, s.Word, s.Reason} }

// news is what one write does to an account's facts.
type news struct {
	told  []fact // new or changed
	taken []fact // no longer so
}

func (n *news) job(j Job) {
	if j.backsUp() {
		n.told = append(n.told, j.fact())
	}
}

// noLongerJob takes back what an older revision of a job said.
func (n *news) noLongerJob(j Job) {
	if j.backsUp() {
		n.taken = append(n.taken, j.fact())
	}
}

// unmet tells an expectation that was not met. An open one is no fact yet, and takes back what was said before.
func (n *news) unmet(e Expectation) {
	if e.State == Open {
		n.met(e)
		return
	}
	n.told = append(n.told, e.fact())
}

// met takes back what was said of an expectation before.
func (n *news) met(e Expectation) { n.taken = append(n.taken, e.fact()) }

// tells returns the told fact that stands in the place of another.
func (n news) tells(f fact) (fact, bool) {
	for _, t := range n.told {
		if t.same(f) {
			return t, true
		}
	}
	return fact{}, false
}

// takes tells whether a fact is taken back and nothing told in its place.
func (n news) takes(f fact) bool {
	for _, t := range n.taken {
		if t.same(f) {
			_, again := n.tells(f)
			return !again
		}
	}
	return false
}

// restate brings an account's health in line with news. News that is the latest of its set, as nearly all is, needs no
// reading; for what came late or was taken back the days that it touches are told anew from the rows.
func (s *Service) restate(ctx context.Context, o owner, h *Health, n news) error {
	var late []fact
	for _, f := range n.taken {
		if n.takes(f) {
			late = append(late, f)
		}
	}
	for _, f := range n.told {
		current := h.Sets[f.set]
		if current.At.IsZero() || !f.before(current.fact(f.set)) {
			h.state(f, o.zone)
		} else {
			late = append(late, f)
		}
	}
	for _, f := range late {
		if err := s.retellDay(ctx, o, h, n, f); err != nil {
			return err
		}
		if n.takes(h.Sets[f.set].fact(f.set)) {
			if err := s.retellSet(ctx, o, h, n, f.set, f.device); err != nil {
				return err
			}
		}
	}
	return nil
}

// state makes a fact the latest of its set and of its day.
func (h *Health) state(f fact, zone *time.Location) {
	days := h.Sets[f.set].Days.with(dateOf(f.at, zone), letters[f.word])
	h.Sets[f.set] = SetHealth{f.device, f.word, f.reason, f.at, f.job, days}
}

func dateOf(at time.Time, zone *time.Location) string { return at.In(zone).Format(time.DateOnly) }

// retellDay tells the letter of a fact's day anew.
func (s *Service) retellDay(ctx context.Context, o owner, h *Health, n news, f fact) error {
	local := f.at.In(o.zone)
	begins := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, o.zone)
	ends := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, o.zone)
	latest := fact{word: None}
	hear := func(other fact) {
		if other.set == f.set && dateOf(other.at, o.zone) == dateOf(f.at, o.zone) && !other.before(latest) && !n.takes(other) {
			latest = other
		}
	}
	for _, t := range n.told {
		hear(t)
	}
	err := s.facts(ctx, o, jobsBegun(begins, ends), store.Range{From: dueSort(begins), To: dueSort(ends)}, false, func(other fact) bool {
		if _, replaced := n.tells(other); !replaced {
			hear(other)
		}
		return true
	})
	if err != nil {
		return err
	}
	set := h.Sets[f.set]
	set.Device, set.Days = f.device, set.Days.with(dateOf(f.at, o.zone), letters[latest.word])
	h.Sets[f.set] = set
	return nil
}

// retellSet tells a set's latest fact anew, after the one that was the latest was taken back.
func (s *Service) retellSet(ctx context.Context, o owner, h *Health, n news, set, device string) error {
	latest := fact{set: set, device: device, word: None}
	hear := func(other fact) bool {
		if other.set != set || n.takes(other) {
			return true
		}
		if told, replaced := n.tells(other); replaced {
			other = told
		}
		if latest.before(other) {
			latest = other
		}
		return false // the newest of its kind: older ones say nothing more
	}
	for _, t := range n.told {
		hear(t)
	}
	if err := s.facts(ctx, o, store.Range{}, store.Range{}, true, hear); err != nil {
		return err
	}
	h.Sets[set] = SetHealth{device, latest.word, latest.reason, latest.at, latest.job, h.Sets[set].Days}
	return nil
}

// facts calls hear with the facts that the account's rows tell, jobs first, each kind until hear has heard enough or the rows
// looked at are too many.
func (s *Service) facts(ctx context.Context, o owner, jobs, unmet store.Range, descending bool, hear func(fact) bool) error {
	q := store.Query{PK: ofAccount(o.Seller, o.ID, "job"), Range: jobs, Descending: descending}
	_, err := store.Filtered(ctx, s.Reader.Rows, q, 1, func(i store.Item) (enough bool, err error) {
		j, err := readJob(i)
		return err == nil && j.backsUp() && !hear(j.fact()), err
	})
	if err != nil {
		return fmt.Errorf("read the jobs of %s: %w", o.ID, err)
	}
	q = store.Query{PK: ofAccount(o.Seller, o.ID, "unmet"), Range: unmet, Descending: descending}
	_, err = store.Filtered(ctx, s.Reader.Rows, q, 1, func(i store.Item) (enough bool, err error) {
		e, err := readExpectation(i)
		return err == nil && e.State != Open && !hear(e.fact()), err
	})
	if err != nil {
		return fmt.Errorf("read the expectations of %s: %w", o.ID, err)
	}
	return nil
}
