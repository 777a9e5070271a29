package notifications

import (
	"context"
	"errors"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Consume tells those concerned what happened. Taking an event in twice tells nobody twice.
func (s *Service) Consume(ctx context.Context, e events.Event) error {
	d, err := s.Guard.Require(ctx, authz.NoticesSend, e.Tenant)
	if err != nil {
		return err
	}
	n, a, err := s.read(ctx, e)
	if err != nil {
		return err
	}
	n.Event, n.At, n.Seller, n.Kind, n.Asker = e.ID, e.OccurredAt, d.Target.Name, a.Kind, a.Name
	return s.tellAll(ctx, e, n, a)
}

// read returns the news of an event, and who asked for what it is about. The first event of an approval leaves a row of that
// for the later ones.
func (s *Service) read(ctx context.Context, e events.Event) (news, asked, error) {
	if e.Type == (events.ApprovalRequested{}).EventType() {
		p, err := events.Decode[events.ApprovalRequested](e)
		if err != nil {
			return news{}, asked{}, err
		}
		a := asked{Kind: p.Kind, User: p.Asker, Home: e.Actor.Home, Name: e.Actor.Name}
		for _, t := range p.Deciders {
			a.Deciders = append(a.Deciders, tenant.ID(t))
		}
		err = s.repository().remember(ctx, e.Tenant, p.Approval, a, s.Clock.Now())
		return news{Approval: p.Approval, Until: p.ExpiresAt}, a, err
	}
	n, err := later(e)
	if err != nil {
		return news{}, asked{}, err
	}
	a, err := s.repository().asked(ctx, e.Tenant, n.Approval)
	return n, a, err
}

// later returns the news of an event that follows the first one of an approval.
func later(e events.Event) (news, error) {
	switch e.Type {
	case events.ApprovalReminded{}.EventType():
		p, err := events.Decode[events.ApprovalReminded](e)
		return news{Approval: p.Approval, Until: p.ExpiresAt}, err
	case events.ApprovalDecided{}.EventType():
		p, err := events.Decode[events.ApprovalDecided](e)
		n := news{Approval: p.Approval, Decision: p.Decision, Decider: e.Actor.Name}
		if p.Decider == p.Asker { // withdrawn: the asker is named already
			n.Decider = ""
		}
		return n, err
	case events.ApprovalExpired{}.EventType():
		p, err := events.Decode[events.ApprovalExpired](e)
		return news{Approval: p.Approval}, err
	}
	return news{}, fmt.Errorf("notifications does not consume %s", e.Type)
}

// tellAll tells the asker and the deciders. One who cannot be told holds up nobody else.
func (s *Service) tellAll(ctx context.Context, e events.Event, n news, a asked) error {
	var failed []error
	if rule, ok := noticeOf(e.Type, n.Decision, Asker); ok {
		to, found, err := s.People.Person(ctx, a.Home, a.User)
		if found && err == nil {
			err = s.tell(ctx, e.Tenant, n, rule, to)
		}
		failed = append(failed, err)
	}
	if rule, ok := noticeOf(e.Type, n.Decision, Decider); ok {
		for _, home := range a.Deciders {
			people, err := s.People.Deciders(ctx, home)
			failed = append(failed, err)
			for _, to := range people {
				if to.User != a.User {
					failed = append(failed, s.tell(ctx, e.Tenant, n, rule, to))
				}
			}
		}
	}
	return errors.Join(failed...)
}
