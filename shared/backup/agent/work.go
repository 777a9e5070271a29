package agent

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/killpoint"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

const (
	heartbeatEvery = 20 * time.Second
	driverTakes    = 10 * time.Minute // longer than any call to a backup server that still ends well
)

// The kinds of operations that an agent carries out.
const (
	kindEnsure  = "account.ensure"
	kindTrash   = "account.trash"
	kindRestore = "account.restore"
	kindPurge   = "account.purge"
)

// carryOut does one lease from beginning to end: it checks the platform's signature, answers a repeat from the journal,
// calls the driver while it keeps the lease, writes the result down and brings it to the platform. Stopping the agent lets
// the driver finish, because a half-made account is worse than a late stop.
func (a *Agent) carryOut(ctx context.Context, l Lease) {
	ctx = context.WithoutCancel(ctx)
	log := a.Log.With("operation_id", l.Operation, "attempt", l.Attempt, "account", l.Account)
	result, err := a.attempt(ctx, l)
	if err != nil { // the journal cannot be read: without it nothing may be done; the lease runs out and comes again
		log.ErrorContext(ctx, "operation not begun", "error", err)
		return
	}
	w := written{l.Tenant, l.Operation, result}
	if err := a.Journal.write(ctx, w, a.Clock.Now()); err != nil {
		log.ErrorContext(ctx, "result not written down", "error", err)
		return
	}
	log.InfoContext(ctx, "operation ended", "outcome", result.Outcome, "code", result.Code)
	a.bring(ctx, w)
}

func (a *Agent) attempt(ctx context.Context, l Lease) (resultRequest, error) {
	result := resultRequest{ResultID: id.New("res", a.Clock.Now()), Lease: l.Lease, Attempt: l.Attempt}
	if err := a.ordered(l); err != nil {
		result.Outcome, result.Code = outcomeOf(err)
		result.Detail = clip(err.Error())
		return result, nil
	}
	earlier, found, err := a.Journal.done(ctx, l.Operation)
	if err != nil {
		return result, err
	}
	if found { // it was done, and only the news did not arrive
		result.Outcome, result.Observed = Done, earlier.Observed
		return result, nil
	}
	observed, err := a.drive(ctx, l)
	killpoint.Reached(killpoint.AfterDriver)
	result.Outcome, result.Code = outcomeOf(err)
	switch {
	case err != nil:
		result.Detail = clip(err.Error())
	default:
		result.Observed = &observed
	}
	return result, nil
}

// maxDetail is how much the platform takes of a server's own words, in bytes. It would refuse the whole result for more.
const maxDetail = 1000

// clip shortens a text to what fits, between two characters.
func clip(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= maxDetail {
		return text
	}
	end := maxDetail - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// ordered tells whether the platform ordered this, and of this agent.
func (a *Agent) ordered(l Lease) error {
	if _, bound := a.Drivers[l.Server]; !bound {
		return fmt.Errorf("%w: this agent drives no such server", errRefused)
	}
	if !ed25519.Verify(a.Client.Identity.PlatformKey, l.signed(), l.Signature) {
		return fmt.Errorf("%w: the operation is not signed by the platform", errRefused)
	}
	return nil
}

// drive calls the driver and keeps the lease meanwhile.
func (a *Agent) drive(ctx context.Context, l Lease) (driver.Observed, error) {
	d := a.Drivers[l.Server]
	ctx, stop := context.WithTimeout(ctx, driverTakes)
	defer stop()
	go a.keep(ctx, stop, l)
	switch l.Kind {
	case kindEnsure:
		spec, err := a.spec(l)
		if err != nil {
			return driver.Observed{}, err
		}
		return d.Ensure(ctx, spec)
	case kindTrash, kindRestore, kindPurge:
		return trash(ctx, d, l)
	}
	return driver.Observed{}, fmt.Errorf("%w: this agent does not know %s", errRefused, l.Kind)
}

// trash carries out what takes an account away, brings it back or ends it. What takes data away from clients stands on an
// approval, which the platform's signature covers with all the rest of the content.
func trash(ctx context.Context, d driver.Driver, l Lease) (driver.Observed, error) {
	var spec driver.TrashSpec
	if err := json.Unmarshal(l.Spec, &spec); err != nil {
		return driver.Observed{}, fmt.Errorf("%w: %w", errRefused, err)
	}
	if err := spec.Validate(l.Kind != kindRestore); err != nil {
		return driver.Observed{}, fmt.Errorf("%w: %w", errRefused, err)
	}
	if spec.Account != l.Account {
		return driver.Observed{}, errOther
	}
	observed := driver.Observed{Account: spec.Account, Generation: spec.Generation, Devices: []driver.ObservedDevice{}}
	switch l.Kind {
	case kindTrash:
		return observed, d.Trash(ctx, spec.Account, spec.Generation)
	case kindPurge:
		return observed, d.Purge(ctx, spec.Account, spec.Generation, spec.Approval)
	}
	return d.Restore(ctx, spec.Account, spec.Generation)
}

// spec reads what is wanted and opens the passwords that were sealed to this agent.
func (a *Agent) spec(l Lease) (driver.AccountSpec, error) {
	var spec driver.AccountSpec
	if err := json.Unmarshal(l.Spec, &spec); err != nil {
		return spec, fmt.Errorf("%w: %w", errRefused, err)
	}
	if spec.Account != l.Account {
		return spec, errOther
	}
	for i := range spec.Devices {
		if len(spec.Devices[i].SealedPassword) == 0 {
			continue
		}
		plain, err := a.Client.Identity.open(spec.Devices[i].SealedPassword)
		if err != nil {
			return spec, err
		}
		spec.Devices[i].Password = driver.Secret(plain)
	}
	return spec, nil
}

// signed is what the platform's signature covers.
func (l Lease) signed() []byte {
	return sign.Operation(l.Tenant, l.Operation, l.Attempt, l.Kind, l.Account, l.Server, l.Spec)
}

var (
	errRefused = errors.New("refused")
	errOther   = fmt.Errorf("%w: the operation is for another account than its content", errRefused)
)

// outcomeOf tells what an error of a driver means to the operation.
func outcomeOf(err error) (Outcome, string) {
	switch {
	case err == nil:
		return Done, ""
	case errors.Is(err, driver.ErrLoginTaken):
		return Refused, "login_taken"
	case errors.Is(err, driver.ErrUnsupported):
		return Refused, "capability_missing"
	case errors.Is(err, driver.ErrUnknownAccount):
		return Refused, "unknown_account"
	case errors.Is(err, errSealed):
		return Refused, "new_password_needed"
	case errors.Is(err, driver.ErrInvalid), errors.Is(err, errRefused):
		return Refused, "operation_refused"
	}
	return Failed, "server_failed"
}

// keep extends the lease until the work ends. When the platform gave the operation to somebody else, the work is stopped.
func (a *Agent) keep(ctx context.Context, stop context.CancelFunc, l Lease) {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := a.Client.post(ctx, operationPath(l.Tenant, l.Operation, "heartbeat"), heartbeatRequest{l.Lease, l.Attempt}, nil)
		if refused(err, "stale_attempt") {
			stop()
			return
		}
		if err != nil && ctx.Err() == nil {
			a.Log.WarnContext(ctx, "heartbeat", "operation_id", l.Operation, "error", err)
		}
	}
}

// bring posts a result until the platform has taken it, said that it never will, or the agent's patience for now is over;
// then it stays in the journal for the next round.
func (a *Agent) bring(ctx context.Context, w written) {
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		err := a.Client.post(ctx, operationPath(w.tenant, w.operation, "result"), w.result, nil)
		if err == nil || permanent(err) {
			killpoint.Reached(killpoint.AfterResult)
			if err != nil {
				a.Log.WarnContext(ctx, "the platform does not take the result", "operation_id", w.operation, "error", err)
			}
			if err := a.Journal.taken(ctx, w); err != nil {
				a.Log.ErrorContext(ctx, "journal", "error", err)
			}
			return
		}
		a.Log.WarnContext(ctx, "result not delivered", "operation_id", w.operation, "error", err)
		if wait > 8*time.Second || !a.pause(ctx, wait) {
			return
		}
	}
}

// bringPending delivers what earlier runs left in the journal.
func (a *Agent) bringPending(ctx context.Context) {
	all, err := a.Journal.pending(ctx)
	if err != nil && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "journal", "error", err)
	}
	for _, w := range all {
		a.bring(ctx, w)
	}
}

func operationPath(tenant, operation, call string) string {
	return "/agent/v1/operations/" + tenant + "/" + operation + "/" + call
}
