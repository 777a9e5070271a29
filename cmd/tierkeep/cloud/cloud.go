// Package cloud reaches a deployed stage from an operator's own machine, with the operator's own credentials, for what nobody
// can do who has not signed in yet.
package cloud

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/infra/deploy"
	"github.com/tierkeep/tierkeep/shared/clock"
	secretaws "github.com/tierkeep/tierkeep/shared/port/secret/aws"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

// The outputs of the stack that say where things are.
const (
	tableOutput   = "TableName"
	secretsOutput = "SecretPrefix"
	portalOutput  = "PortalUrl"
)

// Stage is a deployed stage.
type Stage struct{ assembly *assemble.Assembly }

// Open finds a stage by the outputs of its stack in the account and region of the configuration.
func Open(ctx context.Context, cfg aws.Config, stack string, log *slog.Logger) (*Stage, error) {
	outputs, err := deploy.Outputs(ctx, cfg, stack)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{tableOutput, secretsOutput, portalOutput} {
		if outputs[name] == "" {
			return nil, fmt.Errorf("the stack %s has no output %s: is it deployed whole?", stack, name)
		}
	}
	portal := onaws.Portal{PortalAddress: outputs[portalOutput]}
	a, err := assemble.New(assemble.Ports{
		Store: storeaws.New(cfg, outputs[tableOutput], clock.System{}), Secrets: secretaws.New(cfg, outputs[secretsOutput]), Clock: clock.System{},
	}, portal.Settings(), log)
	if err != nil {
		return nil, err
	}
	return &Stage{a}, nil
}

// SignIn returns a one-time link for somebody of the supplier; without an e-mail address it is the first owner's. On a stage
// that nobody has signed in to it plants the supplier first.
func (s *Stage) SignIn(ctx context.Context, first assemble.First, email string) (link string, err error) {
	root, link, err := s.assembly.Root(ctx, first)
	if err != nil || email == "" {
		return link, err
	}
	return s.assembly.Identity().SignInLink(ctx, root.ID, email)
}
