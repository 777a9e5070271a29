// Package identity owns users, their credentials, sessions, one-time links and API keys. It says who somebody is; what he
// may do is decided by shared/authz. README.md has its words, times and states.
package identity

import (
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// User is a person with one home tenant.
type User struct {
	ID        string // usr_…
	Home      tenant.ID
	Name      string
	Email     string    // as it was written; compared by its folded form
	Realm     tenant.ID // in which the address was registered
	Role      authz.Role
	Locale    string // en, nl, de, fr
	Status    Status
	MadeFrom  tenant.ID // the home of whoever made the user while acting below; empty: made by the tenant itself
	Epoch     int64     // sessions of an earlier one are over
	CreatedAt time.Time
	Version   int64
}

// Status says whether a person can sign in.
type Status string

// The states of a user. Invited and Active are kept; Disabled follows from a withdrawal of acting below.
const (
	Invited  Status = "invited"
	Active   Status = "active"
	Disabled Status = "disabled"
)

// MadeBelow tells whether the user was made by somebody who acted below.
func (u User) MadeBelow() bool { return u.MadeFrom != "" }

// principal is the user as authz sees a session of his.
func (u User) principal(session string) authz.Principal {
	return authz.Principal{
		User: u.ID, Name: u.Name, HomeTenant: u.Home, Role: u.Role, Via: authz.ViaPortal, Session: session,
	}
}

// auditedUser is what a change row tells of a user.
type auditedUser struct {
	Name      string     `json:"name"`
	Email     string     `json:"email"`
	Role      authz.Role `json:"role"`
	Locale    string     `json:"locale,omitempty"`
	Status    Status     `json:"status"`
	MadeBelow bool       `json:"made_below,omitempty"`
}

func (u User) audit() auditedUser {
	return auditedUser{u.Name, u.Email, u.Role, u.Locale, u.Status, u.MadeBelow()}
}
