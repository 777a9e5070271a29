package accounts

import (
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// Removal is how far an account has come on its way out. The zero value: nobody wishes it.
type Removal struct {
	Stage     Stage
	Asker     string    // the user who asked for the deletion
	Approval  string    // that the deletion stands on: waiting at first, then approved
	Expires   time.Time // of the approval while it waits
	Early     string    // the approval of a purge before its time, while it waits
	EarlyEnds time.Time // of that
	TrashedAt time.Time
	Until     time.Time // until then it can be restored; the server's trash is purged after
	PurgedAt  time.Time
	PurgedBy  string // the approval that the purge stands on
}

// Stage is a step on the way out.
type Stage string

// The stages. Each change of one is a decision, a timer, or how an operation ended.
const (
	Staying   Stage = ""
	Asked     Stage = "asked"     // a second person is asked
	Trashing  Stage = "trashing"  // approved; the server does not have it in its trash yet
	Trashed   Stage = "trashed"   // in the server's trash
	Restoring Stage = "restoring" // on the way back
	Purging   Stage = "purging"   // the trash is being emptied of it
	Purged    Stage = "purged"    // gone for good
)

// stages is the whole way out, and back.
var stages = map[Stage][]Stage{
	Staying:   {Asked},
	Asked:     {Staying, Trashing, Asked}, // Asked again: nobody decided in time, and the machine did not tell
	Trashing:  {Trashed, Restoring, Staying},
	Trashed:   {Restoring, Purging},
	Restoring: {Staying, Trashed},
	Purging:   {Purged, Trashed},
	Purged:    {},
}

// Away tells whether clients have, or soon will have, nothing of the account, so that nothing about it is changed.
func (r Removal) Away() bool { return r.Stage != Staying && r.Stage != Asked }

// askable tells whether the deletion may be asked for. A wish whose time is over may be repeated, also where nothing noted it.
func (r Removal) askable(now time.Time) bool {
	return r.Stage == Staying || r.Stage == Asked && !now.Before(r.Expires)
}

// purgeAskable tells whether a purge before its time may be asked for.
func (r Removal) purgeAskable(now time.Time) bool {
	return r.Stage == Trashed && (r.Early == "" || !now.Before(r.EarlyEnds))
}

// due tells whether the trash is to be emptied of the account.
func (r Removal) due(now time.Time) bool { return r.Stage == Trashed && !now.Before(r.Until) }

// leave moves the account on its way.
func (a *Account) leave(to Stage) error {
	for _, next := range stages[a.Removal.Stage] {
		if next == to {
			a.Removal.Stage = to
			if to == Staying {
				a.Removal = Removal{}
			}
			return nil
		}
	}
	return problem.New(problem.Conflict, "the account is not in a state in which this can be done")
}

// staying refuses to change an account that is on its way out.
func (a Account) staying() error {
	if a.Removal.Away() {
		return problem.New(problem.Conflict, "the account is deleted: restore it first, while it can be")
	}
	return nil
}

// keepGone is how long an account that is gone can be looked at: as long as the audit log.
const keepGone = 400 * 24 * time.Hour

const (
	usualRetention   = 30 * 24 * time.Hour
	longestRetention = 365 * 24 * time.Hour // approvals and audit entries outlive it
)

func (s *Service) retention() time.Duration { return Retention(s.Kept) }

// Retention is for how long a deleted account is kept in its server's trash: 30 days where nothing is set, and a year at most.
func Retention(set time.Duration) time.Duration {
	if set <= 0 {
		return usualRetention
	}
	return min(set, longestRetention)
}

// retryPurge is when a purge begins, at the earliest, after somebody stopped one, or a restore.
const retryPurge = 24 * time.Hour

// underWay is the stage in which an operation of the way out is waited for.
var underWay = map[operations.Kind]Stage{operations.Trash: Trashing, operations.Restore: Restoring, operations.Purge: Purging}

// removed moves the account to where an operation of its way out brought it. What nobody waits for is news of before, or told
// for the second time.
func (a *Account) removed(p events.OperationEnded, now time.Time, retention time.Duration) (decision, error) {
	if p.Generation != a.Generation || a.Removal.Stage != underWay[operations.Kind(p.Kind)] {
		return decision{nothing: true}, nil
	}
	a.Failed = Trouble{}
	made := decision{changed: []string{"removal"}}
	var err error
	switch {
	case p.State == string(operations.NeedsAttention):
		a.Failed = Trouble{p.Operation, p.Code}
	case p.State == string(operations.Cancelled):
		err = a.stopped(operations.Kind(p.Kind), now, retention, &made)
	case p.State == string(operations.Succeeded):
		a.Observed = p.Generation
		err = a.went(operations.Kind(p.Kind), p, now, retention, &made)
	default:
		return decision{nothing: true}, nil
	}
	return made, err
}

// went is removed for what went well.
func (a *Account) went(kind operations.Kind, p events.OperationEnded, now time.Time, retention time.Duration, made *decision) error {
	switch kind {
	case operations.Trash:
		a.trashedAt(now, retention, made)
		return a.leave(Trashed)
	case operations.Restore:
		a.UsedBytes = p.UsedBytes
		a.schedules(made, false)
		made.tell = true // what was wanted before may never have come
		return a.leave(Staying)
	case operations.Purge:
		a.Removal.PurgedAt = now
		made.rows = a.unlooked()
		return a.leave(Purged)
	case operations.Ensure:
	}
	return nil
}

// trashedAt begins the time in the trash, in which nothing is expected of the account's backup sets.
func (a *Account) trashedAt(now time.Time, retention time.Duration, made *decision) {
	a.Removal.TrashedAt, a.Removal.Until = now, now.Add(retention)
	a.schedules(made, true)
}

// stopped is removed for what a person stopped. Whether the server began with it nobody knows, so that an account which may
// be in the trash is brought back by a restore, which changes nothing where it is not.
func (a *Account) stopped(kind operations.Kind, now time.Time, retention time.Duration, made *decision) error {
	switch kind {
	case operations.Trash:
		made.tell = true
		if a.Observed == 0 {
			return a.leave(Staying)
		}
		made.kind = operations.Restore
		return a.leave(Restoring)
	case operations.Restore, operations.Purge:
		if a.Removal.TrashedAt.IsZero() { // it was to undo a deletion that did not end: no part of the retention has passed
			a.trashedAt(now, retention, made)
		}
		if later := now.Add(retryPurge); later.After(a.Removal.Until) {
			a.Removal.Until = later
		}
		return a.leave(Trashed)
	case operations.Ensure:
	}
	return nil
}

// schedules tells that nothing is expected of the account's backup sets any more, or again.
func (a Account) schedules(made *decision, removed bool) {
	for _, d := range a.Devices {
		for _, set := range d.Sets {
			made.events = append(made.events, events.SetScheduled{
				Account: a.ID, Device: d.ID, Set: set.ID, Server: a.Server, Plan: set.Plan, Removed: removed,
			})
		}
	}
}

// trashSpec is the content of an operation of the way out.
func (a Account) trashSpec(kind operations.Kind, approval string) driver.TrashSpec {
	spec := driver.TrashSpec{Account: a.ID, Generation: a.Generation}
	if kind != operations.Restore {
		spec.Approval = approval
	}
	return spec
}

// removalActions are those of the way out, and back.
func (a Account) removalActions(d authz.Decision, at place, now time.Time) []string {
	if !d.Can(authz.AccountsDelete) || !at.can(trashes) {
		return nil
	}
	var all []string
	r := a.Removal
	if r.askable(now) {
		all = append(all, "delete")
	}
	if r.Stage == Asked && r.Asker == d.Principal.User {
		all = append(all, "withdraw")
	}
	if r.Stage == Trashed {
		all = append(all, "restore")
	}
	if r.purgeAskable(now) {
		all = append(all, "purge")
	}
	return all
}

func trashes(c driver.Capabilities) bool { return c.Trash }
