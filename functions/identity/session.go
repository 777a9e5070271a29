package identity

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Session is a browser that signed in.
type Session struct {
	ID         string // ses_…
	User       string
	Home       tenant.ID
	Host       string // without a port; the session works nowhere else
	Address    string
	Client     string // what the browser says of itself
	CreatedAt  time.Time
	LastSeenAt time.Time // to five minutes

	FactorProven bool // it was opened with a second factor

	tokenHash string
	epoch     int64
	version   int64
}

// Visitor is where a request comes from.
type Visitor struct {
	Host    string
	Address string
	Client  string
}

func (s Session) record() sessionRecord {
	return sessionRecord{
		s.ID, s.User, s.Home, s.Host, s.tokenHash, s.epoch, s.Address, s.Client, s.FactorProven, s.CreatedAt, s.LastSeenAt,
	}
}

func (r sessionRecord) session(version int64) Session {
	return Session{
		r.Session, r.User, r.Home, r.Host, r.Address, r.Client, r.CreatedAt, r.LastSeenAt, r.Proven, r.TokenHash, r.Epoch, version,
	}
}

// endsAt is when the session ends if nothing is asked for any more.
func (s Settings) endsAt(session Session) time.Time {
	idle, longest := session.LastSeenAt.Add(s.idle()), session.CreatedAt.Add(s.longest())
	if idle.Before(longest) {
		return idle
	}
	return longest
}

// putSession is the write of a session over the version that was read.
func (s *Service) putSession(session Session) (store.Put, error) {
	read := session.version
	key := sessionKey(session.Home, session.User, session.ID)
	item, err := row(key, session.record(), read+1, s.Settings.endsAt(session))
	if read == 0 {
		return store.Put{Item: item, If: store.Absent}, err
	}
	return store.Put{Item: item, If: store.VersionIs(read)}, err
}

// newSession returns a session of a user with the rows that begin it, and its token, which nobody keeps.
func (s *Service) newSession(u User, v Visitor, proven bool) (session Session, token string, rows store.Write, err error) {
	now := s.Clock.Now()
	token = newToken()
	session = Session{
		ID: id.New(id.Session, now), User: u.ID, Home: u.Home, Host: hostname(v.Host), Address: v.Address,
		Client: plainClient(v.Client), CreatedAt: now, LastSeenAt: now, FactorProven: proven, tokenHash: fingerprint(token), epoch: u.Epoch,
	}
	put, err := s.putSession(session)
	if err != nil {
		return Session{}, "", store.Write{}, err
	}
	find := lookup.Item(lookup.Session, session.tokenHash, u.Home, u.ID+"/"+session.ID)
	find.ExpiresAt = now.Add(s.Settings.longest())
	seen, err := row(lastSeenKey(u.Home, u.ID), lastSeenRecord{now}, 1, time.Time{})
	return session, token, store.Write{Puts: []store.Put{put, {Item: find, If: store.Absent}, {Item: seen}}}, err
}

// endSession returns the rows that end a session.
func (s Session) end() store.Write {
	return store.Write{Deletes: []store.Delete{
		{Key: sessionKey(s.Home, s.User, s.ID)}, {Key: lookup.Key(lookup.Session, s.tokenHash)},
	}}
}

// AuthenticateSession returns whose session a token is, with the role that the person has now. What is unknown, ended or
// belongs to another hostname is unauthenticated.
func (s *Service) AuthenticateSession(ctx context.Context, token, host string) (authz.Principal, error) {
	session, u, err := s.sessionOf(ctx, token, host)
	if err != nil {
		return authz.Principal{}, notFoundAs(err, problem.Unauthenticated)
	}
	if err := s.touch(ctx, session); err != nil {
		return authz.Principal{}, err
	}
	return u.principal(session), nil
}

var errEnded = fmt.Errorf("the session has ended: %w", store.ErrNotFound)

// sessionOf fails with store.ErrNotFound for a token that opens nothing here and now.
func (s *Service) sessionOf(ctx context.Context, token, host string) (Session, User, error) {
	if !isToken(token) {
		return Session{}, User{}, errEnded
	}
	ref, err := lookup.Get(ctx, s.Rows, lookup.Session, fingerprint(token))
	if err != nil {
		return Session{}, User{}, fmt.Errorf("look up a session: %w", err)
	}
	userID, sessionID, _ := strings.Cut(ref.ID, "/")
	session, u, err := s.liveSession(ctx, ref.Tenant, userID, sessionID)
	if err != nil {
		return Session{}, User{}, err
	}
	if session.Host != hostname(host) {
		return Session{}, User{}, errEnded
	}
	return session, u, nil
}

func (s *Service) liveSession(ctx context.Context, home tenant.ID, userID, sessionID string) (Session, User, error) {
	kept, version, err := get[sessionRecord](ctx, s.Rows, sessionKey(home, userID, sessionID))
	if err != nil {
		return Session{}, User{}, err
	}
	user, userVersion, err := get[userRecord](ctx, s.Rows, userKey(home, userID))
	if err != nil {
		return Session{}, User{}, err
	}
	session, u := kept.session(version), user.user(userVersion)
	status, err := s.status(ctx, u)
	if err != nil {
		return Session{}, User{}, err
	}
	if status != Active || session.epoch != u.Epoch || !s.Clock.Now().Before(s.Settings.endsAt(session)) {
		return Session{}, User{}, errEnded
	}
	return session, u, nil
}

// touch notes that the session is in use. Losing a race is fine: another request noted the same, or the session was ended
// meanwhile and stays so.
func (s *Service) touch(ctx context.Context, session Session) error {
	now := s.Clock.Now()
	if now.Sub(session.LastSeenAt) < seenEvery {
		return nil
	}
	session.LastSeenAt = now
	put, err := s.putSession(session)
	if err != nil {
		return err
	}
	seen, err := row(lastSeenKey(session.Home, session.User), lastSeenRecord{now}, 1, time.Time{})
	if err != nil {
		return err
	}
	err = s.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{put, {Item: seen}}})
	if err != nil && !store.Failed(err) {
		return fmt.Errorf("note that session %s is in use: %w", session.ID, err)
	}
	return nil
}

// sessions lists the live sessions of a user, the newest first.
func (s *Service) sessions(ctx context.Context, u User) ([]Session, error) {
	var all []Session
	now := s.Clock.Now()
	err := each(ctx, s.Rows, sessionPartition(u.Home, u.ID), func(_ string, r sessionRecord, version int64) {
		session := r.session(version)
		if session.epoch == u.Epoch && now.Before(s.Settings.endsAt(session)) {
			all = append([]Session{session}, all...)
		}
	})
	return all, err
}

// hostname is a host without its port, as sessions keep it.
func hostname(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
}

// currentSession returns the session in which the principal acts. An API key has none.
func (s *Service) currentSession(ctx context.Context) (Session, User, error) {
	p, ok := authz.From(ctx)
	if !ok || p.Via != authz.ViaPortal || p.Session == "" {
		return Session{}, User{}, problem.New(problem.Unauthenticated, "this needs a session")
	}
	session, u, err := s.liveSession(ctx, p.HomeTenant, p.User, p.Session)
	if errors.Is(err, store.ErrNotFound) {
		return Session{}, User{}, problem.Wrap(err, problem.Unauthenticated, "the session has ended")
	}
	return session, u, err
}
