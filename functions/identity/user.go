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
	Locale    string    // en, nl, de, fr
	Status    Status    // as it is kept: StatusIn tells it as it is now
	MadeFrom  tenant.ID // the home of whoever made the user while acting below; empty: made by the tenant itself
	Epoch     int64     // sessions of an earlier one are over
	CreatedAt time.Time
	History   History
	Version   int64
}

// History says who had a hand in what a person is. Somebody is an identifier, usr_… or system:…; empty means the person
// himself, or nobody.
type History struct {
	MadeBy        string    `json:"made_by,omitempty"` // who invited him; nobody for the root's first owner
	RoleSetBy     string    `json:"role_set_by,omitempty"`
	RoleSetAt     time.Time `json:"role_set_at,omitzero"`
	FactorSince   time.Time `json:"factor_since,omitzero"`     // of his second factor; zero: he has none
	FactorResetBy string    `json:"factor_reset_by,omitempty"` // who took one from him last; kept when he has a new one
	PasswordBy    string    `json:"password_by,omitempty"`     // who made the link by which the password was set last
	PasswordAt    time.Time `json:"password_at,omitzero"`      // when it was
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
func (u User) principal(session Session) authz.Principal {
	return authz.Principal{
		User: u.ID, Name: u.Name, HomeTenant: u.Home, Role: u.Role, Via: authz.ViaPortal, Session: session.ID,
		SecondFactor: u.History.FactorSince, FactorProven: session.FactorProven,
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
