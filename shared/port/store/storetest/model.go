package storetest

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// model is the store told as plainly as possible: a map. Adapters are compared with it, and it passes the suite itself.
type model struct {
	clock clock.Clock

	mu     sync.Mutex
	rows   map[store.Key]store.Item
	tokens map[string]tokenUse
}

// tokenKeeps is how long the port recognises a repeat.
const tokenKeeps = 10 * time.Minute

type tokenUse struct {
	write store.Write
	at    time.Time
}

func newModel(clock clock.Clock) *model {
	return &model{clock: clock, rows: map[store.Key]store.Item{}, tokens: map[string]tokenUse{}}
}

func (m *model) Get(_ context.Context, k store.Key) (store.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, found := m.find(k)
	if !found {
		return store.Item{}, store.ErrNotFound
	}
	return i, nil
}

func (m *model) find(k store.Key) (store.Item, bool) {
	i, found := m.rows[k]
	return i, found && m.lives(i)
}

func (m *model) lives(i store.Item) bool {
	return i.ExpiresAt.IsZero() || i.ExpiresAt.After(m.clock.Now())
}

func (m *model) AtomicWrite(_ context.Context, w store.Write) error {
	if err := w.Validate(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	if use, used := m.tokens[w.Token]; w.Token != "" && used && now.Sub(use.at) < tokenKeeps {
		if !reflect.DeepEqual(use.write, w) {
			return store.ErrToken
		}
		return nil
	}
	holds := func(k store.Key, c store.Condition) error {
		if i, found := m.find(k); !c.Holds(found, i.Version) {
			return &store.ConditionError{Key: k}
		}
		return nil
	}
	for _, p := range w.Puts {
		if err := holds(p.Item.Key, p.If); err != nil {
			return err
		}
	}
	for _, d := range w.Deletes {
		if err := holds(d.Key, d.If); err != nil {
			return err
		}
	}
	for _, c := range w.Checks {
		if err := holds(c.Key, c.If); err != nil {
			return err
		}
	}
	m.apply(w)
	if w.Token != "" {
		m.tokens[w.Token] = tokenUse{copied(w), now}
	}
	return nil
}

func (m *model) apply(w store.Write) {
	for _, p := range w.Puts {
		i := p.Item
		i.Feed, i.Value = false, slices.Clone(i.Value)
		if !i.ExpiresAt.IsZero() {
			i.ExpiresAt = time.Unix(i.ExpiresAt.Unix(), 0).UTC()
		}
		m.rows[i.Key] = i
	}
	for _, d := range w.Deletes {
		delete(m.rows, d.Key)
	}
}

// place orders the rows of a query.
type place store.Place

func (p place) compare(o place) int {
	return cmp.Or(strings.Compare(p.Sort, o.Sort), strings.Compare(p.PK, o.PK), strings.Compare(p.SK, o.SK))
}

func (m *model) Query(_ context.Context, q store.Query) (store.Page, error) {
	if err := q.Validate(); err != nil {
		return store.Page{}, err
	}
	var begin *place
	if q.Cursor != "" {
		at, err := q.Begin()
		if err != nil {
			return store.Page{}, err
		}
		p := place(at)
		begin = &p
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	direction := 1
	if q.Descending {
		direction = -1
	}
	found := map[place]store.Item{}
	var order []place
	for _, i := range m.rows {
		at, ok := within(q, i)
		if ok && m.lives(i) && (begin == nil || at.compare(*begin)*direction > 0) {
			found[at] = i
			order = append(order, at)
		}
	}
	slices.SortFunc(order, func(a, b place) int { return a.compare(b) * direction })
	var page store.Page
	for _, at := range order {
		if len(page.Items) == q.Limit {
			page.Next = q.CursorBehind(found[order[q.Limit-1]])
			break
		}
		page.Items = append(page.Items, found[at])
	}
	return page, nil
}

// within tells where a row stands in a query, if it does.
func within(q store.Query, i store.Item) (place, bool) {
	in := store.IndexKey(i.Key)
	switch q.Index {
	case store.First:
		in = i.I1
	case store.Second:
		in = i.I2
	case store.Table:
	}
	r := q.Range
	ok := in.PK == q.PK && strings.HasPrefix(in.SK, r.Prefix) && in.SK >= r.From && (r.To == "" || in.SK <= r.To)
	return place{in.SK, i.PK, i.SK}, ok
}
