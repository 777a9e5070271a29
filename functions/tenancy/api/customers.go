package tenancyapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Customer is a customer of the reseller acted for.
type Customer struct {
	ID     tenant.ID      `json:"id"`
	Number string         `json:"number"`
	Kind   tenant.Variant `json:"kind" enum:"business,private,anonymous"`
	CustomerData
	Status       tenant.Status `json:"status"`
	SuspendedFor string        `json:"suspended_for,omitempty"`
	CreatedAt    time.Time     `json:"created_at"`
	Version      int64         `json:"version"`
	Actions      []string      `json:"actions"`
}

// CustomerData is what is known of a customer or site. An anonymous customer has none of it.
type CustomerData struct {
	Name          string  `json:"name,omitempty" maxLength:"120"`
	Country       string  `json:"country,omitempty" doc:"ISO 3166-1; as the reseller's when absent"`
	TimeZone      string  `json:"time_zone,omitempty" doc:"As the reseller's when absent"`
	Language      string  `json:"language,omitempty" doc:"As the reseller's when absent"`
	ContactName   string  `json:"contact_name,omitempty" maxLength:"120"`
	Email         string  `json:"email,omitempty" maxLength:"254"`
	Phone         string  `json:"phone,omitempty" maxLength:"120"`
	Address       Address `json:"address,omitzero"`
	ChamberNumber string  `json:"chamber_number,omitempty" maxLength:"120"`
	VATNumber     string  `json:"vat_number,omitempty" maxLength:"120"`
}

// Address is where a customer is.
type Address struct {
	Street     string `json:"street,omitempty" maxLength:"120"`
	PostalCode string `json:"postal_code,omitempty" maxLength:"120"`
	City       string `json:"city,omitempty" maxLength:"120"`
}

func (d CustomerData) domain() tenancy.Profile {
	return tenancy.Profile{
		Name: d.Name, Country: d.Country, TimeZone: d.TimeZone, Language: d.Language,
		Contact: tenancy.Contact{
			Person: d.ContactName, Email: d.Email, Phone: d.Phone, Street: d.Address.Street, PostalCode: d.Address.PostalCode,
			City: d.Address.City, ChamberNumber: d.ChamberNumber, VATNumber: d.VATNumber,
		},
	}
}

func dataOf(t tenancy.Tenant) CustomerData {
	c := t.Contact
	return CustomerData{
		t.Name, t.Country, t.TimeZone, t.Language, c.Person, c.Email, c.Phone, Address{c.Street, c.PostalCode, c.City},
		c.ChamberNumber, c.VATNumber,
	}
}

func customerOf(c tenancy.Customer) Customer {
	return Customer{
		c.ID, c.Number(), c.Variant, dataOf(c.Tenant), c.Status, c.SuspendedFor, c.CreatedAt, c.Version, c.Actions,
	}
}

// CustomerPath names a customer.
type CustomerPath struct {
	TenantPath
	Customer tenant.ID `path:"customer" doc:"A customer of the reseller acted for"`
}

type customerOutput struct {
	rest.Versioned
	Body Customer
}

func answerCustomer(c tenancy.Customer, err error) (*customerOutput, error) {
	return &customerOutput{rest.Version(c.Version), customerOf(c)}, err
}

func registerCustomers(api huma.API, s *tenancy.Service) {
	const customers = "/v1/tenants/{tenant}/customers"

	rest.Register(api, rest.Operation{
		ID: "list-customers", Method: http.MethodGet, Path: customers, Summary: "Customers of the reseller acted for",
		Permission: authz.CustomersRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Text string `query:"q" maxLength:"120" doc:"Part of a name or number"`
	}) (*struct{ Body rest.List[Customer] }, error) {
		page, next, err := s.Customers(ctx, in.Tenant, in.Text, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Customer] }{rest.ListOf(page, next, customerOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "create-customer", Method: http.MethodPost, Path: customers, Summary: "Create a customer",
		Permission: authz.CustomersManage, Status: http.StatusCreated,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Body struct {
			Kind tenant.Variant `json:"kind" enum:"business,private,anonymous"`
			CustomerData
		}
	}) (*customerOutput, error) {
		return answerCustomer(s.CreateCustomer(ctx, in.Tenant, tenancy.NewCustomer{Kind: in.Body.Kind, Profile: in.Body.domain()}))
	})

	rest.Register(api, rest.Operation{
		ID: "get-customer", Method: http.MethodGet, Path: customers + "/{customer}", Summary: "A customer",
		Permission: authz.CustomersRead,
	}, func(ctx context.Context, in *CustomerPath) (*customerOutput, error) {
		return answerCustomer(s.Customer(ctx, in.Tenant, in.Customer))
	})

	rest.Register(api, rest.Operation{
		ID: "edit-customer", Method: http.MethodPatch, Path: customers + "/{customer}", Summary: "Change what is known of a customer",
		Permission: authz.CustomersManage,
	}, func(ctx context.Context, in *struct {
		CustomerPath
		rest.IfMatch
		Body CustomerEdit
	}) (*customerOutput, error) {
		return answerCustomer(s.EditCustomer(ctx, in.Tenant, in.Customer, in.Body.domain(in.Version())))
	})

	rest.Register(api, rest.Operation{
		ID: "suspend-customer", Method: http.MethodPost, Path: customers + "/{customer}/suspend",
		Summary: "Stop a customer's people from working", Permission: authz.CustomersManage, Resource: customers + "/{customer}",
		Status: http.StatusOK,
	}, func(ctx context.Context, in *struct {
		CustomerPath
		Body struct {
			Reason string `json:"reason,omitempty" maxLength:"500"`
		}
	}) (*customerOutput, error) {
		return answerCustomer(s.SuspendCustomer(ctx, in.Tenant, in.Customer, in.Body.Reason))
	})

	rest.Register(api, rest.Operation{
		ID: "resume-customer", Method: http.MethodPost, Path: customers + "/{customer}/resume",
		Summary: "Let a suspended customer's people work again", Permission: authz.CustomersManage, Resource: customers + "/{customer}",
		Status: http.StatusOK,
	}, func(ctx context.Context, in *CustomerPath) (*customerOutput, error) {
		return answerCustomer(s.ResumeCustomer(ctx, in.Tenant, in.Customer))
	})

	registerSites(api, s)
}

// CustomerEdit is what to change of a customer; what is absent stays.
type CustomerEdit struct {
	Name          *string      `json:"name,omitempty" maxLength:"120"`
	Country       *string      `json:"country,omitempty"`
	TimeZone      *string      `json:"time_zone,omitempty"`
	Language      *string      `json:"language,omitempty"`
	ContactName   *string      `json:"contact_name,omitempty" maxLength:"120"`
	Email         *string      `json:"email,omitempty" maxLength:"254"`
	Phone         *string      `json:"phone,omitempty" maxLength:"120"`
	Address       *AddressEdit `json:"address,omitempty"`
	ChamberNumber *string      `json:"chamber_number,omitempty" maxLength:"120"`
	VATNumber     *string      `json:"vat_number,omitempty" maxLength:"120"`
}

// AddressEdit is what to change of an address.
type AddressEdit struct {
	Street     *string `json:"street,omitempty" maxLength:"120"`
	PostalCode *string `json:"postal_code,omitempty" maxLength:"120"`
	City       *string `json:"city,omitempty" maxLength:"120"`
}

func (e CustomerEdit) domain(version int64) tenancy.CustomerEdit {
	d := tenancy.CustomerEdit{
		Version: version, Name: e.Name, Country: e.Country, TimeZone: e.TimeZone, Language: e.Language, Person: e.ContactName,
		Email: e.Email, Phone: e.Phone, ChamberNumber: e.ChamberNumber, VATNumber: e.VATNumber,
	}
	if e.Address != nil {
		d.Street, d.PostalCode, d.City = e.Address.Street, e.Address.PostalCode, e.Address.City
	}
	return d
}

// Site is a site of the customer acted for.
type Site struct {
	ID     tenant.ID `json:"id"`
	Number string    `json:"number"`
	CustomerData
	Status    tenant.Status `json:"status"`
	CreatedAt time.Time     `json:"created_at"`
	Version   int64         `json:"version"`
}

func siteOf(c tenancy.Customer) Site {
	return Site{c.ID, c.Number(), dataOf(c.Tenant), c.Status, c.CreatedAt, c.Version}
}

func registerSites(api huma.API, s *tenancy.Service) {
	const sites = "/v1/tenants/{tenant}/sites"

	rest.Register(api, rest.Operation{
		ID: "list-sites", Method: http.MethodGet, Path: sites, Summary: "Sites of the customer acted for",
		Permission: authz.CustomersRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Text string `query:"q" maxLength:"120" doc:"Part of a name or number"`
	}) (*struct{ Body rest.List[Site] }, error) {
		page, next, err := s.Sites(ctx, in.Tenant, in.Text, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Site] }{rest.ListOf(page, next, siteOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "create-site", Method: http.MethodPost, Path: sites, Summary: "Create a site of the customer acted for",
		Permission: authz.CustomersManage, Status: http.StatusCreated, Resource: "/v1/tenants/{subject}",
	}, func(ctx context.Context, in *struct {
		TenantPath
		Body CustomerData
	}) (*struct{ Body Site }, error) {
		c, err := s.CreateSite(ctx, in.Tenant, in.Body.domain())
		return &struct{ Body Site }{siteOf(c)}, err
	})
}
