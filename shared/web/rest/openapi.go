package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// nowhere is the context of what concerns no request, such as the example from which the problem's schema is made.
var nowhere = context.Background()

// security says how each way in shows itself, in the words of the document's schemes.
var security = map[route.Auth][]map[string][]string{
	route.Public: {},
	route.Person: {{"session": {}}, {"key": {}}},
	route.Agent:  {{"agent": {}}},
}

func newDocument() *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Tierkeep", Version: "1",
			Description: "The tenant in a path is the tenant acted for. Every refusal is a problem with a stable code.",
		},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"session": {Type: "apiKey", In: "cookie", Name: secureCookie, Description: "A person's session"},
				"key":     {Type: "http", Scheme: "bearer", Description: "An API key, " + keyPrefix + "…"},
				"agent":   {Type: "apiKey", In: "header", Name: sign.SignatureHeader, Description: "An agent's Ed25519 signature"},
			},
		},
	}
}

// schemaName names a type without a name of its own after its operation: "create-customer" gives CreateCustomerRequest.
func schemaName(t reflect.Type, hint string) string {
	var name strings.Builder
	for _, part := range strings.FieldsFunc(hint, func(r rune) bool { return r == '-' || r == '_' || r == ' ' }) {
		name.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return huma.DefaultSchemaNamer(t, name.String())
}

// Merge makes one OpenAPI document of all features, the same bytes for the same operations. Two features may share a
// schema; two schemas that differ and share a name are an error, because generated clients could not tell them apart.
func Merge(features ...*Feature) ([]byte, error) {
	merged := map[string]any{}
	from := map[string]string{}
	for _, f := range features {
		text, err := json.Marshal(f.OpenAPI())
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", f.name, err)
		}
		var document map[string]any
		if err := json.Unmarshal(text, &document); err != nil {
			return nil, fmt.Errorf("document %s: %w", f.name, err)
		}
		if err := mergeInto(merged, document, "", f.name, from); err != nil {
			return nil, err
		}
	}
	text, err := json.MarshalIndent(merged, "", "  ")
	return append(text, '\n'), err
}

// mergeInto joins the objects that stand above operations and schemas, and lets everything else be the same or fail.
func mergeInto(to, add map[string]any, at, feature string, from map[string]string) error {
	for name, value := range add {
		here := at + "/" + name
		before, exists := to[name]
		joins := here == "/paths" || here == "/components" || here == "/components/schemas" || at == "/paths"
		if !exists {
			if object, ok := value.(map[string]any); ok && joins {
				value = map[string]any{}
				to[name] = value
				if err := mergeInto(value.(map[string]any), object, here, feature, from); err != nil {
					return err
				}
				continue
			}
			to[name], from[here] = value, feature
			continue
		}
		if joins {
			if err := mergeInto(before.(map[string]any), value.(map[string]any), here, feature, from); err != nil {
				return err
			}
			continue
		}
		if !reflect.DeepEqual(before, value) {
			return fmt.Errorf("%s and %s each have their own %s", from[here], feature, here)
		}
	}
	return nil
}
