package notifications

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service tells people what happened, and shows the outbox.
type Service struct {
	Guard  authz.Guard
	Rows   store.Store
	Clock  clock.Clock
	People People
	Brands Brands
	Sender mail.Sender
	From   string // the address that mails come from
	Outbox Outbox // nil where mails leave
	Log    *slog.Logger
}

func (s *Service) repository() repository { return repository{s.Rows} }

// tell hands the notice over to one person's mail, unless that was done before. A mail that is refused for good is noted, and
// no error.
func (s *Service) tell(ctx context.Context, seller tenant.ID, n news, r Rule, to Person) error {
	done, err := s.repository().delivered(ctx, seller, n.Event, to.User)
	if err != nil || done {
		return err
	}
	m, err := s.message(ctx, seller, n, r, to)
	if err != nil {
		return err
	}
	d := delivery{Notice: r.Notice, Home: to.Home, State: Sent, At: s.Clock.Now()}
	d.Carrier, err = s.Sender.Send(ctx, m)
	if errors.Is(err, mail.ErrRefused) {
		s.Log.WarnContext(ctx, "a mail was refused", "event", n.Event, "user", to.User, "error", err)
		d.State, d.Reason, err = Refused, err.Error(), nil
	}
	if err != nil {
		return fmt.Errorf("tell %s of %s: %w", to.User, n.Event, err)
	}
	return s.repository().note(ctx, seller, n.Event, to.User, d)
}

func (s *Service) message(ctx context.Context, seller tenant.ID, n news, r Rule, to Person) (mail.Message, error) {
	b, err := s.Brands.Of(ctx, to.Home)
	if err != nil {
		return mail.Message{}, fmt.Errorf("find the brand for %s: %w", to.Home, err)
	}
	chain, err := s.Guard.Directory.Chain(ctx, to.Home)
	if err != nil {
		return mail.Message{}, fmt.Errorf("find the tenant of %s: %w", to.User, err)
	}
	zone, err := time.LoadLocation(chain[len(chain)-1].TimeZone)
	if err != nil {
		zone = time.UTC // a zone that this machine does not know: the text names the one that is used
	}
	place := to.Home
	if r.To == Asker {
		place = seller // also where somebody acted below
	}
	return compose(n, r, to, b, s.From, place, zone)
}

// mostKept is how many mails the outbox shows.
const mostKept = 200

// Kept lists the newest mails of the outbox, the newest first. It fails with not_found where mails leave the machine.
func (s *Service) Kept(ctx context.Context, root tenant.ID) ([]mail.Kept, error) {
	if _, err := s.Guard.Require(ctx, authz.PlatformOperate, root); err != nil {
		return nil, err
	}
	if s.Outbox == nil {
		return nil, problem.New(problem.NotFound, "")
	}
	return s.Outbox.List(ctx, mostKept)
}

// KeptMail returns one mail of the outbox, or a not_found problem.
func (s *Service) KeptMail(ctx context.Context, root tenant.ID, name string) (mail.Kept, error) {
	if _, err := s.Guard.Require(ctx, authz.PlatformOperate, root); err != nil {
		return mail.Kept{}, err
	}
	if s.Outbox == nil {
		return mail.Kept{}, problem.New(problem.NotFound, "")
	}
	m, err := s.Outbox.Get(ctx, name)
	if errors.Is(err, mail.ErrNotKept) {
		return mail.Kept{}, problem.New(problem.NotFound, "")
	}
	return m, err
}
