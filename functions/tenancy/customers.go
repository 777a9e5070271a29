package tenancy

import (
	"context"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// NewCustomer describes a customer to be created below the reseller acted for. An anonymous one has no profile: it is
// known by its number, and has no sign-in, mail or invoice of its own (mission A22).
type NewCustomer struct {
	Profile
	Kind tenant.Variant
}

func (n NewCustomer) validate() error {
	var fields problem.Fields
	switch n.Kind {
	case tenant.Business, tenant.Private:
		n.Profile.validate(&fields, "", false)
	case tenant.Anonymous:
		n.Profile.validate(&fields, "", true)
		if n.Contact != (Contact{}) {
			fields.Add("/kind", "anonymous", "an anonymous customer has no contact data")
		}
	default:
		fields.Add("/kind", "kind", "business, private or anonymous")
	}
	return fields.Err()
}

// Customer is a customer or site with what may be done with it.
type Customer struct {
	Tenant
	Actions []string
}

// CreateCustomer creates a customer below the reseller acted for.
func (s *Service) CreateCustomer(ctx context.Context, reseller tenant.ID, n NewCustomer) (Customer, error) {
	d, err := s.Guard.Require(ctx, authz.CustomersManage, reseller)
	if err != nil {
		return Customer{}, err
	}
	if d.Target.Level != tenant.Reseller {
		return Customer{}, problem.New(problem.LevelNotAllowed, "customers stand below resellers only")
	}
	if err := n.validate(); err != nil {
		return Customer{}, err
	}
	if n.Kind == tenant.Anonymous && !d.Can(authz.AnonymousCustomers) {
		return Customer{}, problem.New(problem.Forbidden, "only graylabel and whitelabel resellers have anonymous customers")
	}
	parent, err := s.Reader.Get(ctx, reseller)
	if err != nil {
		return Customer{}, err
	}
	t := s.draft(parent, tenant.Customer, n.Profile)
	t.Variant = n.Kind
	created, err := s.plant(ctx, parent, t, "customer.create", nil)
	if err != nil {
		return Customer{}, err
	}
	return s.customer(d, created), nil
}

// CreateSite creates a site below the customer acted for.
func (s *Service) CreateSite(ctx context.Context, customer tenant.ID, p Profile) (Customer, error) {
	d, err := s.Guard.Require(ctx, authz.CustomersManage, customer)
	if err != nil {
		return Customer{}, err
	}
	if d.Target.Level != tenant.Customer {
		return Customer{}, problem.New(problem.LevelNotAllowed, "sites stand below customers only")
	}
	var fields problem.Fields
	p.validate(&fields, "", false)
	if err := fields.Err(); err != nil {
		return Customer{}, err
	}
	parent, err := s.Reader.Get(ctx, customer)
	if err != nil {
		return Customer{}, err
	}
	created, err := s.plant(ctx, parent, s.draft(parent, tenant.Site, p), "site.create", nil)
	if err != nil {
		return Customer{}, err
	}
	return s.customer(d, created), nil
}

// Customers lists the customers of the reseller acted for, by name, those whose name or number contains the text.
func (s *Service) Customers(ctx context.Context, reseller tenant.ID, text string, limit int, cursor string) ([]Customer, string, error) {
	return s.listBelow(ctx, reseller, customers, text, limit, cursor)
}

// Sites lists the sites of the customer acted for.
func (s *Service) Sites(ctx context.Context, customer tenant.ID, text string, limit int, cursor string) ([]Customer, string, error) {
	return s.listBelow(ctx, customer, sites, text, limit, cursor)
}

func (s *Service) listBelow(ctx context.Context, parent tenant.ID, k kind, text string, limit int, cursor string) ([]Customer, string, error) {
	d, err := s.Guard.Require(ctx, authz.CustomersRead, parent)
	if err != nil {
		return nil, "", err
	}
	page, next, err := s.search(ctx, parent, k, limit, cursor, text, d.CustomersMasked())
	if err != nil {
		return nil, "", err
	}
	all := make([]Customer, 0, len(page))
	for _, t := range page {
		all = append(all, s.customer(d, t))
	}
	return all, next, nil
}

// Customer returns one customer of the reseller acted for. A masked one does not exist for whom it is masked.
func (s *Service) Customer(ctx context.Context, reseller, customer tenant.ID) (Customer, error) {
	d, err := s.Guard.Require(ctx, authz.CustomersRead, reseller)
	if err != nil {
		return Customer{}, err
	}
	t, err := s.unmasked(ctx, d, customer)
	if err != nil {
		return Customer{}, err
	}
	return s.customer(d, t), nil
}

// CustomerEdit says what to change of a customer; nil leaves a thing as it is.
type CustomerEdit struct {
	Version                        int64 // that the caller read
	Name, Country, TimeZone        *string
	Language, Person, Email, Phone *string
	Street, PostalCode, City       *string
	ChamberNumber, VATNumber       *string
}

func (e CustomerEdit) profile(t Tenant) Profile {
	p := Profile{Name: t.Name, Country: t.Country, TimeZone: t.TimeZone, Language: t.Language, Contact: t.Contact}
	c := &p.Contact
	for to, from := range map[*string]*string{
		&p.Name: e.Name, &p.Country: e.Country, &p.TimeZone: e.TimeZone, &p.Language: e.Language, &c.Person: e.Person, &c.Email: e.Email,
		&c.Phone: e.Phone, &c.Street: e.Street, &c.PostalCode: e.PostalCode, &c.City: e.City, &c.ChamberNumber: e.ChamberNumber,
		&c.VATNumber: e.VATNumber,
	} {
		set(to, from)
	}
	return p
}

// EditCustomer changes what is known of a customer.
func (s *Service) EditCustomer(ctx context.Context, reseller, customer tenant.ID, e CustomerEdit) (Customer, error) {
	d, err := s.Guard.Require(ctx, authz.CustomersManage, reseller)
	if err != nil {
		return Customer{}, err
	}
	before, err := s.unmasked(ctx, d, customer)
	if err != nil {
		return Customer{}, err
	}
	p := e.profile(before)
	if err := (NewCustomer{p, before.Variant}).validate(); err != nil {
		return Customer{}, err
	}
	after := before
	p.apply(&after, before)
	saved, err := s.replace(ctx, d, "customer.edit", before, after, e.Version)
	if err != nil {
		return Customer{}, err
	}
	return s.customer(d, saved), nil
}

// SuspendCustomer stops a customer's people from working; their backups go on until an account is suspended.
func (s *Service) SuspendCustomer(ctx context.Context, reseller, customer tenant.ID, reason string) (Customer, error) {
	return s.customerStatus(ctx, reseller, customer, tenant.Suspended, reason)
}

// ResumeCustomer lets a suspended customer's people work again.
func (s *Service) ResumeCustomer(ctx context.Context, reseller, customer tenant.ID) (Customer, error) {
	return s.customerStatus(ctx, reseller, customer, tenant.Active, "")
}

func (s *Service) customerStatus(ctx context.Context, reseller, customer tenant.ID, to tenant.Status, reason string) (Customer, error) {
	d, err := s.Guard.Require(ctx, authz.CustomersManage, reseller)
	if err != nil {
		return Customer{}, err
	}
	if _, err := s.unmasked(ctx, d, customer); err != nil {
		return Customer{}, err
	}
	t, err := s.changeStatus(ctx, d, customer, customers, to, reason)
	if err != nil {
		return Customer{}, err
	}
	return s.customer(d, t), nil
}

func (s *Service) unmasked(ctx context.Context, d authz.Decision, customer tenant.ID) (Tenant, error) {
	if d.CustomersMasked() {
		return Tenant{}, problem.New(problem.NotFound, "")
	}
	return s.child(ctx, d.Target.ID, customer, customers)
}

func (s *Service) customer(d authz.Decision, t Tenant) Customer {
	var actions []string
	if d.Can(authz.CustomersManage) && !d.CustomersMasked() {
		actions = append(actions, "edit")
		switch t.Status {
		case tenant.Active:
			actions = append(actions, "suspend")
		case tenant.Suspended:
			actions = append(actions, "resume")
		case tenant.Closed:
		}
		if t.Level == tenant.Customer {
			actions = append(actions, "create_site")
		}
	}
	return Customer{t, actions}
}
