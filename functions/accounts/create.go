package accounts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Draft describes an account to be created. Until products exist, it carries its type and a free quota.
type Draft struct {
	Customer   tenant.ID
	Server     string
	Type       driver.AccountType
	Name       string // empty: the login
	QuotaBytes int64
	Modules    []string // empty: files
	DeviceName string   // empty: "Device 1"
	Plan       *events.Schedule
}

// Login is what a client needs, shown once.
type Login struct {
	Device   string
	Login    string
	Password driver.Secret
	Host     string
}

// Create creates an account of the seller acted for, with one device and one backup set. Nothing exists on the server yet:
// the operation makes it.
func (s *Service) Create(ctx context.Context, t tenant.ID, draft Draft) (View, Login, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsCreate, t)
	if err != nil {
		return View{}, Login{}, err
	}
	zone, err := s.customer(ctx, d, draft.Customer)
	if err != nil {
		return View{}, Login{}, err
	}
	if err := draft.validate(zone); err != nil {
		return View{}, Login{}, err
	}
	placement, err := s.Servers.Placement(ctx, d.Chain, draft.Server, draft.Type)
	if err != nil {
		return View{}, Login{}, err
	}
	password, sealed, err := newPassword(placement.Agent.SealKey)
	if err != nil {
		return View{}, Login{}, err
	}
	now := s.Clock.Now()
	a := Account{
		ID: id.New(id.Account, now), Seller: t, Customer: draft.Customer, Name: draft.Name, Server: draft.Server,
		ServerOwner: placement.Server.Owner, Type: draft.Type, Wanted: driver.Active, QuotaBytes: draft.QuotaBytes, Modules: draft.Modules,
		CreatedAt: now, Version: 1,
	}
	device := Device{
		ID: id.New(id.Device, now), Name: draft.DeviceName, Sets: []Set{{ID: id.New(id.Set, now), Name: "Standard", Plan: *draft.Plan}},
	}
	for try := 0; ; try++ {
		if device.Login, err = s.newLogin(ctx, t); err != nil {
			return View{}, Login{}, err
		}
		made := a
		made.Devices = []Device{device}
		if made.Name == "" {
			made.Name = device.Login
		}
		first := decision{
			tell: true, sealed: map[string][]byte{device.ID: sealed}, login: device.Login,
			rows: store.Write{
				Puts: []store.Put{{Item: lookup.Item(lookup.Account, accountValue(a.Server, a.ID), t, a.ID), If: store.Absent}},
			},
			events: []events.Payload{
				events.AccountCreated{Account: a.ID, Customer: string(a.Customer), Server: a.Server, Type: string(a.Type)},
				scheduled(made, device, device.Sets[0]),
			},
		}
		err = s.commit(ctx, d, "account.create", nil, &made, first)
		if lost(err, made, first) {
			if try < tries {
				continue
			}
			err = problem.Wrap(err, problem.Conflict, "no login was free: try again")
		}
		if err != nil {
			return View{}, Login{}, fmt.Errorf("create an account: %w", err)
		}
		v, err := s.view(ctx, d, made)
		return v, Login{device.ID, device.Login, password, placement.Server.Host}, err
	}
}

// customer checks that a customer stands below the seller acted for, and returns its time zone.
func (s *Service) customer(ctx context.Context, d authz.Decision, customer tenant.ID) (string, error) {
	unknown := problem.Invalid("/customer", "not_found", "a customer of this seller")
	if !customer.Valid() || d.CustomersMasked() {
		return "", unknown
	}
	chain, err := s.Guard.Directory.Chain(ctx, customer)
	if problem.Has(err, problem.NotFound) {
		return "", unknown
	}
	if err != nil {
		return "", err
	}
	n := chain[len(chain)-1]
	if n.Parent != d.Target.ID || n.Level != tenant.Customer {
		return "", unknown
	}
	if n.Status != tenant.Active {
		return "", problem.New(problem.Conflict, "the customer is suspended")
	}
	return n.TimeZone, nil
}

// zone is the time zone in which a customer's schedules are told where they name none.
func (s *Service) zone(ctx context.Context, customer tenant.ID) (string, error) {
	chain, err := s.Guard.Directory.Chain(ctx, customer)
	if err != nil {
		return "", fmt.Errorf("the customer's time zone: %w", err)
	}
	return chain[len(chain)-1].TimeZone, nil
}

func (d *Draft) validate(zone string) error {
	var fields problem.Fields
	if d.Type != driver.Online && d.Type != driver.Basic {
		fields.Add("/type", "enum", "online or basic")
	}
	if d.Name != "" {
		checkName(&fields, "/name", d.Name)
	}
	if d.DeviceName != "" {
		checkName(&fields, "/device_name", d.DeviceName)
	}
	checkQuota(&fields, d.QuotaBytes)
	if len(d.Modules) == 0 {
		d.Modules = []string{"files"}
	}
	d.Modules = checkModules(&fields, d.Type, d.Modules)
	if d.DeviceName == "" {
		d.DeviceName = "Device 1"
	}
	if d.Plan == nil {
		plan := nightly()
		d.Plan = &plan
	}
	checkPlan(&fields, "/plan", d.Plan, zone)
	return fields.Err()
}

func checkName(fields *problem.Fields, at, name string) {
	unprintable := !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
	if name == "" || strings.TrimSpace(name) != name || utf8.RuneCountInString(name) > 120 || unprintable {
		fields.Add(at, "name", "1 to 120 printable characters, without spaces at either end")
	}
}

func checkQuota(fields *problem.Fields, quota int64) {
	if quota < MinQuota || quota > MaxQuota {
		fields.Add("/quota_bytes", "range", "1 MB to 1 PB, in bytes")
	}
}

// checkModules returns the modules in their one order, each once.
func checkModules(fields *problem.Fields, kind driver.AccountType, wanted []string) []string {
	if len(wanted) == 0 || slices.ContainsFunc(wanted, func(m string) bool { return !slices.Contains(modules[kind], m) }) {
		fields.Add("/modules", "enum", "one or more modules of this type of account")
	}
	return slices.DeleteFunc(ModulesOf(kind), func(m string) bool { return !slices.Contains(wanted, m) })
}

// newLogin draws a login that begins as the seller's do.
func (s *Service) newLogin(ctx context.Context, seller tenant.ID) (string, error) {
	prefix, err := s.Slugs.LoginPrefix(ctx, seller)
	if err != nil {
		return "", fmt.Errorf("begin a login: %w", err)
	}
	end, err := draw(loginLetters, 5)
	return prefix + "-" + end, err
}

func scheduled(a Account, d Device, set Set) events.Payload {
	return events.SetScheduled{Account: a.ID, Device: d.ID, Set: set.ID, Server: a.Server, Plan: set.Plan}
}
