package main

import (
	"log/slog"
	"maps"
	"slices"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// openAPI is the document of every feature's operations.
func openAPI() ([]byte, error) {
	p, err := platform.New(platform.Config{Addr: "127.0.0.1:8080"}, assemble.Ports{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	features := p.Features(rest.Deps{})
	var all []*rest.Feature
	for _, name := range slices.Sorted(maps.Keys(features)) {
		all = append(all, features[name])
	}
	return rest.Merge(all...)
}
