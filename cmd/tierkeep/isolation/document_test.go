package isolation

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// operation is one operation of the merged document.
type operation struct {
	ID         string       `json:"operationId"`
	Auth       string       `json:"x-auth"`
	Body       *requestBody `json:"requestBody"`
	Parameters []struct {
		Name, In string
		Required bool
	}
	method string
	path   string
}

type requestBody struct {
	Content map[string]struct{ Schema schema }
}

// schema is as much of a JSON schema as tells which texts a body has.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]schema
	Items      *schema
}

type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

// documentOf is what the features say of themselves, the very document that the platform's clients are generated from.
func documentOf(t *testing.T, w *platformtest.World) document {
	t.Helper()
	features := w.Platform.Features(rest.Deps{})
	ordered := make([]*rest.Feature, 0, len(features))
	for _, name := range slices.Sorted(maps.Keys(features)) {
		ordered = append(ordered, features[name])
	}
	text, err := rest.Merge(ordered...)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// operations are all of a document's, in the order of their paths.
func (d document) operations() []operation {
	var all []operation
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			o := d.Paths[path][method]
			o.method, o.path = strings.ToUpper(method), path
			all = append(all, o)
		}
	}
	return all
}

// variables are the names in braces of an operation's path.
func (o operation) variables() []string {
	var names []string
	for segment := range strings.SplitSeq(o.path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// address fills the path in; a variable without a value fails the test.
func (o operation) address(t *testing.T, ids map[string]string) string {
	t.Helper()
	path := o.path
	for _, name := range o.variables() {
		value, known := ids[name]
		if !known {
			t.Fatalf("%s: nothing is known to stand for {%s}: give the victim one", o.ID, name)
		}
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	query := url.Values{}
	for _, p := range o.Parameters {
		if p.In == "query" && p.Required {
			query.Set(p.Name, "vi") // every required one is a text so far; another kind is refused, and fails the test
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// options are the headers without which an operation refuses before it looks.
func (o operation) options() []platformtest.Option {
	for _, p := range o.Parameters {
		if p.In == "header" && p.Name == "If-Match" {
			return []platformtest.Option{platformtest.IfMatch(1)}
		}
	}
	return nil
}

func (o operation) writes() bool { return o.method != http.MethodGet && o.method != http.MethodHead }

// filled returns a body in which every text, however deep, is the given one, and everything else is the least there is.
func (d document) filled(s schema, text string) any {
	for s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	switch kind(s.Type) {
	case "object":
		object := map[string]any{}
		for name, property := range s.Properties {
			if name != "$schema" {
				object[name] = d.filled(property, text)
			}
		}
		return object
	case "array":
		if s.Items == nil {
			return []any{}
		}
		return []any{d.filled(*s.Items, text)}
	case "string":
		return text
	case "integer", "number":
		return 1
	case "boolean":
		return false
	}
	return map[string]any{}
}

// kind is a schema's type, of which a nullable one has two.
func kind(t any) string {
	if all, ok := t.([]any); ok && len(all) > 0 {
		t = all[0]
	}
	name, _ := t.(string)
	return name
}

// schema is a body's, the zero schema where there is none.
func (b *requestBody) schema() schema {
	if b == nil {
		return schema{}
	}
	return b.Content["application/json"].Schema
}

func asText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
