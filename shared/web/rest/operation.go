package rest

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// Operation describes one method on one path.
type Operation struct {
	ID          string // unique in the whole API, "create-customer"; generated clients name their functions after it
	Method      string
	Path        string // "/v1/tenants/{tenant}/customers"
	Summary     string // one line
	Description string // more, where a caller needs it

	// Status is that of success. Zero means 200 where there is a body and 204 where there is none.
	Status int

	// Auth says who may call. Empty means a person.
	Auth route.Auth

	// Permission is what the service requires first. It is documented here and decided there.
	Permission authz.Permission

	// Resource is the path at which a repeat with the same Idempotency-Key reads the result again: a template with the
	// operation's own variables and {subject}, the subject of the change that the service committed. It may stay empty
	// where it follows: a POST that answers 201 or 202 makes <Path>/{subject}, PUT and PATCH change Path itself, and a 204
	// has nothing to read. The service must have committed exactly one change; a write that commits none is done again.
	Resource string

	// Secret says that the reply shows something only once. A repeat then answers secret_already_shown, and Location leads
	// to what was made.
	Secret bool

	// MaxBody is the largest body in bytes. Zero means 1 MB.
	MaxBody int64
}

const (
	defaultMaxBody = 1 << 20
	metadataKey    = "operation"
	subject        = "{subject}"
)

// Register adds an operation. The input is a struct of path, query and header parameters, by huma's tags, and of a Body;
// the output is a struct of headers and a Body, or an empty struct.
func Register[I, O any](api huma.API, op Operation, handler func(context.Context, *I) (*O, error)) {
	into, ok := api.(collector)
	if !ok {
		panic("operation " + op.ID + " is registered with something else than rest.Handler gave")
	}
	op.complete()
	embedsExported(op.ID, reflect.TypeFor[I]())
	if _, tells := reflect.TypeFor[O]().FieldByName("Body"); op.Status == 0 && tells {
		op.Status = http.StatusOK
	} else if op.Status == 0 {
		op.Status = http.StatusNoContent
	}
	into.feature.add(registration{op, func(api huma.API) { describe(api, op, handler) }})
}

// describe lets huma take an operation in.
func describe[I, O any](api huma.API, op Operation, handler func(context.Context, *I) (*O, error)) {
	described := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description,
		DefaultStatus: op.Status, Metadata: map[string]any{metadataKey: op}, Extensions: map[string]any{"x-auth": op.Auth},
		// The guard has read and measured the body already; huma's own limit refuses bodies that just reach it.
		MaxBodyBytes: op.MaxBody + 1, RejectUnknownQueryParameters: true,
		Security: security[op.Auth],
	}
	if op.Permission != "" {
		described.Extensions["x-permission"] = op.Permission
	}
	if op.repeatable() {
		described.Parameters = append(described.Parameters, idempotencyParameter)
		described.Extensions["x-idempotent"] = true
	}
	huma.Register(api, described, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, toldOf(ctx, err)
		}
		fillLists(reflect.ValueOf(out))
		return out, nil
	})
}

func (op *Operation) complete() {
	if op.Auth == "" {
		op.Auth = route.Person
	}
	if op.MaxBody == 0 {
		op.MaxBody = defaultMaxBody
	}
	if op.Resource == "" && op.Method == http.MethodPost && (op.Status == http.StatusCreated || op.Status == http.StatusAccepted) {
		op.Resource = op.Path + "/" + subject
	}
	if op.Resource == "" && (op.Method == http.MethodPut || op.Method == http.MethodPatch) {
		op.Resource = op.Path
	}
}

// repeatable tells whether an Idempotency-Key is honoured. Agents' messages carry identifiers of their own, and where
// nobody is asked for a credential there is nobody to whom a result could be told again.
func (op Operation) repeatable() bool {
	return op.Auth == route.Person && op.Method != http.MethodGet && op.Method != http.MethodHead
}

// resource fills in the variables of a request; what is left open is the subject.
func (op Operation) resource(r *http.Request) string {
	filled := op.Resource
	for _, segment := range strings.Split(op.Path, "/") {
		if name, ok := variable(segment); ok {
			filled = strings.ReplaceAll(filled, segment, pathEscape(r.PathValue(name)))
		}
	}
	return filled
}

func variable(segment string) (name string, ok bool) {
	name, isVariable := strings.CutPrefix(segment, "{")
	return strings.TrimSuffix(name, "}"), isVariable
}

// check finds what would go wrong only in requests.
func (f *Feature) check(op Operation) error {
	row, found := route.Match(op.Path)
	switch {
	case op.ID == "" || op.Summary == "":
		return fmt.Errorf("%s %s has no ID or no summary", op.Method, op.Path)
	case !found || row.Feature != f.name:
		return fmt.Errorf("the route table gives %s to %q and not to %s", op.Path, row.Feature, f.name)
	case row.Auth != route.Public && row.Auth != op.Auth:
		return fmt.Errorf("the route table asks %s of %s", row.Auth, op.Path)
	case op.repeatable() && op.Resource == "" && op.Status != http.StatusNoContent && !op.Secret:
		return fmt.Errorf("%s has no Resource to read when it is repeated", op.Path)
	}
	for _, segment := range strings.Split(op.Resource, "/") {
		if name, ok := variable(segment); ok && segment != subject && !strings.Contains(op.Path, "{"+name+"}") {
			return fmt.Errorf("the Resource has %s, which the path has not", segment)
		}
	}
	return nil
}

func operations(item *huma.PathItem) []*huma.Operation {
	var all []*huma.Operation
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete, item.Head, item.Options} {
		if op != nil {
			all = append(all, op)
		}
	}
	return all
}

// embedsExported panics where an input embeds a type that huma passes over in silence: the parameters in it would stay empty.
func embedsExported(operation string, t reflect.Type) {
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.Anonymous {
			continue
		}
		if !f.IsExported() {
			panic("operation " + operation + ": the input embeds " + f.Type.String() + ", whose parameters are read only when its name is exported")
		}
		embedsExported(operation, f.Type)
	}
}
