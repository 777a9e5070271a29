package awsfault

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
)

// Plan says which requests fail and how: first what is scripted for an operation, then by chance. It counts what it did.
// It is safe for use by several clients at once; then the order in which they ask decides who meets which fault.
type Plan struct {
	mu       sync.Mutex
	script   map[string][]Fault
	chances  []chance
	random   *rand.Rand
	injected map[injection]int
}

type chance struct {
	fault       Fault
	probability float64
	operations  []string
}

type injection struct {
	operation string
	fault     Fault
}

// New returns a plan under which nothing fails yet. The seed decides what chance does.
func New(seed uint64) *Plan {
	return &Plan{
		script:   map[string][]Fault{},
		random:   rand.New(rand.NewPCG(seed, seed)), //nolint:gosec // repeatable on purpose
		injected: map[injection]int{},
	}
}

// Next scripts what befalls the next attempts of an operation, such as "PutItem", behind what is scripted already. It
// panics where an operation cannot fail in this way.
func (p *Plan) Next(operation string, faults ...Fault) *Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range faults {
		mustBefall(f, operation)
	}
	p.script[operation] = append(p.script[operation], faults...)
	return p
}

// Chance lets a fault befall attempts of these operations with a probability; without operations, of all that can fail in
// this way.
func (p *Plan) Chance(f Fault, probability float64, operations ...string) *Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range operations {
		mustBefall(f, o)
	}
	p.chances = append(p.chances, chance{f, probability, operations})
	return p
}

func mustBefall(f Fault, operation string) {
	if !f.befalls(operation) {
		panic(fmt.Sprintf("awsfault: %s cannot fail as %q", operation, f))
	}
}

// Injected counts how often a fault befell an operation; "" counts all operations.
func (p *Plan) Injected(operation string, f Fault) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for at, times := range p.injected {
		if at.fault == f && (operation == "" || operation == at.operation) {
			n += times
		}
	}
	return n
}

// draw decides what befalls a call (batch) or one attempt of it.
func (p *Plan) draw(operation string, batch bool) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.next(operation, batch)
	if f != None {
		p.injected[injection{operation, f}]++
	}
	return f
}

func (p *Plan) next(operation string, batch bool) Fault {
	if script := p.script[operation]; len(script) > 0 {
		if script[0].ofBatch() != batch {
			return None
		}
		p.script[operation] = script[1:]
		return script[0]
	}
	for _, c := range p.chances {
		if c.fault.ofBatch() != batch || !c.fault.befalls(operation) || len(c.operations) > 0 && !slices.Contains(c.operations, operation) {
			continue
		}
		if p.random.Float64() < c.probability {
			return c.fault
		}
	}
	return None
}
