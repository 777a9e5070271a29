package main

// output is one generated file, by its path from the project's root, and where its content comes from. Generating twice from
// the same code must give the same bytes.
type output struct {
	file    string
	content func() ([]byte, error)
}

// outputs is the whole list. The order counts where one output is made from another file.
var outputs = []output{
	{"docs/configuration.md", configurationPage},
	{"docs/api/openapi.json", openAPI},
	{"docs/api/events.json", eventSchemas},
}
