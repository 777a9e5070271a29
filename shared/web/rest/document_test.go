package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

type Brand struct {
	Name string `json:"name"`
}

func brands(api huma.API) {
	rest.Register(api, rest.Operation{ID: "get-brand", Method: http.MethodGet, Path: "/brand.json", Summary: "The brand", Auth: route.Public},
		func(context.Context, *struct{}) (*struct{ Body Brand }, error) { return &struct{ Body Brand }{}, nil })
}

func TestTheDocumentOfAllFeaturesIsOneAndAlwaysTheSame(t *testing.T) {
	merge := func() []byte {
		s := &shop{}
		text, err := rest.Merge(rest.Handler("tenancy", s.register, rest.Deps{}), rest.Handler("branding", brands, rest.Deps{}))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := merge()
	if !bytes.Equal(first, merge()) {
		t.Error("two runs give two documents")
	}
	var d struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			Tags       []string `json:"tags"`
			Permission string   `json:"x-permission"`
			Auth       string   `json:"x-auth"`
			Security   []map[string][]string
			Parameters []struct{ Name, In string }
			Responses  map[string]struct{ Content map[string]any }
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(first, &d); err != nil {
		t.Fatal(err)
	}
	create := d.Paths["/v1/tenants/{tenant}/things"]["post"]
	if d.OpenAPI != "3.1.0" || create.Permission != "customers:manage" || create.Auth != "person" || len(create.Security) != 2 || create.Tags[0] != "tenancy" {
		t.Errorf("%s %+v", d.OpenAPI, create)
	}
	if _, ok := create.Responses["default"].Content["application/problem+json"]; !ok {
		t.Errorf("refusals are not documented: %+v", create.Responses)
	}
	documented := false
	for _, p := range create.Parameters {
		documented = documented || p.Name == "Idempotency-Key" && p.In == "header"
	}
	if !documented {
		t.Errorf("Idempotency-Key is not documented: %+v", create.Parameters)
	}
	if brand := d.Paths["/brand.json"]["get"]; brand.Security == nil || len(brand.Security) != 0 || brand.Tags[0] != "branding" {
		t.Errorf("a public operation asks for %+v", brand)
	}
	for _, name := range []string{"Problem", "Thing", "ListThing", "Brand", "RenameThingRequest"} {
		if d.Components.Schemas[name] == nil {
			t.Errorf("there is no schema %s", name)
		}
	}
}

func TestTheDocumentListsEveryCode(t *testing.T) {
	text, err := rest.Merge(rest.Handler("branding", brands, rest.Deps{}))
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct {
						Code struct{ Enum []problem.Code }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(maps.Keys(problem.Codes()))
	if diff := cmp.Diff(want, d.Components.Schemas.Problem.Properties.Code.Enum); diff != "" {
		t.Error(diff)
	}
}

func TestTwoSchemasOfOneNameAreRefused(t *testing.T) {
	type Thing struct{ Other int }
	other := rest.Handler("branding", func(api huma.API) {
		rest.Register(api, rest.Operation{ID: "get-brand", Method: http.MethodGet, Path: "/brand.json", Summary: "x", Auth: route.Public},
			func(context.Context, *struct{}) (*struct{ Body Thing }, error) { return nil, nil })
	}, rest.Deps{})
	s := &shop{}
	_, err := rest.Merge(rest.Handler("tenancy", s.register, rest.Deps{}), other)
	if err == nil || !strings.Contains(err.Error(), "tenancy and branding") || !strings.Contains(err.Error(), "Thing") {
		t.Errorf("got %v", err)
	}
}

func TestAWronglyRegisteredOperationShowsAtStart(t *testing.T) {
	type empty = struct{}
	handler := func(context.Context, *empty) (*struct{ Body Brand }, error) { return nil, nil }
	for name, op := range map[string]rest.Operation{
		"path of another feature":        {ID: "x", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/accounts", Summary: "x"},
		"path of nobody":                 {ID: "x", Method: http.MethodGet, Path: "/other", Summary: "x"},
		"less than the route table asks": {ID: "x", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/x", Summary: "x", Auth: route.Public},
		"no summary":                     {ID: "x", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/x"},
		"nothing to read on a repeat":    {ID: "x", Method: http.MethodPost, Path: "/v1/tenants/{tenant}/x/y", Summary: "x"},
		"a resource of elsewhere":        {ID: "x", Method: http.MethodPost, Path: "/v1/tenants/{tenant}/x", Summary: "x", Resource: "/v1/tenants/{tenant}/y/{y}"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was taken")
				}
			}()
			rest.Handler("tenancy", func(api huma.API) { rest.Register(api, op, handler) }, rest.Deps{})
		})
	}
	t.Run("around the guard", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("it was taken")
			}
		}()
		rest.Handler("tenancy", func(api huma.API) {
			huma.Get(api, "/v1/tenants/{tenant}/x", func(context.Context, *empty) (*empty, error) { return nil, nil })
		}, rest.Deps{})
	})
}
