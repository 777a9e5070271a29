//go:build tools

// Package deps keeps a module in go.mod that nothing here imports and that jsii asks for by a version which the others lack.
package deps

import _ "golang.org/x/tools/cmd/godoc"
