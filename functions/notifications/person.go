package notifications

import (
	"context"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Person is somebody who gets mail.
type Person struct {
	User     string // usr_…
	Home     tenant.ID
	Name     string
	Email    string
	Language string
}

// People finds those who are written to. Mains implement it by identity.
type People interface {
	// Person returns somebody who can sign in, and false where there is nobody such any more.
	Person(ctx context.Context, home tenant.ID, user string) (Person, bool, error)
	// Deciders returns those of a tenant's people who can sign in and whose role decides about approvals.
	Deciders(ctx context.Context, home tenant.ID) ([]Person, error)
}

// Brand is what a mail shows of the seller behind it.
type Brand struct {
	Product, Company string
	Support          string // an e-mail address, may be empty
	Portal           string // the address under which the recipient signs in, without a slash at its end
	Accent, OnAccent string // colours as CSS writes them
}

// Brands finds the brand under which a tenant's people work. Mains implement it by branding.
type Brands interface {
	Of(ctx context.Context, home tenant.ID) (Brand, error)
}

// Outbox is where mails stay on a machine of development.
type Outbox interface {
	List(ctx context.Context, most int) ([]mail.Kept, error)
	// Get fails with mail.ErrNotKept where there is no such message.
	Get(ctx context.Context, name string) (mail.Kept, error)
}
