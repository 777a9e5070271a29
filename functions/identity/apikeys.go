package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// KeysEach is how many API keys one person may have in a tenant.
const KeysEach = 20

// APIKey lets a program do, in a person's name, what its scopes and the person's present role both allow.
type APIKey struct {
	ID         string // key_…
	Tenant     tenant.ID
	Name       string
	Prefix     string // shown, so that people recognise a key that they hold
	Scopes     []authz.Permission
	User       string    // its maker; the key ends with him
	UserHome   tenant.ID // another than Tenant: made while acting below, and limited to Tenant and what is below it
	CreatedAt  time.Time
	LastUsedAt time.Time // to five minutes; zero: never
	ExpiresAt  time.Time // zero: never

	secretHash string
	version    int64
}

// MadeBelow tells whether the key was made by somebody who acted below.
func (k APIKey) MadeBelow() bool { return k.UserHome != k.Tenant }

func (k APIKey) record() keyRecord {
	return keyRecord{
		k.ID, k.Tenant, k.Name, k.Prefix, k.secretHash, k.Scopes, k.User, k.UserHome, k.CreatedAt, k.LastUsedAt, k.ExpiresAt,
	}
}

func (r keyRecord) key(version int64) APIKey {
	return APIKey{
		r.Key, r.Tenant, r.Name, r.Prefix, r.Scopes, r.User, r.UserHome, r.CreatedAt, r.LastUsedAt, r.ExpiresAt, r.SecretHash, version,
	}
}

func (k APIKey) put() (store.Put, error) {
	read := k.version
	item, err := row(apiKeyKey(k.Tenant, k.ID), k.record(), read+1, k.ExpiresAt)
	if read == 0 {
		return store.Put{Item: item, If: store.Absent}, err
	}
	return store.Put{Item: item, If: store.VersionIs(read)}, err
}

func (k APIKey) deletes() []store.Delete {
	return []store.Delete{{Key: apiKeyKey(k.Tenant, k.ID)}, {Key: lookup.Key(lookup.APIKey, k.secretHash)}}
}

func (k APIKey) audit() any {
	return map[string]any{"name": k.Name, "prefix": k.Prefix, "scopes": k.Scopes, "expires_at": k.ExpiresAt, "made_below": k.MadeBelow()}
}

func (s *Service) keysIn(ctx context.Context, t tenant.ID) ([]APIKey, error) {
	var all []APIKey
	err := each(ctx, s.Rows, apiKeyPartition(t), func(_ string, r keyRecord, version int64) { all = append(all, r.key(version)) })
	return all, err
}

// KeyRow is an API key in a list.
type KeyRow struct {
	APIKey
	UserName string
	Actions  []string
}

// Keys lists the API keys that work in a tenant, those made from above included.
func (s *Service) Keys(ctx context.Context, t tenant.ID) ([]KeyRow, error) {
	if _, err := s.Guard.Require(ctx, authz.APIKeysManage, t); err != nil {
		return nil, err
	}
	keys, err := s.keysIn(ctx, t)
	if err != nil {
		return nil, err
	}
	all := make([]KeyRow, 0, len(keys))
	for _, k := range keys {
		maker, err := s.makerOf(ctx, k)
		if errors.Is(err, store.ErrNotFound) {
			continue // it ended with its maker
		}
		if err != nil {
			return nil, err
		}
		all = append(all, KeyRow{k, maker.Name, []string{"revoke"}})
	}
	return all, nil
}

// Key returns one of a tenant's API keys, without its secret.
func (s *Service) Key(ctx context.Context, t tenant.ID, key string) (KeyRow, error) {
	if _, err := s.Guard.Require(ctx, authz.APIKeysManage, t); err != nil {
		return KeyRow{}, err
	}
	record, version, err := get[keyRecord](ctx, s.Rows, apiKeyKey(t, key))
	if err != nil {
		return KeyRow{}, notFoundAs(err, problem.NotFound)
	}
	k := record.key(version)
	maker, err := s.makerOf(ctx, k)
	if err != nil {
		return KeyRow{}, notFoundAs(err, problem.NotFound)
	}
	return KeyRow{k, maker.Name, []string{"revoke"}}, nil
}

// makerOf returns the person behind a key, or store.ErrNotFound where the key has ended with him, or with a withdrawal.
func (s *Service) makerOf(ctx context.Context, k APIKey) (User, error) {
	record, version, err := get[userRecord](ctx, s.Rows, userKey(k.UserHome, k.User))
	if err != nil {
		return User{}, err
	}
	u := record.user(version)
	status, err := s.status(ctx, u)
	if err != nil {
		return User{}, err
	}
	ended := false
	if k.MadeBelow() {
		if ended, err = withdrawn(ctx, s.Guard.Directory, k.UserHome, k.Tenant); err != nil {
			return User{}, err
		}
	}
	if status != Active || ended {
		return User{}, fmt.Errorf("the maker of %s: %w", k.ID, store.ErrNotFound)
	}
	return u, nil
}

// Scopes lists what a key that the caller makes in a tenant can be allowed to do.
func (s *Service) Scopes(ctx context.Context, t tenant.ID) ([]authz.Permission, error) {
	d, err := s.Guard.Require(ctx, authz.APIKeysManage, t)
	if err != nil {
		return nil, err
	}
	return scopesFor(d.Principal.Role), nil
}

// scopesFor is what a key can have at most: what its maker may do, minus what no key may.
func scopesFor(role authz.Role) []authz.Permission {
	has := authz.OwnPermissions(role)
	return slices.DeleteFunc(authz.KeyScopes(), func(p authz.Permission) bool { return !slices.Contains(has, p) })
}

// NewKey describes an API key.
type NewKey struct {
	Name      string
	Scopes    []authz.Permission
	ExpiresAt time.Time // zero: never
}

func (n NewKey) validate(d authz.Decision, now time.Time) error {
	var fields problem.Fields
	checkName(&fields, "/name", n.Name)
	allowed := scopesFor(d.Principal.Role)
	if len(n.Scopes) == 0 {
		fields.Add("/scopes", "required", "at least one scope")
	}
	for i, scope := range n.Scopes {
		if !slices.Contains(allowed, scope) {
			fields.Add(fmt.Sprintf("/scopes/%d", i), "scope", "a scope that you have yourself and that a key may have")
		} else if slices.Index(n.Scopes, scope) != i {
			fields.Add(fmt.Sprintf("/scopes/%d", i), "duplicate", "stands there twice")
		}
	}
	if d.ActsBelow && !slices.Contains(n.Scopes, authz.ActBelow) {
		fields.Add("/scopes", "scope", "a key made while acting below needs the scope act_below")
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		fields.Add("/expires_at", "past", "a time to come")
	}
	return fields.Err()
}

// CreateKey makes an API key of the caller's. The secret is shown once. Only a session makes keys: a key that could make
// others would outlive its own end.
func (s *Service) CreateKey(ctx context.Context, t tenant.ID, n NewKey) (KeyRow, string, error) {
	d, err := s.Guard.Require(ctx, authz.APIKeysManage, t)
	if err != nil {
		return KeyRow{}, "", err
	}
	if d.Principal.Via != authz.ViaPortal {
		return KeyRow{}, "", problem.New(problem.Forbidden, "keys are made by people who are signed in, not by keys")
	}
	if err := n.validate(d, s.Clock.Now()); err != nil {
		return KeyRow{}, "", err
	}
	maker, err := s.reader().User(ctx, d.Principal.HomeTenant, d.Principal.User)
	if err != nil {
		return KeyRow{}, "", err
	}
	if err := s.roomForKey(ctx, t, maker.ID); err != nil {
		return KeyRow{}, "", err
	}
	prefix, secret := newSecret()
	now := s.Clock.Now()
	k := APIKey{
		ID: id.New(id.Key, now), Tenant: t, Name: n.Name, Prefix: prefix, Scopes: n.Scopes, User: maker.ID, UserHome: maker.Home,
		CreatedAt: now, ExpiresAt: n.ExpiresAt, secretHash: fingerprint(secret),
	}
	put, err := k.put()
	if err != nil {
		return KeyRow{}, "", err
	}
	find := lookup.Item(lookup.APIKey, k.secretHash, t, k.ID)
	find.ExpiresAt = k.ExpiresAt
	rows := store.Write{
		Puts:   []store.Put{put, {Item: find, If: store.Absent}},
		Checks: []store.Check{{Key: userKey(maker.Home, maker.ID), If: store.Present}},
	}
	err = s.Changes.Commit(ctx, rows, change.Change{Tenant: t, Action: "key.create", Subject: k.ID, Name: k.Name, After: k.audit(), Version: 1})
	if err != nil {
		return KeyRow{}, "", fmt.Errorf("create a key in %s: %w", t, err)
	}
	return KeyRow{k, maker.Name, []string{"revoke"}}, secret, nil
}

// roomForKey keeps a person's keys few enough to end them all in one write.
func (s *Service) roomForKey(ctx context.Context, t tenant.ID, user string) error {
	keys, err := s.keysIn(ctx, t)
	if err != nil {
		return err
	}
	own := 0
	for _, k := range keys {
		if k.User == user {
			own++
		}
	}
	if own >= KeysEach {
		return problem.New(problem.Conflict, fmt.Sprintf("at most %d keys each; end one first", KeysEach))
	}
	return nil
}

// RevokeKey ends an API key of a tenant at once.
func (s *Service) RevokeKey(ctx context.Context, t tenant.ID, key string) error {
	if _, err := s.Guard.Require(ctx, authz.APIKeysManage, t); err != nil {
		return err
	}
	record, version, err := get[keyRecord](ctx, s.Rows, apiKeyKey(t, key))
	if err != nil {
		return notFoundAs(err, problem.NotFound)
	}
	k := record.key(version)
	err = s.Changes.Commit(ctx, store.Write{Deletes: k.deletes()}, change.Change{
		Tenant: t, Action: "key.revoke", Subject: k.ID, Name: k.Name, Before: k.audit(),
	})
	if err != nil {
		return fmt.Errorf("revoke key %s: %w", k.ID, err)
	}
	return nil
}

// AuthenticateKey returns whose API key a secret is, with the role that its maker has now. What is unknown, expired or ended
// is unauthenticated.
func (s *Service) AuthenticateKey(ctx context.Context, secret string) (authz.Principal, error) {
	k, maker, err := s.keyOf(ctx, secret)
	if err != nil {
		return authz.Principal{}, notFoundAs(err, problem.Unauthenticated)
	}
	if err := s.touchKey(ctx, k); err != nil {
		return authz.Principal{}, err
	}
	p := authz.Principal{
		User: maker.ID, Name: maker.Name, HomeTenant: maker.Home, Role: maker.Role, Via: authz.ViaAPI, Key: k.ID, Scopes: k.Scopes,
	}
	if k.MadeBelow() {
		p.Within = k.Tenant
	}
	return p, nil
}

// keyOf fails with store.ErrNotFound for a secret that opens nothing.
func (s *Service) keyOf(ctx context.Context, secret string) (APIKey, User, error) {
	if !isSecret(secret) {
		return APIKey{}, User{}, fmt.Errorf("a key that is none of ours: %w", store.ErrNotFound)
	}
	hash := fingerprint(secret)
	ref, err := lookup.Get(ctx, s.Rows, lookup.APIKey, hash)
	if err != nil {
		return APIKey{}, User{}, fmt.Errorf("look up a key: %w", err)
	}
	record, version, err := get[keyRecord](ctx, s.Rows, apiKeyKey(ref.Tenant, ref.ID))
	if err != nil {
		return APIKey{}, User{}, err
	}
	k := record.key(version)
	if !k.ExpiresAt.IsZero() && !s.Clock.Now().Before(k.ExpiresAt) {
		return APIKey{}, User{}, fmt.Errorf("an expired key: %w", store.ErrNotFound)
	}
	maker, err := s.makerOf(ctx, k)
	return k, maker, err
}

// touchKey notes that the key is in use; losing the race is as good, or means that the key was ended.
func (s *Service) touchKey(ctx context.Context, k APIKey) error {
	now := s.Clock.Now()
	if now.Sub(k.LastUsedAt) < seenEvery {
		return nil
	}
	k.LastUsedAt = now
	put, err := k.put()
	if err != nil {
		return err
	}
	if err := s.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{put}}); err != nil && !store.Failed(err) {
		return fmt.Errorf("note that key %s is in use: %w", k.ID, err)
	}
	return nil
}
