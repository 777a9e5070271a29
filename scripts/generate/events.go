package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/events"
)

// eventSchemas is the JSON Schema of every event's data, by type and version.
func eventSchemas() ([]byte, error) {
	registry := huma.NewMapRegistry("#/$defs/", huma.DefaultSchemaNamer)
	types := map[string]*huma.Schema{}
	for _, p := range events.All() {
		types[fmt.Sprintf("%s.v%d", p.EventType(), p.EventVersion())] = registry.Schema(reflect.TypeOf(p), true, "")
	}
	document, err := json.Marshal(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "events": types, "$defs": registry.Map(),
	})
	if err != nil {
		return nil, err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, document, "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}
