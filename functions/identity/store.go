package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

type userRecord struct {
	User      string     `json:"user"`
	Home      tenant.ID  `json:"home"`
	Name      string     `json:"name"`
	Email     string     `json:"email"`
	Realm     tenant.ID  `json:"realm"`
	Role      authz.Role `json:"role"`
	Locale    string     `json:"locale"`
	Status    Status     `json:"status"`
	MadeFrom  tenant.ID  `json:"made_from,omitempty"`
	Epoch     int64      `json:"epoch"`
	CreatedAt time.Time  `json:"created_at"`
	History
}

type credentialRecord struct {
	Hash  string    `json:"hash"` // PHC string of Argon2id
	SetAt time.Time `json:"set_at"`
}

type lastSeenRecord struct {
	At time.Time `json:"at"`
}

type sessionRecord struct {
	Session    string    `json:"session"`
	User       string    `json:"user"`
	Home       tenant.ID `json:"home"`
	Host       string    `json:"host"`
	TokenHash  string    `json:"token_hash"`
	Epoch      int64     `json:"epoch"`
	Address    string    `json:"address"`
	Client     string    `json:"client"`
	Proven     bool      `json:"factor_proven,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
}

// factorRecord is a second factor.
type factorRecord struct {
	Sealed   []byte   `json:"sealed"`    // the secret
	LastStep int64    `json:"last_step"` // of the newest code that was used; it and older ones count no more
	Codes    []string `json:"codes"`     // the hashes of the recovery codes that are left, all with one salt
}

// setupRecord is a second factor that is not confirmed yet.
type setupRecord struct {
	Sealed    []byte    `json:"sealed"`
	Session   string    `json:"session"` // in which it was begun, and alone can be confirmed
	ExpiresAt time.Time `json:"expires_at"`
}

// stepRecord is a sign-in whose first step was right.
type stepRecord struct {
	User      string    `json:"user"`
	Host      string    `json:"host"`
	Epoch     int64     `json:"epoch"`
	ExpiresAt time.Time `json:"expires_at"`
}

type linkRecord struct {
	User      string    `json:"user"`
	Purpose   Purpose   `json:"purpose"`
	TokenHash string    `json:"token_hash"`
	MadeBy    string    `json:"made_by,omitempty"`
	Epoch     int64     `json:"epoch"` // of the user when it was made; a new password ends every older link
	ExpiresAt time.Time `json:"expires_at"`
}

type keyRecord struct {
	Key        string             `json:"key"`
	Tenant     tenant.ID          `json:"tenant"`
	Name       string             `json:"name"`
	Prefix     string             `json:"prefix"`
	SecretHash string             `json:"secret_hash"`
	Scopes     []authz.Permission `json:"scopes"`
	User       string             `json:"user"`
	UserHome   tenant.ID          `json:"user_home"`
	CreatedAt  time.Time          `json:"created_at"`
	LastUsedAt time.Time          `json:"last_used_at,omitzero"`
	ExpiresAt  time.Time          `json:"expires_at,omitzero"`
}

// row encodes a record as the row at a key.
func row(key store.Key, record any, version int64, expires time.Time) (store.Item, error) {
	value, err := json.Marshal(record)
	if err != nil {
		return store.Item{}, fmt.Errorf("encode %s: %w", key.PK, err)
	}
	return store.Item{Key: key, Value: value, Version: version, ExpiresAt: expires}, nil
}

// get reads the record at a key, with the row's version. It fails with store.ErrNotFound where there is none.
func get[R any](ctx context.Context, rows store.Store, key store.Key) (record R, version int64, err error) {
	item, err := rows.Get(ctx, key)
	if err != nil {
		return record, 0, fmt.Errorf("read %s: %w", key.PK, err)
	}
	err = decode(item, &record)
	return record, item.Version, err
}

func decode(item store.Item, record any) error {
	if err := json.Unmarshal(item.Value, record); err != nil {
		return fmt.Errorf("decode the row at %s: %w", item.PK, err)
	}
	return nil
}

// each reads a whole partition, which is one tenant's or person's and small.
func each[R any](ctx context.Context, rows store.Store, partition string, use func(sk string, record R, version int64)) error {
	for cursor := ""; ; {
		page, err := rows.Query(ctx, store.Query{PK: partition, Limit: store.MaxPage, Cursor: cursor})
		if err != nil {
			return fmt.Errorf("list %s: %w", partition, err)
		}
		for _, item := range page.Items {
			var record R
			if err := decode(item, &record); err != nil {
				return err
			}
			use(item.SK, record, item.Version)
		}
		if page.Next == "" {
			return nil
		}
		cursor = page.Next
	}
}

func (u User) record() userRecord {
	return userRecord{u.ID, u.Home, u.Name, u.Email, u.Realm, u.Role, u.Locale, u.Status, u.MadeFrom, u.Epoch, u.CreatedAt, u.History}
}

func (r userRecord) user(version int64) User {
	return User{r.User, r.Home, r.Name, r.Email, r.Realm, r.Role, r.Locale, r.Status, r.MadeFrom, r.Epoch, r.CreatedAt, r.History, version}
}

// put is the write of the user over the version that was read; version 0 is a new one.
func (u User) put() (store.Put, error) {
	read := u.Version
	item, err := row(userKey(u.Home, u.ID), u.record(), read+1, time.Time{})
	if read == 0 {
		return store.Put{Item: item, If: store.Absent}, err
	}
	return store.Put{Item: item, If: store.VersionIs(read)}, err
}

// Reader reads people for other features. It asks for no rights, so nothing of it reaches a caller unchecked.
type Reader struct{ Rows store.Store }

// User returns a person of a tenant, or a not_found problem.
func (r Reader) User(ctx context.Context, home tenant.ID, user string) (User, error) {
	record, version, err := get[userRecord](ctx, r.Rows, userKey(home, user))
	if err != nil {
		return User{}, notFoundAs(err, problem.NotFound)
	}
	return record.user(version), nil
}

// Users returns everybody of a tenant, in the order in which they came.
func (r Reader) Users(ctx context.Context, home tenant.ID) ([]User, error) {
	var all []User
	err := each(ctx, r.Rows, userPartition(home), func(_ string, record userRecord, version int64) {
		all = append(all, record.user(version))
	})
	return all, err
}

// Names returns the names of a tenant's people by their identifiers.
func (r Reader) Names(ctx context.Context, home tenant.ID) (map[string]string, error) {
	all, err := r.Users(ctx, home)
	names := make(map[string]string, len(all))
	for _, u := range all {
		names[u.ID] = u.Name
	}
	return names, err
}

func (s *Service) reader() Reader { return Reader{s.Rows} }

// findByEmail returns the person with an address among those who sign in at a realm, or store.ErrNotFound. People who were
// registered before their tenant had its own hostname stand in a realm above, and are found there.
func (s *Service) findByEmail(ctx context.Context, realm tenant.ID, email string) (User, error) {
	above, err := s.Realms.Above(ctx, realm)
	if err != nil {
		return User{}, fmt.Errorf("find the realms above %s: %w", realm, err)
	}
	for _, r := range above {
		ref, err := lookup.Get(ctx, s.Rows, lookup.Email, emailValue(r, email))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return User{}, fmt.Errorf("look up an e-mail address in %s: %w", r, err)
		}
		nearest, err := s.Realms.Above(ctx, ref.Tenant)
		if err != nil {
			return User{}, fmt.Errorf("find the realms above %s: %w", ref.Tenant, err)
		}
		if nearest[0] != realm {
			continue // somebody else with this address, who signs in elsewhere
		}
		record, version, err := get[userRecord](ctx, s.Rows, userKey(ref.Tenant, ref.ID))
		return record.user(version), err
	}
	return User{}, fmt.Errorf("an e-mail address in realm %s: %w", realm, store.ErrNotFound)
}
