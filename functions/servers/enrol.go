package servers

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// EnrolmentFor is how long an enrolment token works.
const EnrolmentFor = time.Hour

// Enrolment is a one-time right to become a server's agent.
type Enrolment struct {
	ID        string
	Token     string // shown once; only its hash is kept
	ExpiresAt time.Time
}

// StartEnrolment makes a token for a server of the tenant acted for.
func (s *Service) StartEnrolment(ctx context.Context, t tenant.ID, server string) (Enrolment, error) {
	if _, err := s.Guard.Require(ctx, authz.AgentsEnrol, t); err != nil {
		return Enrolment{}, err
	}
	found, err := s.Reader.Server(ctx, t, server)
	if err != nil {
		return Enrolment{}, err
	}
	now := s.Clock.Now()
	e := Enrolment{ID: id.New(id.Enrolment, now), Token: "tke_" + rand.Text(), ExpiresAt: now.Add(EnrolmentFor)}
	row, err := item(enrolmentKey(t, e.ID), 1, enrolmentRecord{server, e.ExpiresAt})
	if err != nil {
		return Enrolment{}, err
	}
	find := lookup.Item(lookup.Enrolment, e.Token, t, e.ID)
	row.ExpiresAt, find.ExpiresAt = e.ExpiresAt, e.ExpiresAt
	err = s.Changes.Commit(ctx, store.Write{Puts: []store.Put{{Item: row, If: store.Absent}, {Item: find, If: store.Absent}}}, change.Change{
		Tenant: t, Action: "server.start_enrolment", Subject: server, Name: found.Name,
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("start an enrolment: %w", err)
	}
	return e, nil
}

// Newcomer is what an agent shows to enrol.
type Newcomer struct {
	Token    string
	SignKey  []byte
	SealKey  []byte
	Software string
	Host     string // by which it knows the platform
	Secure   bool
}

// Admission is what it gets.
type Admission struct {
	Agent       string
	Server      string
	WakeURL     string
	PlatformKey []byte
	ServerTime  time.Time
}

// Enrol trades a token for an agent's identity. The token is the right; nobody is signed in. The server's former agent is
// revoked in the same write.
func (s *Service) Enrol(ctx context.Context, n Newcomer) (Admission, error) {
	var fields problem.Fields
	if len(n.SignKey) != ed25519.PublicKeySize {
		fields.Add("/sign_key", "key", "an Ed25519 public key of 32 bytes")
	}
	if len(n.SealKey) != 32 {
		fields.Add("/seal_key", "key", "an X25519 public key of 32 bytes")
	}
	if err := fields.Err(); err != nil {
		return Admission{}, err
	}
	for try := 1; ; try++ {
		a, err := s.enrol(ctx, n)
		if try == enrolTries || !problem.Has(err, problem.Conflict) {
			return a, err
		}
	}
}

// enrolTries is how often an enrolment that meets another change of the server is run again.
const enrolTries = 8

func (s *Service) enrol(ctx context.Context, n Newcomer) (Admission, error) {
	spent := problem.New(problem.EnrolmentSpent, "make another one on the server's page")
	ref, err := lookup.Get(ctx, s.Reader.Rows, lookup.Enrolment, n.Token)
	if errors.Is(err, store.ErrNotFound) {
		return Admission{}, spent
	}
	if err != nil {
		return Admission{}, fmt.Errorf("find the enrolment: %w", err)
	}
	row, err := s.Reader.Rows.Get(ctx, enrolmentKey(ref.Tenant, ref.ID))
	if errors.Is(err, store.ErrNotFound) {
		return Admission{}, spent
	}
	if err != nil {
		return Admission{}, fmt.Errorf("read the enrolment: %w", err)
	}
	var enrolment enrolmentRecord
	if err := json.Unmarshal(row.Value, &enrolment); err != nil {
		return Admission{}, fmt.Errorf("read the enrolment: %w", err)
	}
	server, err := s.Reader.Server(ctx, ref.Tenant, enrolment.Server)
	if err != nil {
		return Admission{}, err
	}
	return s.admit(ctx, n, server, row.Key, spent)
}

func (s *Service) admit(ctx context.Context, n Newcomer, server Server, enrolment store.Key, spent error) (Admission, error) {
	key, err := s.PlatformKey(ctx)
	if err != nil {
		return Admission{}, fmt.Errorf("read the platform's key: %w", err)
	}
	now := s.Clock.Now()
	agent := Agent{
		ID: id.New(id.Agent, now), Owner: server.Owner, Server: server.ID, SignKey: n.SignKey, SealKey: n.SealKey, EnrolledAt: now,
		Software: n.Software, LastSeen: now, Version: 1,
	}
	former := server.Agent
	server.Agent = agent.ID
	server.Version++
	agentRow, err := agent.item()
	if err != nil {
		return Admission{}, err
	}
	serverRow, err := server.item()
	if err != nil {
		return Admission{}, err
	}
	rows := store.Write{
		Puts: []store.Put{
			{Item: agentRow, If: store.Absent}, {Item: serverRow, If: store.VersionIs(server.Version - 1)},
			{Item: lookup.Item(lookup.AgentKey, agent.ID, server.Owner, agent.ID), If: store.Absent},
		},
		Deletes: []store.Delete{{Key: enrolment, If: store.Present}, {Key: lookup.Key(lookup.Enrolment, n.Token)}},
	}
	if former != "" {
		rows.Deletes = append(rows.Deletes, store.Delete{Key: lookup.Key(lookup.AgentKey, former)}, store.Delete{Key: agentKey(server.Owner, former)})
	}
	ctx = authz.With(ctx, authz.Principal{Via: authz.ViaAgent, Agent: agent.ID, HomeTenant: server.Owner})
	err = s.Changes.Commit(ctx, rows, change.Change{
		Tenant: server.Owner, Action: "agent.enrol", Subject: server.ID, Name: server.Name, After: server.audit(), Version: server.Version,
		Events: []events.Payload{events.AgentEnrolled{Agent: agent.ID, Server: server.ID, Replaced: former}},
	})
	if store.FailedAt(err, enrolment) {
		return Admission{}, spent
	}
	if store.FailedAt(err, serverRow.Key) {
		return Admission{}, problem.Wrap(err, problem.Conflict, "the server was changed at the same time; try again")
	}
	if err != nil {
		return Admission{}, fmt.Errorf("enrol an agent: %w", err)
	}
	return Admission{agent.ID, server.ID, s.WakeURL(n.Host, n.Secure), key, now}, nil
}
