package servers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

type serverRecord struct {
	Owner     tenant.ID            `json:"owner"`
	Name      string               `json:"name"`
	Host      string               `json:"host"`
	Types     []driver.AccountType `json:"types"`
	PrivateTo tenant.ID            `json:"private_to,omitempty"`
	Agent     string               `json:"agent,omitempty"`
	CreatedAt time.Time            `json:"created_at"`
}

type agentRecord struct {
	Owner       tenant.ID     `json:"owner"`
	Server      string        `json:"server"`
	SignKey     []byte        `json:"sign_key"`
	SealKey     []byte        `json:"seal_key"`
	EnrolledAt  time.Time     `json:"enrolled_at"`
	Software    string        `json:"software,omitempty"`
	ClockOffset time.Duration `json:"clock_offset,omitempty"`
	Quarantined int           `json:"quarantined,omitempty"`
	LastSeen    time.Time     `json:"last_seen"`
	Info        driver.Info   `json:"info"`
}

type accessRecord struct {
	Types []driver.AccountType `json:"types"`
}

type enrolmentRecord struct {
	Server    string    `json:"server"`
	ExpiresAt time.Time `json:"expires_at"`
}

func item(key store.Key, version int64, record any) (store.Item, error) {
	value, err := json.Marshal(record)
	if err != nil {
		return store.Item{}, fmt.Errorf("encode %s: %w", key.SK, err)
	}
	return store.Item{Key: key, Value: value, Version: version}, nil
}

func (s Server) item() (store.Item, error) {
	return item(serverKey(s.Owner, s.ID), s.Version,
		serverRecord{s.Owner, s.Name, s.Host, s.Types, s.PrivateTo, s.Agent, s.CreatedAt})
}

func readServer(i store.Item) (Server, error) {
	var r serverRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Server{}, fmt.Errorf("decode server %s: %w", i.SK, err)
	}
	return Server{i.SK, r.Owner, r.Name, r.Host, r.Types, r.PrivateTo, r.Agent, r.CreatedAt, i.Version}, nil
}

func (a Agent) item() (store.Item, error) {
	return item(agentKey(a.Owner, a.ID), a.Version, agentRecord{
		a.Owner, a.Server, a.SignKey, a.SealKey, a.EnrolledAt, a.Software, a.ClockOffset, a.Quarantined, a.LastSeen, a.Info,
	})
}

func readAgent(i store.Item) (Agent, error) {
	var r agentRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Agent{}, fmt.Errorf("decode agent %s: %w", i.SK, err)
	}
	return Agent{
		i.SK, r.Owner, r.Server, r.SignKey, r.SealKey, r.EnrolledAt, r.Software, r.ClockOffset, r.Quarantined, r.LastSeen, r.Info, i.Version,
	}, nil
}

// Reader reads servers and agents for other features. It asks for no rights, so nothing of it reaches a caller unchecked.
type Reader struct{ Rows store.Store }

// Server returns a server of an owner, or a not_found problem.
func (r Reader) Server(ctx context.Context, owner tenant.ID, server string) (Server, error) {
	i, err := r.get(ctx, serverKey(owner, server))
	if err != nil {
		return Server{}, err
	}
	return readServer(i)
}

// Owned lists an owner's servers by the time at which they were created.
func (r Reader) Owned(ctx context.Context, owner tenant.ID) ([]Server, error) {
	var all []Server
	for cursor := ""; ; {
		page, err := r.Rows.Query(ctx, store.Query{PK: serverPartition(owner), Limit: store.MaxPage, Cursor: cursor})
		if err != nil {
			return nil, fmt.Errorf("list servers: %w", err)
		}
		for _, i := range page.Items {
			s, err := readServer(i)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		if page.Next == "" {
			return all, nil
		}
		cursor = page.Next
	}
}

// AgentOf returns the agent of a server; the zero Agent where none has enrolled.
func (r Reader) AgentOf(ctx context.Context, s Server) (Agent, error) {
	if s.Agent == "" {
		return Agent{}, nil
	}
	i, err := r.get(ctx, agentKey(s.Owner, s.Agent))
	if err != nil {
		return Agent{}, err
	}
	return readAgent(i)
}

// Agent returns an agent by its identifier alone, or a not_found problem where it is unknown or revoked.
func (r Reader) Agent(ctx context.Context, agent string) (Agent, error) {
	ref, err := lookup.Get(ctx, r.Rows, lookup.AgentKey, agent)
	if errors.Is(err, store.ErrNotFound) {
		return Agent{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return Agent{}, fmt.Errorf("find agent %s: %w", agent, err)
	}
	i, err := r.get(ctx, agentKey(ref.Tenant, ref.ID))
	if err != nil {
		return Agent{}, err
	}
	return readAgent(i)
}

// access returns the row that says what a seller may sell on a server; nil where none does.
func (r Reader) access(ctx context.Context, s Server, seller tenant.ID) (*Access, error) {
	i, err := r.Rows.Get(ctx, accessKey(s.Owner, s.ID, seller))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read access to %s: %w", s.ID, err)
	}
	return readAccess(i)
}

func readAccess(i store.Item) (*Access, error) {
	var r accessRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return nil, fmt.Errorf("decode access of %s: %w", i.SK, err)
	}
	return &Access{tenant.ID(i.SK), r.Types}, nil
}

func (r Reader) accesses(ctx context.Context, s Server) ([]Access, error) {
	page, err := r.Rows.Query(ctx, store.Query{PK: accessPartition(s.Owner, s.ID), Limit: store.MaxPage})
	if err != nil {
		return nil, fmt.Errorf("list access to %s: %w", s.ID, err)
	}
	var all []Access
	for _, i := range page.Items {
		a, err := readAccess(i)
		if err != nil {
			return nil, err
		}
		all = append(all, *a)
	}
	return all, nil
}

func (r Reader) get(ctx context.Context, key store.Key) (store.Item, error) {
	i, err := r.Rows.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return store.Item{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return store.Item{}, fmt.Errorf("read %s: %w", key.SK, err)
	}
	return i, nil
}

// AgentAt returns the identifier of the agent beside a server, "" where none has enrolled.
func (r Reader) AgentAt(ctx context.Context, owner tenant.ID, server string) (string, error) {
	s, err := r.Server(ctx, owner, server)
	return s.Agent, err
}
