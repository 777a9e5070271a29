// Package authztest is a directory in memory, for tests of features that stand on the real guard.
package authztest

import (
	"context"
	"slices"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Tree implements authz.Directory. A test changes its nodes as it likes.
type Tree map[tenant.ID]authz.Node

// Of returns a tree of active tenants.
func Of(nodes ...authz.Node) Tree {
	t := Tree{}
	for _, n := range nodes {
		n.Status = tenant.Active
		t[n.ID] = n
	}
	return t
}

// Chain returns the tenants from the root down to the given one.
func (t Tree) Chain(_ context.Context, at tenant.ID) ([]authz.Node, error) {
	var chain []authz.Node
	for at != "" {
		n, ok := t[at]
		if !ok {
			return nil, problem.New(problem.NotFound, "")
		}
		chain, at = append(chain, n), n.Parent
	}
	slices.Reverse(chain)
	return chain, nil
}
