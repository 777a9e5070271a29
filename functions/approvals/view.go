package approvals

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/authz"
)

// seen is a view, and whether the seller hides its customers from whoever looks.
type seen struct {
	View
	masked bool
}

// view is an approval as a principal may see it. What the seller calls its customers, their accounts and machines is masked
// for homes above it where it hides them, whichever tenant is acted for.
func (s *Service) view(ctx context.Context, p authz.Principal, a Approval, c candidate) (seen, error) {
	chain, err := s.Guard.Directory.Chain(ctx, a.Seller)
	if err != nil {
		return seen{}, fmt.Errorf("the seller of approval %s: %w", a.ID, err)
	}
	seller := chain[len(chain)-1]
	d := authz.Decision{Principal: p, Target: seller, Seller: seller, Chain: chain}
	customer, err := s.Guard.CustomerName(ctx, d, a.Customer)
	if err != nil {
		return seen{}, fmt.Errorf("the customer of approval %s: %w", a.ID, err)
	}
	v := seen{View: View{Approval: a, SellerName: seller.Name, CustomerName: customer}, masked: d.CustomersMasked()}
	if v.masked {
		v.Loss = a.Loss.masked()
	}
	now := s.Clock.Now()
	if a.open(now) {
		v.WhyNot = mayDecide(a, c, s.Settings.deciderAge(), now)
		if v.WhyNot == nil {
			v.Actions = append(v.Actions, "approve", "refuse")
		}
	}
	if a.may(Withdrawn) && a.askedBy(p) {
		v.Actions = append(v.Actions, "withdraw")
	}
	return v, nil
}

type audited struct {
	Kind     Kind   `json:"kind"`
	Account  string `json:"account"`
	State    State  `json:"state"`
	Asker    string `json:"asker"`
	Reason   string `json:"reason"`
	Answer   string `json:"answer,omitempty"`
	Reminded bool   `json:"reminded,omitempty"`
	Trouble  string `json:"trouble,omitempty"`
}

func (a Approval) audit() audited {
	return audited{a.Kind, a.Account, a.State, a.Asker.User, a.Reason, a.Answer, !a.RemindedAt.IsZero(), a.Trouble}
}
