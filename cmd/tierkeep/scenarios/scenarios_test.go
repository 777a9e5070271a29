package scenarios

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
)

func TestScenarios(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: begin, Cmds: words, RequireUniqueNames: true})
}

// story is the world of one script, with everything that it named.
type story struct {
	*platformtest.World
	people  map[string]*platformtest.Person
	agents  map[string]*platformtest.Agent // by server
	ids     map[string]string              // tenants, servers, accounts and operations by name; an account's password as NAME-password
	tenants map[string]string              // the seller's identifier by account; the owner's by server; the seller's name by customer
	devices map[string]string              // by account
	logins  map[string]string              // by account
	last    platformtest.Reply             // of this word, if it called
	kept    platformtest.Reply             // of the latest word that called
}

type storyKey struct{}

func begin(env *testscript.Env) error { return beginOn(env, platformtest.Open) }

func beginOn(env *testscript.Env, open func(ctx context.Context, folder string) (*platformtest.World, error)) error {
	w, err := open(context.Background(), filepath.Join(env.WorkDir, "world"))
	if err != nil {
		return err
	}
	env.Defer(func() {
		if err := w.Close(); err != nil {
			env.T().Fatal(err)
		}
	})
	env.Values[storyKey{}] = &story{
		World: w, people: map[string]*platformtest.Person{"supplier": w.Owner, "nobody": w.Stranger()}, agents: map[string]*platformtest.Agent{},
		ids: map[string]string{"supplier": string(w.Root.ID)}, tenants: map[string]string{}, logins: map[string]string{}, devices: map[string]string{},
	}
	return nil
}

// word is one word of the scripts. It is given the story and its arguments, in which {name} stands for an identifier.
type word func(ctx context.Context, s *story, args []string) error

// run makes a command of testscript from a word. With ! before it, the command must fail.
func run(w word, usage string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s := ts.Value(storyKey{}).(*story)
		s.last = platformtest.Reply{}
		for i, a := range args {
			args[i] = s.named(a)
		}
		err := w(context.Background(), s, args)
		if s.last.Status != 0 {
			s.kept = s.last
			_, printErr := fmt.Fprintf(ts.Stdout(), "%s\n", s.last.Body)
			ts.Check(printErr)
		}
		switch {
		case err == nil && neg:
			ts.Fatalf("it went well, and should not have")
		case err != nil && !neg:
			ts.Fatalf("%v\nusage: %s", err, usage)
		}
	}
}

var braces = regexp.MustCompile(`\{[a-z0-9-]+\}`)

// named replaces {name} by the identifier of what has that name.
func (s *story) named(text string) string {
	return braces.ReplaceAllStringFunc(text, func(found string) string {
		if known := s.ids[strings.Trim(found, "{}")]; known != "" {
			return known
		}
		return found
	})
}
