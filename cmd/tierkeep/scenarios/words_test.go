package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// words are what scripts are made of. People are named as their tenant is: each tenant's one person is its owner.
var words = map[string]func(*testscript.TestScript, bool, []string){
	"seller":   run(seller, "seller NAME [under PARENT] [variant=whitelabel] [edition=premium] [level=reseller]"),
	"person":   run(person, "person NAME at TENANT [by=PERSON] [role=administrator]: another person of a tenant, invited by its owner or by"),
	"factor":   run(factor, "factor PERSON: he sets up a second factor"),
	"customer": run(customer, "customer NAME of SELLER [kind=business]"),
	"server":   run(server, "server NAME of SELLER: with an agent that is up"),
	"agent":    run(agentIs, "agent SERVER on|off|new|failing|working: new is another agent in the place of the first; a failing one has a server out of order"),
	"account":  run(account, "account NAME of CUSTOMER on SERVER [quota=50000000000]: with one set, due every night at ten in Amsterdam"),
	"backup":   run(backup, "backup ACCOUNT ok|failed|quota [AGO]: one that began so long ago; the server tells it in its agent's next round"),
	"client":   run(client, "client ACCOUNT in|refused|wrong [PASSWORD]: a backup client knocks, with the password that was shown last or another one"),
	"keeps":    run(keeps, "keeps ACCOUNT BYTES: the server measured so much"),
	"advance":  run(advance, "advance DURATION: let time pass, and happen what falls due"),
	"settle":   run(settle, "settle: let happen what is due now"),
	"http":     run(call, "http PERSON STATUS[/CODE] METHOD PATH [BODY] [HEADER:VALUE]...: call the API; stdout is the reply"),
	"repeat":   run(repeat, "repeat TIMES PERSON STATUS[/CODE] METHOD PATH [BODY] [HEADER:VALUE]...: call the API again and again"),
	"header":   run(header, "header NAME [VALUE]: what the last reply had"),
	"name":     run(name, "name NAME FIELD: give the field of the last reply at a dotted path a name"),
	"tells":    run(tells, "tells TEXT: the last reply has it"),
	"expect":   run(expect, "expect account|health|missed|operation|dead ..."),
	"audit":    run(audited, "audit TENANT ACTION by PERSON [acting]: the log of a tenant says who did what"),
	"break":    run(consumer((*platformtest.World).Break), "break CONSUMER: its handler fails from now on"),
	"mend":     run(consumer((*platformtest.World).Mend), "mend CONSUMER"),
	"replay":   run(replay, "replay CONSUMER: send its dead letters again"),
}

var errUsage = errors.New("the words do not fit")

// options reads name=value pairs over defaults.
func options(args []string, defaults map[string]string) (map[string]string, error) {
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if _, known := defaults[name]; !ok || !known {
			return nil, fmt.Errorf("%w: %s", errUsage, a)
		}
		defaults[name] = value
	}
	return defaults, nil
}

// ask calls the API as somebody and reads the reply, which must be a success.
func (s *story) ask(ctx context.Context, person, method, path string, body, out any, o ...platformtest.Option) error {
	p, known := s.people[person]
	if !known {
		return fmt.Errorf("nobody is called %s", person)
	}
	reply, err := p.Call(ctx, method, path, body, o...)
	if err != nil {
		return err
	}
	if err := reply.Must(out); err != nil {
		return fmt.Errorf("%s %s as %s: %w", method, path, person, err)
	}
	return nil
}

func seller(ctx context.Context, s *story, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	name, parent, rest := args[0], "supplier", args[1:]
	if len(rest) >= 2 && rest[0] == "under" {
		parent, rest = rest[1], rest[2:]
	}
	o, err := options(rest, map[string]string{"variant": "whitelabel", "edition": "premium", "level": "reseller"})
	if err != nil {
		return err
	}
	var made struct {
		Tenant struct{ ID string }
		Link   string
	}
	err = s.ask(ctx, parent, http.MethodPost, "/v1/tenants/"+s.ids[parent]+"/children", map[string]any{
		"name": name, "level": o["level"], "variant": o["variant"], "edition": o["edition"],
		"owner": map[string]string{"name": name, "email": "owner@" + name + ".example"},
	}, &made)
	if err != nil {
		return err
	}
	s.ids[name] = made.Tenant.ID
	s.people[name], err = s.Follow(ctx, made.Link)
	return err
}

func person(ctx context.Context, s *story, args []string) error {
	if len(args) < 3 || args[1] != "at" {
		return errUsage
	}
	name, home := args[0], args[2]
	o, err := options(args[3:], map[string]string{"by": home, "role": "administrator"})
	if err != nil {
		return err
	}
	var made struct {
		Link string
		User struct{ ID string }
	}
	err = s.ask(ctx, o["by"], http.MethodPost, "/v1/tenants/"+s.ids[home]+"/users", map[string]any{
		"name": name, "email": name + "@" + home + ".example", "role": o["role"],
	}, &made)
	if err != nil {
		return err
	}
	s.ids[name] = made.User.ID
	s.people[name], err = s.Follow(ctx, made.Link)
	return err
}

func factor(ctx context.Context, s *story, args []string) error {
	if len(args) != 1 || s.people[args[0]] == nil {
		return errUsage
	}
	return s.people[args[0]].SetUpFactor(ctx)
}

func customer(ctx context.Context, s *story, args []string) error {
	if len(args) < 3 || args[1] != "of" {
		return errUsage
	}
	name, of := args[0], args[2]
	o, err := options(args[3:], map[string]string{"kind": "business"})
	if err != nil {
		return err
	}
	mail := "owner@" + name + ".example"
	var made struct{ ID string }
	err = s.ask(ctx, of, http.MethodPost, "/v1/tenants/"+s.ids[of]+"/customers", map[string]any{"kind": o["kind"], "name": name, "email": mail}, &made)
	if err != nil {
		return err
	}
	s.ids[name], s.tenants[name] = made.ID, of
	var invited struct{ Link string }
	err = s.ask(ctx, of, http.MethodPost, "/v1/tenants/"+made.ID+"/users", map[string]any{"name": name, "email": mail, "role": "customer_owner"}, &invited)
	if err != nil {
		return err
	}
	s.people[name], err = s.Follow(ctx, invited.Link)
	return err
}

func server(ctx context.Context, s *story, args []string) error {
	if len(args) != 3 || args[1] != "of" {
		return errUsage
	}
	name, of := args[0], args[2]
	var made struct{ ID string }
	err := s.ask(ctx, of, http.MethodPost, "/v1/tenants/"+s.ids[of]+"/servers", map[string]any{
		"name": name, "host": name + ".example", "types": []string{"online", "basic"},
	}, &made)
	if err != nil {
		return err
	}
	s.ids[name], s.tenants[name] = made.ID, of
	if err := s.enrol(ctx, name); err != nil {
		return err
	}
	return s.Settle(ctx)
}

func (s *story) enrol(ctx context.Context, server string) error {
	of := s.tenants[server]
	var made struct{ Token string }
	if err := s.ask(ctx, of, http.MethodPost, "/v1/tenants/"+s.ids[of]+"/servers/"+s.ids[server]+"/enrolments", nil, &made); err != nil {
		return err
	}
	a, err := s.Enrol(ctx, made.Token)
	s.agents[server] = a
	return err
}

// agentIs switches an agent without letting anything happen yet, so that a script says when.
func agentIs(ctx context.Context, s *story, args []string) error {
	if len(args) != 2 || s.agents[args[0]] == nil {
		return errUsage
	}
	switch args[1] {
	case "on":
		s.agents[args[0]].Up = true
	case "off":
		s.agents[args[0]].Up = false
	case "new":
		s.agents[args[0]].Up = false
		return s.enrol(ctx, args[0])
	case "failing", "working":
		s.agents[args[0]].OutOfOrder(args[1] == "failing")
	default:
		return errUsage
	}
	return nil
}

func account(ctx context.Context, s *story, args []string) error {
	if len(args) < 5 || args[1] != "of" || args[3] != "on" {
		return errUsage
	}
	name, of, on := args[0], args[2], args[4]
	o, err := options(args[5:], map[string]string{"quota": "50000000000"})
	if err != nil {
		return err
	}
	quota, err := strconv.ParseInt(o["quota"], 10, 64)
	if err != nil {
		return err
	}
	by := s.tenants[of]
	var made struct {
		Account struct {
			ID      string
			Devices []struct{ ID, Login string }
		}
		Logins []struct{ Password string }
	}
	err = s.ask(ctx, by, http.MethodPost, "/v1/tenants/"+s.ids[by]+"/accounts", map[string]any{
		"customer": s.ids[of], "server": s.ids[on], "type": "online", "name": name, "quota_bytes": quota,
		"plan": map[string]any{"every": "day", "at": "22:00", "time_zone": "Europe/Amsterdam"},
	}, &made)
	if err != nil {
		return err
	}
	s.ids[name], s.tenants[name], s.devices[name] = made.Account.ID, by, made.Account.Devices[0].ID
	s.logins[name], s.ids[name+"-password"] = made.Account.Devices[0].Login, made.Logins[0].Password
	s.tenants[made.Account.ID] = on
	return nil
}

// of is the agent beside an account's server.
func (s *story) of(account string) (*platformtest.Agent, error) {
	a := s.agents[s.tenants[s.ids[account]]]
	if a == nil {
		return nil, fmt.Errorf("there is no account %s", account)
	}
	return a, nil
}

var outcomes = map[string]driver.JobState{"ok": driver.Success, "failed": driver.Failed, "quota": driver.Quota}

func backup(ctx context.Context, s *story, args []string) error {
	if len(args) < 2 || outcomes[args[1]] == "" {
		return errUsage
	}
	a, err := s.of(args[0])
	if err != nil {
		return err
	}
	began := s.Clock.Now()
	if len(args) == 3 {
		ago, err := time.ParseDuration(args[2])
		if err != nil {
			return err
		}
		began = began.Add(-ago)
	}
	j := driver.Job{
		ID: id.New(id.Job, began), Revision: 1, Account: s.ids[args[0]], Device: s.devices[args[0]], Kind: driver.Backup, State: outcomes[args[1]],
		StartedAt: began, EndedAt: &began, SeenAt: began, UploadedBytes: 1_000_000, Objects: 3,
	}
	if j.State == driver.Quota {
		j.Reason, j.QuotaRefusals = "quota_exceeded", 1
	}
	a.Tell(driver.Reports{Jobs: []driver.Job{j}})
	return s.Settle(ctx)
}

// answers is what a vault says to a client that finds no repository yet, but is let in; to one that is kept out; and to one
// that shows a wrong password.
var answers = map[string]int{"in": http.StatusNotFound, "refused": http.StatusForbidden, "wrong": http.StatusUnauthorized}

func client(ctx context.Context, s *story, args []string) error {
	if len(args) < 2 || answers[args[1]] == 0 {
		return errUsage
	}
	a, err := s.of(args[0])
	if err != nil {
		return err
	}
	password := s.ids[args[0]+"-password"]
	if len(args) == 3 {
		password = args[2]
	}
	if got := a.Visit(ctx, s.logins[args[0]], password); got != answers[args[1]] {
		return fmt.Errorf("the vault answered %d, want %d", got, answers[args[1]])
	}
	return nil
}

func keeps(ctx context.Context, s *story, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	a, err := s.of(args[0])
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	a.Tell(driver.Reports{Usage: []driver.Usage{{Account: s.ids[args[0]], Device: s.devices[args[0]], At: s.Clock.Now(), Bytes: n, Files: 10}}})
	return s.Settle(ctx)
}

func advance(ctx context.Context, s *story, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	return s.Advance(ctx, d)
}

func settle(ctx context.Context, s *story, args []string) error {
	if len(args) != 0 {
		return errUsage
	}
	return s.Settle(ctx)
}

func consumer(do func(*platformtest.World, events.Consumer)) word {
	return func(_ context.Context, s *story, args []string) error {
		if len(args) != 1 || !slices.Contains([]string{"accounts", "approvals", "operations", "reports"}, args[0]) {
			return errUsage
		}
		do(s.World, events.Consumer(args[0]))
		return nil
	}
}

func replay(ctx context.Context, s *story, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	n, err := s.Ports.Queue.Replay(ctx, args[0])
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("there was nothing to replay")
	}
	return s.Settle(ctx)
}
