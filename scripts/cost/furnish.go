package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

const resellersMail = "owner@reseller.example"

// furnish puts a reseller with a server, its agent, a customer and an account onto the stage.
func (s *stage) furnish(ctx context.Context) error {
	s.quota = 50_000_000_000
	var made struct {
		Tenant struct{ ID string }
		Link   string
	}
	err := s.call(ctx, s.Owner, http.MethodPost, "/v1/tenants/"+string(s.Root.ID)+"/children", map[string]any{
		"name": "reseller", "level": "reseller", "variant": "whitelabel", "edition": "premium",
		"owner": map[string]string{"name": "reseller", "email": resellersMail},
	}, &made)
	if err != nil {
		return err
	}
	s.seller = made.Tenant.ID
	if s.person, err = s.Follow(ctx, made.Link); err != nil {
		return err
	}
	var customer, server struct{ ID string }
	mail := map[string]any{"kind": "business", "name": "customer", "email": "owner@customer.example"}
	if err := s.ask(ctx, http.MethodPost, "/v1/tenants/"+s.seller+"/customers", mail, &customer); err != nil {
		return err
	}
	vault := map[string]any{"name": "vault", "host": "vault.example", "types": []string{"online", "basic"}}
	if err := s.ask(ctx, http.MethodPost, "/v1/tenants/"+s.seller+"/servers", vault, &server); err != nil {
		return err
	}
	s.customer, s.server = customer.ID, server.ID
	var enrolment struct{ Token string }
	if err := s.ask(ctx, http.MethodPost, "/v1/tenants/"+s.seller+"/servers/"+s.server+"/enrolments", nil, &enrolment); err != nil {
		return err
	}
	if s.agent, err = s.Enrol(ctx, enrolment.Token); err != nil {
		return err
	}
	s.info = driver.Info{
		Product: "restic-vault", Version: "1", Driver: "restic-vault/1", TotalBytes: 1e12, FreeBytes: 5e11,
		Capabilities: driver.Capabilities{Rename: driver.RenameOnline, Suspend: true, Quota: true, SetsPerDevice: 1},
	}
	if err := s.Owner.SetUpFactor(ctx); err != nil {
		return err
	}
	if err := s.order(ctx); err != nil {
		return err
	}
	if err := s.carriedOut(ctx); err != nil {
		return err
	}
	return s.Advance(ctx, deciderAge)
}

// deciderAge is how old a second factor must be before its owner decides.
const deciderAge = 73 * time.Hour

// order orders an account, which from then on is the one that journeys are about.
func (s *stage) order(ctx context.Context) error {
	var made struct {
		Account struct {
			ID      string
			Devices []struct{ ID string }
		}
	}
	err := s.ask(ctx, http.MethodPost, "/v1/tenants/"+s.seller+"/accounts", map[string]any{
		"customer": s.customer, "server": s.server, "type": "online", "name": "account", "quota_bytes": s.quota,
		"plan": map[string]any{"every": "day", "at": "22:00", "time_zone": "Europe/Amsterdam"},
	}, &made)
	if err != nil {
		return err
	}
	s.account, s.device = made.Account.ID, made.Account.Devices[0].ID
	return nil
}

// carriedOut lets the agent do what is wanted, and the portal look three times whether it has come true.
func (s *stage) carriedOut(ctx context.Context) error {
	if err := s.Settle(ctx); err != nil {
		return err
	}
	var read struct {
		Generation         int64 `json:"generation"`
		ObservedGeneration int64 `json:"observed_generation"`
	}
	for range 3 {
		if err := s.ask(ctx, http.MethodGet, "/v1/tenants/"+s.seller+"/accounts/"+s.account, nil, &read); err != nil {
			return err
		}
	}
	if read.ObservedGeneration != read.Generation {
		return errors.New("the account was not brought to what is wanted")
	}
	return nil
}

// ask calls the API as the reseller's owner.
func (s *stage) ask(ctx context.Context, method, path string, body, out any, o ...platformtest.Option) error {
	return s.call(ctx, s.person, method, path, body, out, o...)
}

func (s *stage) call(ctx context.Context, p *platformtest.Person, method, path string, body, out any, o ...platformtest.Option) error {
	reply, err := p.Call(ctx, method, path, body, o...)
	if err != nil {
		return err
	}
	if err := reply.Must(out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// agentPosts sends what an agent would.
func (s *stage) agentPosts(ctx context.Context, path string, body any) error {
	reply, err := s.agent.Post(ctx, path, body)
	if err != nil {
		return err
	}
	if reply.Status < 200 || reply.Status >= 300 {
		return fmt.Errorf("%s answered %d %s", path, reply.Status, reply.Body)
	}
	_, err = s.ground.Carry(ctx, s.Platform)
	return err
}

// signIn signs the reseller's owner in anew, at a time when no session is fresh.
func (s *stage) signIn(ctx context.Context) error {
	s.Clock.Advance(time.Hour)
	return s.call(ctx, s.Stranger(), http.MethodPost, "/v1/session", map[string]string{"email": resellersMail, "password": platformtest.Password}, nil)
}
