// Package accountsapi speaks HTTP for functions/accounts. It holds no rules.
package accountsapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Register adds the operations of accounts to an API.
func Register(api huma.API, s *accounts.Service) {
	registerAccounts(api, s)
	registerRemoval(api, s)
	registerDevices(api, s)
	registerNotes(api, s)
}

// Account is a customer's place on a backup server.
type Account struct {
	ID                 string              `json:"id"`
	Name               string              `json:"name"`
	Customer           Named               `json:"customer"`
	Seller             tenant.ID           `json:"seller"`
	Server             ServerRef           `json:"server"`
	Type               driver.AccountType  `json:"type" enum:"online,basic"`
	State              accounts.State      `json:"state" enum:"pending,active,suspended,attention,deletion_requested,deleting,in_trash,restoring,gone"`
	Attention          string              `json:"attention,omitempty" doc:"Why it needs a person"`
	WantedState        driver.AccountState `json:"wanted_state" enum:"active,suspended,readonly"`
	QuotaBytes         int64               `json:"quota_bytes"`
	Cut                *Cut                `json:"quota_cut,omitempty" doc:"A smaller quota that waits for a second person"`
	UsedBytes          int64               `json:"used_bytes" doc:"As the latest operation found it"`
	Modules            []string            `json:"modules"`
	Generation         int64               `json:"generation" doc:"Counts what was wanted"`
	ObservedGeneration int64               `json:"observed_generation" doc:"How far the server came"`
	Operation          string              `json:"operation,omitempty" doc:"The latest one"`
	Removal            *Removal            `json:"removal,omitempty" doc:"How far it is on its way out; absent while nobody wishes that"`
	Devices            []Device            `json:"devices"`
	CreatedAt          time.Time           `json:"created_at"`
	Version            int64               `json:"version"`
	Actions            []string            `json:"actions"`
}

// Cut is a quota below what the account keeps that waits for a second person.
type Cut struct {
	Approval   string `json:"approval"`
	QuotaBytes int64  `json:"quota_bytes"`
}

// Removal is how far an account is on its way out.
type Removal struct {
	Approval      string     `json:"approval" doc:"That the deletion stands on, or waits for"`
	PurgeApproval string     `json:"purge_approval,omitempty" doc:"That a purge before its time waits for"`
	TrashedAt     *time.Time `json:"trashed_at,omitempty"`
	Until         *time.Time `json:"until,omitempty" doc:"Until then it can be restored"`
	PurgedAt      *time.Time `json:"purged_at,omitempty"`
}

func removalOf(r accounts.Removal) *Removal {
	if r == (accounts.Removal{}) {
		return nil
	}
	return &Removal{r.Approval, r.Early, rest.Moment(r.TrashedAt), rest.Moment(r.Until), rest.Moment(r.PurgedAt)}
}

// Named is something else by identifier and name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ServerRef is where the account stands.
type ServerRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Host string `json:"host" doc:"What clients dial"`
}

// Device is one machine with its own login and repository.
type Device struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Login   string `json:"login"`
	Address string `json:"address" doc:"The repository as restic names it, without the password"`
	Sets    []Set  `json:"sets"`
}

// Set is what a device backs up, and when.
type Set struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Plan Plan   `json:"plan"`
}

// Plan is when a backup set is due.
type Plan struct {
	Every        string   `json:"every" enum:"hour,day,week,none"`
	At           string   `json:"at,omitempty" doc:"HH:MM; of hourly ones the minutes count"`
	Days         []string `json:"days,omitempty" doc:"mon to sun, for weekly ones"`
	TimeZone     string   `json:"time_zone,omitempty" doc:"IANA name; the customer's when absent"`
	GraceMinutes int      `json:"grace_minutes,omitempty" minimum:"0" maximum:"10080" doc:"How late a start still counts; 0: the default"`
}

// Login is what a client needs, shown once.
type Login struct {
	Device   string `json:"device"`
	Login    string `json:"login"`
	Password string `json:"password" doc:"Never shown again"`
	Address  string `json:"address" doc:"The repository as restic names it"`
}

func accountOf(v accounts.View) Account {
	a := Account{
		ID: v.ID, Name: v.Name, Customer: Named{string(v.Customer), v.CustomerName}, Seller: v.Seller,
		Server: ServerRef{v.Server, v.ServerName, v.Host}, Type: v.Type, State: v.State(), Attention: v.Attention().Code, WantedState: v.Wanted,
		QuotaBytes: v.QuotaBytes, UsedBytes: v.UsedBytes, Modules: v.Modules, Generation: v.Generation, ObservedGeneration: v.Observed,
		Operation: v.Operation, Removal: removalOf(v.Removal), CreatedAt: v.CreatedAt, Version: v.Version, Actions: v.Actions,
	}
	if v.Cut != (accounts.Cut{}) {
		a.Cut = &Cut{v.Cut.Approval, v.Cut.QuotaBytes}
	}
	for _, d := range v.Devices {
		device := Device{ID: d.ID, Name: d.Name, Login: d.Login, Address: accounts.Address(v.Host, d.Login, "")}
		for _, s := range d.Sets {
			device.Sets = append(device.Sets, Set{s.ID, s.Name, Plan(s.Plan)})
		}
		a.Devices = append(a.Devices, device)
	}
	return a
}

func loginOf(l accounts.Login) Login {
	return Login{l.Device, l.Login, l.Password.Reveal(), accounts.Address(l.Host, l.Login, l.Password.Reveal())}
}

func planOf(p *Plan) *events.Schedule {
	if p == nil {
		return nil
	}
	s := events.Schedule(*p)
	return &s
}

// TenantPath names the tenant acted for.
type TenantPath struct {
	Tenant tenant.ID `path:"tenant" doc:"The tenant acted for"`
}

// AccountPath names an account.
type AccountPath struct {
	TenantPath
	Account string `path:"account"`
}

type accountOutput struct {
	rest.Versioned
	Body Account
}

func answer(v accounts.View, err error) (*accountOutput, error) {
	return &accountOutput{rest.Version(v.Version), accountOf(v)}, err
}

// Created is an account or device with the login that is shown once.
type Created struct {
	Account   Account `json:"account"`
	Operation string  `json:"operation" doc:"Tells when the server has it"`
	Logins    []Login `json:"logins"`
}

func created(v accounts.View, l accounts.Login, err error) (*struct{ Body Created }, error) {
	return &struct{ Body Created }{Created{accountOf(v), v.Operation, []Login{loginOf(l)}}}, err
}

const all = "/v1/tenants/{tenant}/accounts"

func registerAccounts(api huma.API, s *accounts.Service) {
	rest.Register(api, rest.Operation{
		ID: "list-accounts", Method: http.MethodGet, Path: all, Summary: "Accounts of the tenant acted for", Permission: authz.AccountsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Customer tenant.ID      `query:"customer"`
		Server   string         `query:"server"`
		State    accounts.State `query:"state" enum:"pending,active,suspended,attention,deletion_requested,deleting,in_trash,restoring,gone"`
		Text     string         `query:"q" maxLength:"120" doc:"Part of a name or login"`
	}) (*struct{ Body rest.List[Account] }, error) {
		f := accounts.Filter{Customer: in.Customer, Server: in.Server, State: in.State, Text: in.Text}
		page, next, err := s.List(ctx, in.Tenant, f, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Account] }{rest.ListOf(page, next, accountOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "create-account", Method: http.MethodPost, Path: all, Summary: "Create an account", Permission: authz.AccountsCreate,
		Status: http.StatusAccepted, Secret: true,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Body struct {
			Customer   tenant.ID          `json:"customer"`
			Server     string             `json:"server"`
			Type       driver.AccountType `json:"type" enum:"online,basic"`
			Name       string             `json:"name,omitempty" maxLength:"120" doc:"The login when absent"`
			QuotaBytes int64              `json:"quota_bytes" doc:"1 MB to 1 PB"`
			Modules    []string           `json:"modules,omitempty"`
			DeviceName string             `json:"device_name,omitempty" maxLength:"120"`
			Plan       *Plan              `json:"plan,omitempty" doc:"Every night when absent"`
		}
	}) (*struct{ Body Created }, error) {
		b := in.Body
		return created(s.Create(ctx, in.Tenant, accounts.Draft{
			Customer: b.Customer, Server: b.Server, Type: b.Type, Name: b.Name, QuotaBytes: b.QuotaBytes, Modules: b.Modules,
			DeviceName: b.DeviceName, Plan: planOf(b.Plan),
		}))
	})

	rest.Register(api, rest.Operation{
		ID: "get-account", Method: http.MethodGet, Path: all + "/{account}", Summary: "An account", Permission: authz.AccountsRead,
	}, func(ctx context.Context, in *AccountPath) (*accountOutput, error) {
		return answer(s.Get(ctx, in.Tenant, in.Account))
	})

	rest.Register(api, rest.Operation{
		ID: "edit-account", Method: http.MethodPatch, Path: all + "/{account}", Summary: "Change name, quota or modules",
		Permission: authz.AccountsChange, Status: http.StatusAccepted,
	}, func(ctx context.Context, in *struct {
		AccountPath
		rest.IfMatch
		Body struct {
			Name       *string   `json:"name,omitempty" maxLength:"120"`
			QuotaBytes *int64    `json:"quota_bytes,omitempty"`
			Modules    *[]string `json:"modules,omitempty"`
			Reason     string    `json:"reason,omitempty" maxLength:"1000" doc:"Why the quota is to be smaller than what is kept: a second person is asked, and it changes once he agrees. Without it such a quota is refused"`
		}
	}) (*accountOutput, error) {
		return answer(s.Edit(ctx, in.Tenant, in.Account, accounts.Edit{
			Version: in.Version(), Name: in.Body.Name, QuotaBytes: in.Body.QuotaBytes, Modules: in.Body.Modules, Reason: in.Body.Reason,
		}))
	})

	for _, action := range []struct {
		id, name, summary string
		do                func(context.Context, tenant.ID, string) (accounts.View, error)
	}{
		{"suspend-account", "suspend", "Let nobody in; the data stay", s.Suspend},
		{"resume-account", "resume", "Let clients in again", s.Resume},
	} {
		rest.Register(api, rest.Operation{
			ID: action.id, Method: http.MethodPost, Path: all + "/{account}/" + action.name, Summary: action.summary,
			Permission: authz.AccountsSuspend, Resource: all + "/{account}", Status: http.StatusAccepted,
		}, func(ctx context.Context, in *AccountPath) (*accountOutput, error) {
			return answer(action.do(ctx, in.Tenant, in.Account))
		})
	}
}

func registerRemoval(api huma.API, s *accounts.Service) {
	for _, action := range []struct {
		id, name, summary string
		do                func(context.Context, tenant.ID, string, string) (accounts.View, error)
	}{
		{"delete-account", "delete", "Ask a second person to let the account go to the trash", s.Delete},
		{"purge-account", "purge", "Ask a second person to let the account be purged from the trash before its time", s.Purge},
	} {
		rest.Register(api, rest.Operation{
			ID: action.id, Method: http.MethodPost, Path: all + "/{account}/" + action.name, Summary: action.summary,
			Permission: authz.AccountsDelete, Resource: all + "/{account}", Status: http.StatusAccepted,
		}, func(ctx context.Context, in *struct {
			AccountPath
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"For whoever decides"`
			}
		}) (*accountOutput, error) {
			return answer(action.do(ctx, in.Tenant, in.Account, in.Body.Reason))
		})
	}

	rest.Register(api, rest.Operation{
		ID: "restore-account", Method: http.MethodPost, Path: all + "/{account}/restore", Summary: "Take the account back out of the trash",
		Permission: authz.AccountsDelete, Resource: all + "/{account}", Status: http.StatusAccepted,
	}, func(ctx context.Context, in *AccountPath) (*accountOutput, error) {
		return answer(s.Restore(ctx, in.Tenant, in.Account))
	})
}

func registerDevices(api huma.API, s *accounts.Service) {
	const devices = all + "/{account}/devices"

	rest.Register(api, rest.Operation{
		ID: "add-device", Method: http.MethodPost, Path: devices, Summary: "Add a machine with a login of its own",
		Permission: authz.AccountsChange, Resource: all + "/{account}", Status: http.StatusAccepted, Secret: true,
	}, func(ctx context.Context, in *struct {
		AccountPath
		Body struct {
			Name string `json:"name" minLength:"1" maxLength:"120"`
			Plan *Plan  `json:"plan,omitempty"`
		}
	}) (*struct{ Body Created }, error) {
		return created(s.AddDevice(ctx, in.Tenant, in.Account, in.Body.Name, planOf(in.Body.Plan)))
	})

	rest.Register(api, rest.Operation{
		ID: "new-password", Method: http.MethodPost, Path: devices + "/{device}/password", Summary: "Make a new password for a device",
		Permission: authz.AccountsPassword, Resource: all + "/{account}", Status: http.StatusAccepted, Secret: true,
	}, func(ctx context.Context, in *struct {
		AccountPath
		Device string `path:"device"`
	}) (*struct{ Body Login }, error) {
		_, l, err := s.NewPassword(ctx, in.Tenant, in.Account, in.Device)
		return &struct{ Body Login }{loginOf(l)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "edit-set", Method: http.MethodPatch, Path: devices + "/{device}/sets/{set}", Summary: "Change a backup set",
		Permission: authz.AccountsChange, Resource: all + "/{account}",
	}, func(ctx context.Context, in *struct {
		AccountPath
		Device string `path:"device"`
		Set    string `path:"set"`
		Body   struct {
			Name *string `json:"name,omitempty" maxLength:"120"`
			Plan *Plan   `json:"plan,omitempty"`
		}
	}) (*accountOutput, error) {
		return answer(s.EditSet(ctx, in.Tenant, in.Account, in.Device, in.Set, accounts.EditSet{Name: in.Body.Name, Plan: planOf(in.Body.Plan)}))
	})
}

// Note is a text that only the tenant that wrote it sees.
type Note struct {
	Text      string     `json:"text"`
	Author    string     `json:"author,omitempty"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
}

func noteOf(n accounts.Note) Note {
	out := Note{Text: n.Text, Author: n.Author}
	if !n.UpdatedAt.IsZero() {
		out.UpdatedAt = &n.UpdatedAt
	}
	return out
}

func registerNotes(api huma.API, s *accounts.Service) {
	const note = all + "/{account}/note"

	rest.Register(api, rest.Operation{
		ID: "get-note", Method: http.MethodGet, Path: note, Summary: "The own tenant's private note", Permission: authz.NotesWrite,
	}, func(ctx context.Context, in *AccountPath) (*struct{ Body Note }, error) {
		n, err := s.Note(ctx, in.Tenant, in.Account)
		return &struct{ Body Note }{noteOf(n)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "write-note", Method: http.MethodPut, Path: note, Summary: "Replace the own tenant's private note", Permission: authz.NotesWrite,
	}, func(ctx context.Context, in *struct {
		AccountPath
		Body struct {
			Text string `json:"text" maxLength:"10000"`
		}
	}) (*struct{ Body Note }, error) {
		n, err := s.WriteNote(ctx, in.Tenant, in.Account, in.Body.Text)
		return &struct{ Body Note }{noteOf(n)}, err
	})
}
