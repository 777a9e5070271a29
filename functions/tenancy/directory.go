package tenancy

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// directoryKeeps is how long a tenant's rights may be remembered: what was taken away still works that long elsewhere.
const directoryKeeps = 5 * time.Second

// Directory tells authz the chain above a tenant, following parent links, and remembers tenants for five seconds. What this
// process changes is forgotten at once.
type Directory struct {
	reader Reader
	clock  clock.Clock
	mu     sync.Mutex
	known  map[tenant.ID]remembered
}

type remembered struct {
	node authz.Node
	at   time.Time
}

// NewDirectory returns a directory over the rows.
func NewDirectory(reader Reader, clock clock.Clock) *Directory {
	return &Directory{reader: reader, clock: clock, known: map[tenant.ID]remembered{}}
}

// Chain returns the tenants from the root down to the given one, or a not_found problem.
func (d *Directory) Chain(ctx context.Context, t tenant.ID) ([]authz.Node, error) {
	var chain []authz.Node
	for at := t; at != ""; {
		n, err := d.node(ctx, at)
		if err != nil {
			return nil, err
		}
		chain = append(chain, n)
		if len(chain) > MaxLayers {
			return nil, problem.New(problem.TreeTooDeep, "the chain above this tenant does not end")
		}
		at = n.Parent
	}
	slices.Reverse(chain)
	return chain, nil
}

func (d *Directory) node(ctx context.Context, t tenant.ID) (authz.Node, error) {
	now := d.clock.Now()
	d.mu.Lock()
	k, ok := d.known[t]
	d.mu.Unlock()
	if age := now.Sub(k.at); ok && age >= 0 && age < directoryKeeps {
		return k.node, nil
	}
	found, err := d.reader.Get(ctx, t)
	if err != nil {
		return authz.Node{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) > 10_000 { // bounded: a platform's busy tenants are far fewer
		clear(d.known)
	}
	d.known[t] = remembered{found.Node(), now}
	return found.Node(), nil
}

// forget drops what is remembered of a tenant that was just changed.
func (d *Directory) forget(t tenant.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, t)
}
