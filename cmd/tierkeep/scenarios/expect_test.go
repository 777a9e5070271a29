package scenarios

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// expect reads what the portal would show to the seller, and holds it against the script.
func expect(ctx context.Context, s *story, args []string) error {
	if len(args) < 3 {
		return errUsage
	}
	seller := s.tenants[args[1]]
	base := "/v1/tenants/" + s.ids[seller]
	switch args[0] {
	case "account":
		var a struct{ State, Attention string }
		if err := s.ask(ctx, seller, http.MethodGet, base+"/accounts/"+s.ids[args[1]], nil, &a); err != nil {
			return err
		}
		return same(args[2:], a.State, a.Attention)
	case "approval": // the latest that the seller asks for
		var list struct {
			Items []struct {
				State   string
				Kind    string
				Trouble string
			}
		}
		if err := s.ask(ctx, seller, http.MethodGet, base+"/approvals?box=requested&limit=1", nil, &list); err != nil {
			return err
		}
		if len(list.Items) == 0 {
			return fmt.Errorf("%s asks for nothing", seller)
		}
		return same(args[2:], list.Items[0].State, list.Items[0].Kind, list.Items[0].Trouble)
	case "health":
		var h struct{ Health, Reason string }
		if err := s.ask(ctx, seller, http.MethodGet, base+"/health/"+s.ids[args[1]], nil, &h); err != nil {
			return err
		}
		return same(args[2:], h.Health, h.Reason)
	case "missed":
		var list struct{ Items []struct{ State string } }
		if err := s.ask(ctx, seller, http.MethodGet, base+"/expectations?account="+s.ids[args[1]], nil, &list); err != nil {
			return err
		}
		missed := 0
		for _, e := range list.Items {
			if e.State == "missed" {
				missed++
			}
		}
		return same(args[2:], strconv.Itoa(missed))
	case "operation":
		var list struct {
			Items []struct {
				ID, State  string
				ReasonCode string `json:"reason_code"`
			}
		}
		if err := s.ask(ctx, seller, http.MethodGet, base+"/operations?account="+s.ids[args[1]], nil, &list); err != nil {
			return err
		}
		if len(list.Items) == 0 {
			return fmt.Errorf("%s has no operation", args[1])
		}
		return same(args[2:], list.Items[0].State, list.Items[0].ReasonCode)
	case "dead":
		count, _, err := s.Ports.Queue.Dead(ctx, args[1])
		if err != nil {
			return err
		}
		return same(args[2:], strconv.Itoa(count))
	}
	return errUsage
}

// same compares what was told with as many words as the script gives.
func same(want []string, got ...string) error {
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			return fmt.Errorf("got %q, want %q", got, want)
		}
	}
	return nil
}

// audited looks for an entry in the log that the tenant itself reads.
func audited(ctx context.Context, s *story, args []string) error {
	if len(args) < 4 || args[2] != "by" {
		return errUsage
	}
	var list struct {
		Items []struct {
			Action string
			Actor  struct {
				Name       string
				HomeName   string `json:"home_name"`
				OnBehalfOf string `json:"on_behalf_of"`
			}
		}
	}
	if err := s.ask(ctx, args[0], http.MethodGet, "/v1/tenants/"+s.ids[args[0]]+"/overview/activity?limit=100", nil, &list); err != nil {
		return err
	}
	acting := len(args) == 5 && args[4] == "acting"
	for _, e := range list.Items {
		switch {
		case e.Action != args[1] || e.Actor.Name != args[3]:
		case acting && (e.Actor.OnBehalfOf != s.ids[args[0]] || e.Actor.HomeName == ""):
		case !acting && e.Actor.OnBehalfOf != "":
		default:
			return nil
		}
	}
	return fmt.Errorf("no such entry in %+v", list.Items)
}
