package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/cloud"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
)

func signInOnAWS(ctx context.Context, c platform.Config, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("aws-sign-in", flag.ContinueOnError)
	stage := flags.String("stage", "", "which stage, such as dev")
	email := flags.String("email", "", "whose link; the first owner's when empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *stage == "" {
		return errors.New("aws-sign-in needs --stage")
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("find your AWS credentials: %w", err)
	}
	deployed, err := cloud.Open(ctx, cfg, "tierkeep-"+*stage, log)
	if err != nil {
		return err
	}
	link, err := deployed.SignIn(ctx, assemble.First{Company: c.Company, Owner: c.Owner, TimeZone: c.TimeZone}, *email)
	if err != nil {
		return err
	}
	fmt.Println(link)
	return nil
}
