// Package rest is how features speak HTTP. It owns what is the same for every operation: who is asking, problems, strict
// JSON, idempotency, rate limits, security headers and the OpenAPI document. It refuses rules: those stand in services.
//
// A feature's api package exports one function that registers its operations:
//
//	func Register(api huma.API, s *tenancy.Service) {
//		rest.Register(api, rest.Operation{
//			ID: "list-customers", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/customers",
//			Summary: "Customers of the reseller acted for", Permission: authz.CustomersRead,
//		}, func(ctx context.Context, in *struct {
//			Tenant tenant.ID `path:"tenant"`
//			rest.Page
//		}) (*struct{ Body rest.List[Customer] }, error) {
//			items, next, err := s.Customers(ctx, in.Tenant, in.Limit, in.Cursor)
//			…
//			return &struct{ Body rest.List[Customer] }{rest.NewList(items, next)}, nil
//		})
//	}
//
// Mains make an http.Handler of it with Handler, and the documentation is made of all features with Merge.
//
// What every operation gets without asking:
//   - The principal is in the context (authz.From) before the handler runs. Operations are for persons (session or key)
//     unless they say Public or Agent, and never ask less than their row in shared/web/route.
//   - Input is checked against its Go type: unknown, doubled and missing fields, lengths, formats. Optional fields are
//     pointers or carry omitempty; `required`, `minLength`, `maxLength`, `enum`, `format` are huma's tags.
//   - A returned *problem.Error, or anything that wraps one, is told as a problem; any other error is logged once and told
//     as internal without detail. Nothing that was submitted is repeated.
//   - Idempotency-Key on writes by persons: see Operation.Resource.
//   - A nil slice in a reply is told as [].
package rest
