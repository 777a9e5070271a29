package main

// moduleTool is a program that is built from the source of a Go module. The checksum is that of the module's source as go.sum
// writes it; a source with another one is not built.
type moduleTool struct {
	Name    string
	Version string
	Sum     string
	Module  string
	Package string // the main package, relative to the module's root
	LDFlags string
}

// moduleTools is the whole list. To raise a version, change it here and take the new Sum from `go mod download -json
// module@version`; every machine then builds it anew by itself.
var moduleTools = []moduleTool{
	{
		Name:    "restic",
		Version: "v0.18.0",
		Sum:     "h1:2xSVnbNWYeeZ00AufTLCiw7edzCZS2LE6oDEMlLTr2I=",
		Module:  "github.com/restic/restic",
		Package: "./cmd/restic",
		LDFlags: "-s -w",
	},
	{
		Name:    "golangci-lint",
		Version: "v2.12.2",
		Sum:     "h1:7+d1uY0bq1MU2UV3R5pW5Q7QWdcoq4naMRXM+gsJKrs=",
		Module:  "github.com/golangci/golangci-lint/v2",
		Package: "./cmd/golangci-lint",
		LDFlags: "-s -w",
	},
}
