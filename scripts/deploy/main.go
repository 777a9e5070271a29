// Command deploy puts a stack that infra has described onto an AWS endpoint of this machine and prints its outputs as JSON;
// with -site it uploads the built portal to a stack that stands, and with -empty it empties that stack's buckets, which
// CloudFormation does not remove otherwise; both on any endpoint.
//
//	go run ./infra -stage dev && AWS_ENDPOINT_URL=… go run ./scripts/deploy -dir cdk.out -stack tierkeep-dev
//	go run ./scripts/deploy -site -stack tierkeep-dev
//	go run ./scripts/deploy -empty -stack tierkeep-dev
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/tierkeep/tierkeep/frontend"
	"github.com/tierkeep/tierkeep/infra/deploy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("deploy", flag.ContinueOnError)
	folder := flags.String("dir", "cdk.out", "the folder that infra wrote")
	stack := flags.String("stack", "tierkeep-dev", "the stack's name")
	site := flags.Bool("site", false, "upload the portal to the stack, which stands already")
	empty := flags.Bool("empty", false, "remove everything from the stack's buckets")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("read the AWS configuration: %w", err)
	}
	if *site {
		return upload(ctx, c, *stack)
	}
	if *empty {
		return deploy.Empty(ctx, c, *stack)
	}
	outputs, err := deploy.Stack(ctx, c, *folder, *stack)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(outputs, "", "  ")
	if err != nil {
		return err
	}
	fmt.Println(string(text))
	return nil
}

func upload(ctx context.Context, c aws.Config, stack string) error {
	outputs, err := deploy.Outputs(ctx, c, stack)
	if err != nil {
		return err
	}
	build, err := frontend.Build()
	if err != nil {
		return err
	}
	if err := deploy.Site(ctx, c, outputs["SiteBucket"], build); err != nil {
		return err
	}
	fmt.Println("The portal is at", outputs["PortalUrl"])
	return nil
}
