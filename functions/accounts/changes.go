package accounts

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Edit says what to change of an account; nil leaves a thing as it is.
type Edit struct {
	Version    int64 // that the caller read
	Name       *string
	QuotaBytes *int64
	Modules    *[]string
	Reason     string // for whoever decides, where the quota would be smaller than what is kept
}

// Edit changes an account's name, quota or modules.
func (s *Service) Edit(ctx context.Context, t tenant.ID, account string, e Edit) (View, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsChange, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.change(ctx, d, account, "account.edit", e.Version, func(a *Account) (decision, error) {
		var made decision
		var fields problem.Fields
		if e.Name != nil && d.CustomersMasked() {
			return made, problem.New(problem.Forbidden, "the seller hides its customers, and what they call their accounts")
		}
		if e.Name != nil && *e.Name != a.Name {
			checkName(&fields, "/name", *e.Name)
			a.Name, made.changed = *e.Name, append(made.changed, "name")
		}
		again := a.Failed != (Trouble{}) // the server never got what was wanted: the same may be asked for once more
		if e.QuotaBytes != nil && (again || *e.QuotaBytes != a.QuotaBytes || a.Cut != (Cut{})) {
			if err := s.needs(ctx, *a, limits); err != nil {
				return made, err
			}
			checkQuota(&fields, *e.QuotaBytes)
			used, err := s.Usage.Used(ctx, a.Seller, a.ID)
			if err != nil {
				return made, fmt.Errorf("how much account %s keeps: %w", a.ID, err)
			}
			if err := s.quota(ctx, a, *e.QuotaBytes, e.Reason, used, &made); err != nil && len(fields) == 0 {
				return made, err
			}
		}
		if e.Modules != nil {
			wanted := checkModules(&fields, a.Type, *e.Modules)
			if again || !slices.Equal(wanted, a.Modules) {
				a.Modules, made.tell, made.changed = wanted, true, append(made.changed, "modules")
			}
		}
		made.nothing = len(made.changed) == 0
		return made, fields.Err()
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, d, a)
}

// quota wants another quota, or asks a second person for a smaller one below what is kept.
func (s *Service) quota(ctx context.Context, a *Account, quota int64, reason string, used int64, made *decision) error {
	if quota < a.QuotaBytes && quota < max(used, a.UsedBytes) { // one may have been measured after the other
		return s.cut(ctx, a, quota, reason, made)
	}
	a.QuotaBytes, made.tell, made.changed = quota, true, append(made.changed, "quota_bytes")
	return s.dropCut(ctx, a, made)
}

// Suspend lets nobody into the account any more; its data stay.
func (s *Service) Suspend(ctx context.Context, t tenant.ID, account string) (View, error) {
	return s.want(ctx, t, account, "account.suspend", driver.Suspended)
}

// Resume lets clients in again.
func (s *Service) Resume(ctx context.Context, t tenant.ID, account string) (View, error) {
	return s.want(ctx, t, account, "account.resume", driver.Active)
}

func (s *Service) want(ctx context.Context, t tenant.ID, account, action string, state driver.AccountState) (View, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsSuspend, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.change(ctx, d, account, action, 0, func(a *Account) (decision, error) {
		if a.Wanted == state && a.Failed == (Trouble{}) {
			return decision{nothing: true}, nil
		}
		if state == driver.Suspended {
			if err := s.needs(ctx, *a, suspends); err != nil {
				return decision{}, err
			}
		}
		a.Wanted = state // once more where the server never got it
		return decision{tell: true, changed: []string{"state"}}, nil
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, d, a)
}

// AddDevice adds a machine with a login of its own.
func (s *Service) AddDevice(ctx context.Context, t tenant.ID, account, name string, wanted *events.Schedule) (View, Login, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsChange, t)
	if err != nil {
		return View{}, Login{}, err
	}
	var shown Login
	a, err := s.change(ctx, d, account, "account.add_device", 0, func(a *Account) (decision, error) {
		var fields problem.Fields
		checkName(&fields, "/name", name)
		plan := nightly()
		if wanted != nil {
			plan = *wanted
		}
		zone, err := s.zone(ctx, a.Customer)
		if err != nil {
			return decision{}, err
		}
		checkPlan(&fields, "/plan", &plan, zone)
		if err := fields.Err(); err != nil {
			return decision{}, err
		}
		if len(a.Devices) >= maxDevices {
			return decision{}, problem.New(problem.Conflict, "at most 100 devices")
		}
		now := s.Clock.Now()
		device := Device{ID: id.New(id.Device, now), Name: name, Sets: []Set{{ID: id.New(id.Set, now), Name: "Standard", Plan: plan}}}
		if device.Login, err = s.newLogin(ctx, a.Seller); err != nil {
			return decision{}, err
		}
		made, err := s.seal(ctx, *a, device.ID, &shown)
		if err != nil {
			return decision{}, err
		}
		shown.Login = device.Login
		a.Devices = append(a.Devices, device)
		made.changed = []string{"devices"}
		made.login = device.Login
		made.events = append(made.events, scheduled(*a, device, device.Sets[0]))
		return made, nil
	})
	if err != nil {
		return View{}, Login{}, err
	}
	v, err := s.view(ctx, d, a)
	return v, shown, err
}

const maxDevices = 100

// NewPassword makes a new password for a device. The old one works until the server has the new one.
func (s *Service) NewPassword(ctx context.Context, t tenant.ID, account, device string) (View, Login, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsPassword, t)
	if err != nil {
		return View{}, Login{}, err
	}
	var shown Login
	a, err := s.change(ctx, d, account, "account.new_password", 0, func(a *Account) (decision, error) {
		found := a.device(device)
		if found == nil {
			return decision{}, problem.New(problem.NotFound, "")
		}
		made, err := s.seal(ctx, *a, device, &shown)
		shown.Login = found.Login
		made.changed = []string{"password"}
		return made, err
	})
	if err != nil {
		return View{}, Login{}, err
	}
	v, err := s.view(ctx, d, a)
	return v, shown, err
}

// seal makes a password for a device of an account, sealed to the agent that stands beside its server now.
func (s *Service) seal(ctx context.Context, a Account, device string, shown *Login) (decision, error) {
	at, err := s.place(ctx, a)
	if err != nil {
		return decision{}, err
	}
	password, sealed, err := newPassword(at.agent.SealKey)
	if err != nil {
		return decision{}, err
	}
	*shown = Login{Device: device, Password: password, Host: at.server.Host}
	return decision{tell: true, sealed: map[string][]byte{device: sealed}}, nil
}

// EditSet says what to change of a backup set; nil leaves a thing as it is.
type EditSet struct {
	Name *string
	Plan *events.Schedule
}

// EditSet changes a backup set. The server is not told: the schedule is what we expect, and what the customer's machine is
// set up to do.
func (s *Service) EditSet(ctx context.Context, t tenant.ID, account, device, set string, e EditSet) (View, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsChange, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.change(ctx, d, account, "account.edit_set", 0, func(a *Account) (decision, error) {
		found := a.device(device)
		if found == nil {
			return decision{}, problem.New(problem.NotFound, "")
		}
		i := slices.IndexFunc(found.Sets, func(s Set) bool { return s.ID == set })
		if i < 0 {
			return decision{}, problem.New(problem.NotFound, "")
		}
		var fields problem.Fields
		before := found.Sets[i]
		if e.Name != nil {
			checkName(&fields, "/name", *e.Name)
			found.Sets[i].Name = *e.Name
		}
		if e.Plan != nil {
			plan := *e.Plan
			zone, err := s.zone(ctx, a.Customer)
			if err != nil {
				return decision{}, err
			}
			checkPlan(&fields, "/plan", &plan, zone)
			found.Sets[i].Plan = plan
		}
		if reflect.DeepEqual(before, found.Sets[i]) {
			return decision{nothing: true}, fields.Err()
		}
		return decision{changed: []string{"sets"}, events: []events.Payload{scheduled(*a, *found, found.Sets[i])}}, fields.Err()
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, d, a)
}
