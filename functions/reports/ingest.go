package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// JobEntry is one job of a batch.
type JobEntry struct {
	Server string
	Job    driver.Job
}

// EventEntry is one account event of a batch.
type EventEntry struct {
	Server string
	Event  driver.AccountEvent
}

// UsageEntry is one sample of a batch.
type UsageEntry struct {
	Server string
	Usage  driver.Usage
}

// tries is how often a lost race is run again.
const tries = 8

// IngestJobs takes in an agent's jobs, all of them or none.
func (s *Service) IngestJobs(ctx context.Context, batch []JobEntry) error {
	if _, err := s.Guard.RequireAgent(ctx); err != nil {
		return err
	}
	jobs := make([]Job, len(batch))
	for i, e := range batch {
		a, err := s.check(ctx, "/jobs/"+strconv.Itoa(i), "/job", e.Server, e.Job.Account, e.Job.Validate())
		if err != nil {
			return err
		}
		device, found := deviceOf(a, e.Job.Device)
		if !found {
			return bad("/jobs/"+strconv.Itoa(i)+"/job/device", "unknown_device", "a device of the account")
		}
		jobs[i] = Job{
			Job: e.Job, Seller: a.Seller, Customer: a.Customer, Server: a.Server, AccountName: a.Name, DeviceName: device.Name, Type: a.Type,
		}
		if len(device.Sets) == 1 {
			jobs[i].Set = device.Sets[0].ID
		}
	}
	for _, j := range jobs {
		if err := s.takeJob(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// IngestEvents takes in an agent's account events, all of them or none.
func (s *Service) IngestEvents(ctx context.Context, batch []EventEntry) error {
	if _, err := s.Guard.RequireAgent(ctx); err != nil {
		return err
	}
	owners := make([]accounts.Account, len(batch))
	for i, e := range batch {
		a, err := s.check(ctx, "/events/"+strconv.Itoa(i), "/event", e.Server, e.Event.Account, e.Event.Validate())
		if err != nil {
			return err
		}
		owners[i] = a
	}
	for i, e := range batch {
		err := s.changeHealth(ctx, owners[i], func(h *Health) (store.Write, bool, error) {
			for _, known := range h.Events {
				if known.ID == e.Event.ID && known.Revision >= e.Event.Revision {
					return store.Write{}, false, nil
				}
			}
			h.Events = latestEvents(h.Events, e.Event)
			return store.Write{}, true, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// IngestUsage takes in an agent's samples of used space, all of them or none.
func (s *Service) IngestUsage(ctx context.Context, batch []UsageEntry) error {
	if _, err := s.Guard.RequireAgent(ctx); err != nil {
		return err
	}
	owners := make([]accounts.Account, len(batch))
	for i, e := range batch {
		a, err := s.check(ctx, "/usage/"+strconv.Itoa(i), "/usage", e.Server, e.Usage.Account, e.Usage.Validate())
		if err != nil {
			return err
		}
		owners[i] = a
	}
	for i, e := range batch {
		value, err := json.Marshal(e.Usage)
		if err != nil {
			return fmt.Errorf("encode usage: %w", err)
		}
		a := owners[i]
		row := store.Item{
			Key: usageKey(a.Seller, a.ID, e.Usage.Device, e.Usage.At), Value: value, Version: 1, ExpiresAt: e.Usage.At.Add(keepUsage),
		}
		err = s.changeHealth(ctx, a, func(h *Health) (store.Write, bool, error) {
			if h.UsedBytes == nil {
				h.UsedBytes = map[string]int64{}
			}
			h.UsedBytes[e.Usage.Device] = e.Usage.Bytes
			return store.Write{Puts: []store.Put{{Item: row}}}, true, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// check looks at one entry of a batch: the agent's server, the entry itself, and the account, which must stand there.
func (s *Service) check(ctx context.Context, at, part, server, account string, invalid error) (accounts.Account, error) {
	if _, err := s.Guard.RequireServer(ctx, server); err != nil {
		return accounts.Account{}, bad(at+"/server", "not_found", "a server of this agent")
	}
	if invalid != nil {
		var wrong *driver.Wrong
		if errors.As(invalid, &wrong) {
			return accounts.Account{}, bad(at+part+wrong.Field, wrong.Code, wrong.Detail)
		}
		return accounts.Account{}, invalid
	}
	a, err := s.Accounts.OnServer(ctx, server, account)
	if problem.Has(err, problem.NotFound) {
		return accounts.Account{}, bad(at+part+"/account", "not_found", "an account of this server")
	}
	return a, err
}

func bad(field, code, detail string) error {
	return &problem.Error{
		Code: problem.BatchRefused, Detail: "nothing of the batch was taken", Fields: []problem.Field{{Name: field, Code: code, Detail: detail}},
	}
}

func deviceOf(a accounts.Account, device string) (accounts.Device, bool) {
	for _, d := range a.Devices {
		if d.ID == device {
			return d, true
		}
	}
	return accounts.Device{}, false
}

// takeJob writes a job, its log, what it means to the account's health, and takes back an expectation that it met. What is
// known in this revision or a newer one is passed over.
func (s *Service) takeJob(ctx context.Context, j Job) error {
	row, log, err := j.items()
	if err != nil {
		return err
	}
	owner := accounts.Account{ID: j.Account, Seller: j.Seller, Customer: j.Customer, Server: j.Server}
	return s.changeHealth(ctx, owner, func(h *Health) (store.Write, bool, error) {
		known, err := s.Reader.job(ctx, j.Seller, j.ID)
		condition := store.Absent
		switch {
		case err == nil && known.Revision >= j.Revision:
			return store.Write{}, false, nil
		case err == nil:
			condition = store.VersionIs(known.Revision)
		case !problem.Has(err, problem.NotFound):
			return store.Write{}, false, err
		}
		w := store.Write{Puts: []store.Put{{Item: row, If: condition}}}
		if log != nil {
			w.Puts = append(w.Puts, store.Put{Item: *log})
		}
		met, err := s.metBy(ctx, j)
		if err != nil {
			return store.Write{}, false, err
		}
		for _, e := range met {
			w.Deletes = append(w.Deletes, store.Delete{Key: expectationKey(e)})
		}
		h.take(j)
		return w, true, nil
	})
}

// take lets a job change the account's health. Reads and maintenance say that the client lives, and nothing of backups.
func (h *Health) take(j Job) {
	if j.SeenAt.After(h.LastSeen) {
		h.LastSeen = j.SeenAt
	}
	if j.Kind != driver.Backup && !(j.Kind == driver.UnknownKind && j.State == driver.Running) {
		return
	}
	set := j.Set
	if set == "" {
		set = j.Device
	}
	word := wordOf(j.State)
	if current := h.Sets[set]; !j.StartedAt.Before(current.At) {
		h.Sets[set] = SetHealth{j.Device, word, j.Reason, j.StartedAt, j.ID}
	}
	h.note(j.StartedAt.UTC().Format(time.DateOnly), set, word)
	if word == OK && j.EndedAt != nil && j.EndedAt.After(h.LastGood) {
		h.LastGood = *j.EndedAt
	}
}

// metBy returns the expectations that a job met after all, which is news that came late.
func (s *Service) metBy(ctx context.Context, j Job) ([]Expectation, error) {
	if j.Kind != driver.Backup {
		return nil, nil
	}
	var met []Expectation
	err := each(ctx, s.Reader.Rows, store.Query{
		Index: store.First, PK: ofAccount(j.Seller, j.Account, "missed"),
		Range: store.Range{From: dueSort(j.StartedAt.Add(-maxGrace)), To: dueSort(j.StartedAt) + "~"},
	}, func(i store.Item) error {
		e, err := readExpectation(i)
		if err == nil && e.Device == j.Device && e.metBy(j.StartedAt) {
			met = append(met, e)
		}
		return err
	})
	return met, err
}

// maxGrace is the longest that a schedule may grant.
const maxGrace = 7 * 24 * time.Hour

// changeHealth writes an account's health row together with other rows; a lost race is run again with what is there then.
func (s *Service) changeHealth(ctx context.Context, a accounts.Account, rule func(*Health) (more store.Write, changed bool, err error)) error {
	for try := 0; ; try++ {
		h, err := s.Reader.Health(ctx, a.Seller, a.ID)
		if err != nil {
			return err
		}
		h.Customer, h.Server = a.Customer, a.Server
		w, changed, err := rule(&h)
		if err != nil || !changed {
			return err
		}
		put, err := h.put(a.Seller)
		if err != nil {
			return err
		}
		w.Puts = append(w.Puts, put)
		err = s.Reader.Rows.AtomicWrite(ctx, w)
		if store.Failed(err) && try < tries {
			continue
		}
		if err != nil {
			return fmt.Errorf("write health of %s: %w", a.ID, err)
		}
		return nil
	}
}
