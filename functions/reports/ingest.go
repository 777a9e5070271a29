package reports

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
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

// IngestJobs takes in an agent's jobs, all of them or none.
func (s *Service) IngestJobs(ctx context.Context, batch []JobEntry) error {
	if _, err := s.Guard.RequireAgent(ctx); err != nil {
		return err
	}
	owners, jobs := make([]owner, len(batch)), make([]Job, len(batch))
	whose := map[string]string{} // account by job
	for i, e := range batch {
		at := entry{"/jobs/" + strconv.Itoa(i), "/job"}
		o, device, err := s.whose(ctx, at, e.Server, e.Job.Account, e.Job.Device, e.Job.Validate())
		if err != nil {
			return err
		}
		if err := s.checkJob(ctx, at, o, e.Job); err != nil {
			return err
		}
		if other, named := whose[e.Job.ID]; named && other != o.ID {
			return at.bad("/id", "taken", "another job's identifier")
		}
		whose[e.Job.ID] = o.ID
		owners[i] = o
		jobs[i] = Job{
			Job: e.Job, Seller: o.Seller, Customer: o.Customer, Server: o.Server, AccountName: o.Name, DeviceName: device.Name, Type: o.Type,
			Set: device.ID,
		}
		if len(device.Sets) == 1 {
			jobs[i].Set = device.Sets[0].ID
		}
	}
	for i, j := range jobs {
		if err := s.takeJob(ctx, owners[i], j); err != nil {
			return err
		}
	}
	return nil
}

// checkJob looks at what a job says of itself: lists and decisions find jobs by the time in their identifiers, and nobody
// gives a job that is another account's.
func (s *Service) checkJob(ctx context.Context, at entry, o owner, j driver.Job) error {
	if made := id.Time(j.ID); made.Sub(j.StartedAt).Abs() > skew {
		return at.bad("/id", "id", "an identifier made when the job began")
	}
	if err := s.notAhead(at, "/started_at", j.StartedAt); err != nil {
		return err
	}
	if err := s.notAhead(at, "/seen_at", j.SeenAt); err != nil {
		return err
	}
	known, err := s.Reader.job(ctx, o.Seller, j.ID)
	if problem.Has(err, problem.NotFound) {
		return nil
	}
	if err == nil && (known.Account != o.ID || known.Device != j.Device) {
		return at.bad("/id", "taken", "another job's identifier")
	}
	return err
}

// IngestEvents takes in an agent's account events, all of them or none.
func (s *Service) IngestEvents(ctx context.Context, batch []EventEntry) error {
	if _, err := s.Guard.RequireAgent(ctx); err != nil {
		return err
	}
	owners := make([]owner, len(batch))
	for i, e := range batch {
		at := entry{"/events/" + strconv.Itoa(i), "/event"}
		o, _, err := s.whose(ctx, at, e.Server, e.Event.Account, e.Event.Device, e.Event.Validate())
		if err != nil {
			return err
		}
		if err := s.notAhead(at, "/last", e.Event.Last); err != nil {
			return err
		}
		owners[i] = o
	}
	for i, e := range batch {
		if err := s.takeEvent(ctx, owners[i], e.Event); err != nil {
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
	owners := make([]owner, len(batch))
	for i, e := range batch {
		at := entry{"/usage/" + strconv.Itoa(i), "/usage"}
		o, _, err := s.whose(ctx, at, e.Server, e.Usage.Account, e.Usage.Device, e.Usage.Validate())
		if err != nil {
			return err
		}
		if err := s.notAhead(at, "/at", e.Usage.At); err != nil {
			return err
		}
		owners[i] = o
	}
	for i, e := range batch {
		if err := s.takeUsage(ctx, owners[i], e.Usage); err != nil {
			return err
		}
	}
	return nil
}

// entry is the place of one entry in a batch, as a JSON pointer, and the part of it that the server reported.
type entry struct{ at, part string }

// bad refuses the batch because of a field of the reported part.
func (e entry) bad(field, code, detail string) error { return e.refuse(e.part+field, code, detail) }

func (e entry) refuse(field, code, detail string) error {
	return &problem.Error{
		Code: problem.BatchRefused, Detail: "nothing of the batch was taken", Fields: []problem.Field{{Name: e.at + field, Code: code, Detail: detail}},
	}
}

// whose looks at one entry of a batch: the agent's server, the entry itself, and whose it is, which our own rows tell: an
// account that stands on this server, with the device where one is named.
func (s *Service) whose(ctx context.Context, at entry, server, account, device string, invalid error) (owner, accounts.Device, error) {
	if _, err := s.Guard.RequireServer(ctx, server); err != nil {
		return owner{}, accounts.Device{}, at.refuse("/server", "not_found", "a server of this agent")
	}
	var wrong *driver.Wrong
	if errors.As(invalid, &wrong) {
		return owner{}, accounts.Device{}, at.bad(wrong.Field, wrong.Code, wrong.Detail)
	}
	if invalid != nil {
		return owner{}, accounts.Device{}, invalid
	}
	a, err := s.Accounts.OnServer(ctx, server, account)
	if problem.Has(err, problem.NotFound) {
		return owner{}, accounts.Device{}, at.bad("/account", "not_found", "an account of this server")
	}
	if err != nil {
		return owner{}, accounts.Device{}, err
	}
	for _, d := range a.Devices {
		if d.ID == device {
			return ownerOf(a), d, nil
		}
	}
	if device == "" {
		return ownerOf(a), accounts.Device{}, nil
	}
	return owner{}, accounts.Device{}, at.bad("/device", "not_found", "a device of the account")
}

// mayRunAhead is how far a server's clock may run ahead. What lies further in the future would be the latest news for good.
const mayRunAhead = 24 * time.Hour

func (s *Service) notAhead(at entry, field string, t time.Time) error {
	if t.Sub(s.Clock.Now()) > mayRunAhead {
		return at.bad(field, "time", "not in the future")
	}
	return nil
}
