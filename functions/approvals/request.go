package approvals

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Settings are the waiting times. Zero fields mean the defaults.
type Settings struct {
	RemindAfter time.Duration // 24 hours
	ExpireAfter time.Duration // 7 days
	DeciderAge  time.Duration // 72 hours: how old a decider's user, role, factor and password are at least
}

func (s Settings) remindAfter() time.Duration {
	return min(or(s.RemindAfter, 24*time.Hour), s.expireAfter())
}

func (s Settings) expireAfter() time.Duration { return or(s.ExpireAfter, 7*24*time.Hour) }

func (s Settings) deciderAge() time.Duration { return or(s.DeciderAge, 72*time.Hour) }

func or(set, usual time.Duration) time.Duration {
	if set > 0 {
		return set
	}
	return usual
}

// Desk makes approvals for other features.
type Desk struct {
	Reader    Reader
	Directory authz.Directory
	Clock     clock.Clock
	Settings  Settings
}

// Request is what another feature asks a second person for.
type Request struct {
	Kind     Kind
	Seller   tenant.ID
	Account  string
	Customer tenant.ID
	Reason   string
	Loss     Loss
}

// Requested is what the asking feature adds to its own atomic write: rows and events.
type Requested struct {
	Rows     store.Write
	Events   []events.Payload
	Approval Approval
}

// Request makes an approval for whom the principal in the context asks. Nothing is written here: the rows belong into the
// write of the feature that asks, which has checked the right to ask and that it does not ask twice.
func (d Desk) Request(ctx context.Context, r Request) (Requested, error) {
	if _, known := Kinds[r.Kind]; !known {
		return Requested{}, fmt.Errorf("approvals of kind %s stand in no table", r.Kind)
	}
	if err := CheckReason("/reason", r.Reason); err != nil {
		return Requested{}, err
	}
	chain, err := d.Directory.Chain(ctx, r.Seller)
	if err != nil {
		return Requested{}, fmt.Errorf("who decides for %s: %w", r.Seller, err)
	}
	now := d.Clock.Now()
	a := Approval{
		ID: id.New(id.Approval, now), Seller: r.Seller, Kind: r.Kind, Account: r.Account, Customer: r.Customer, Asker: personOf(ctx), Reason: r.Reason,
		Deciders: decidersOf(chain), Loss: r.Loss, State: Waiting, AskedAt: now, RemindAt: now.Add(d.Settings.remindAfter()),
		ExpiresAt: now.Add(d.Settings.expireAfter()), Version: 1,
	}
	rows, err := a.begun()
	if err != nil {
		return Requested{}, err
	}
	return Requested{rows, []events.Payload{events.ApprovalRequested{
		Approval: a.ID, Kind: string(a.Kind), Account: a.Account, Customer: string(a.Customer), Deciders: a.deciders(), Asker: a.Asker.User,
		Reason: a.Reason, RemindAt: a.RemindAt, ExpiresAt: a.ExpiresAt,
	}}, a}, nil
}

// Moot is Requested for a wish that has become pointless by what the principal does now: the asking feature withdraws it in
// its own write. There is nothing to write where it has ended already. A condition that fails at Lost means that it was
// decided at the same moment: ask again.
func (d Desk) Moot(ctx context.Context, seller tenant.ID, approval string) (Requested, error) {
	a, err := d.Reader.Get(ctx, seller, approval)
	if err != nil || !a.may(Withdrawn) {
		return Requested{}, err
	}
	a.State, a.Decider, a.EndedAt = Withdrawn, personOf(ctx), d.Clock.Now()
	rows, err := a.over()
	return Requested{rows, []events.Payload{a.decidedEvent()}, a}, err
}

// Lost tells whether a write failed because the approval moved meanwhile.
func Lost(err error, seller tenant.ID, approval string) bool {
	return store.FailedAt(err, approvalKey(seller, approval))
}

// Approved returns an approval that allows this very thing, or a conflict: it is the last question before what cannot be
// undone.
func (d Desk) Approved(ctx context.Context, seller tenant.ID, approval string, kind Kind, account string) error {
	a, err := d.Reader.Get(ctx, seller, approval)
	if err != nil {
		return fmt.Errorf("read approval %s: %w", approval, err)
	}
	if a.State != Approved || a.Kind != kind || a.Account != account {
		return problem.New(problem.Conflict, "this was not approved")
	}
	return nil
}

func personOf(ctx context.Context) Person {
	p, _ := authz.From(ctx)
	return Person{p.Actor(), p.Name, p.HomeTenant}
}

func (a Approval) deciders() []string {
	all := make([]string, 0, len(a.Deciders))
	for _, d := range a.Deciders {
		all = append(all, string(d))
	}
	return all
}

func (a Approval) decidedEvent() events.Payload {
	return events.ApprovalDecided{
		Approval: a.ID, Kind: string(a.Kind), Account: a.Account, Decision: string(a.State), Decider: a.Decider.User, Home: string(a.Decider.Home),
		Reason: a.Answer, Asker: a.Asker.User,
	}
}

const longestReason = 1000

// CheckReason refuses a reason that says nothing, or too much.
func CheckReason(field, reason string) error {
	unreadable := func(r rune) bool { return !unicode.IsGraphic(r) && r != '\n' } // graphic: French sets no-break spaces
	if strings.TrimSpace(reason) == "" || utf8.RuneCountInString(reason) > longestReason || !utf8.ValidString(reason) ||
		strings.ContainsFunc(reason, unreadable) {
		return problem.Invalid(field, "reason", "1 to 1,000 printable characters that say why")
	}
	return nil
}
