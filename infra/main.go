// Command infra describes everything that Tierkeep is on AWS, as one CloudFormation stack for each stage. It writes the
// template and the list of what has to be uploaded into a folder; `make deploy` and scripts/deploy carry them out.
//
//	go run ./infra -stage dev
//
// Each kind of resource has one file: table.go, queues.go, functions.go, grants.go (what each function may do), workflows.go,
// schedule.go, api.go (HTTP), wake.go (WebSocket), site.go, mail.go, secrets.go, alarms.go, dashboard.go, budget.go,
// backups.go, outputs.go. What differs between stages stands in stages.go, and what everything is called in names.go.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/tierkeep/tierkeep/infra/functions"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("infra", flag.ContinueOnError)
	name := flags.String("stage", "dev", "which stage of stages.go")
	out := flags.String("out", "cdk.out", "the folder to write to")
	zips := flags.String("functions", "build/lambda/arm64", "the folder with the functions' zips, as `make lambdas` leaves them")
	empty := flags.Bool("without-code", false, "put empty zips in the place of the functions, to look at the template only")
	disposable := flags.Bool("disposable", false, "write nothing; fail if the stage keeps its data")
	if err := flags.Parse(args); err != nil {
		return err
	}
	stage, ok := stages[*name]
	if !ok {
		return fmt.Errorf("no stage is called %q", *name)
	}
	if *disposable {
		if stage.Keep {
			return fmt.Errorf("%s keeps its data (stages.go): it is not removed from here; docs/deploy.md tells how it is", *name)
		}
		return nil
	}
	if *empty {
		folder, err := os.MkdirTemp("", "tierkeep-stubs-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(folder) }()
		if err := stubs(folder); err != nil {
			return fmt.Errorf("put empty zips in the place of the functions: %w", err)
		}
		*zips = folder
	}
	if _, err := os.Stat(*zips); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no %s: run make lambdas", *zips)
	}
	defer jsii.Close()
	app := newApp(*out)
	newStack(app, stage, *zips)
	app.Synth(nil)
	return nil
}

// newApp is made the same way with and without the CDK's command line: without it, the context of cdk.json is not read, and
// without a folder the output would go to a temporary one.
func newApp(out string) awscdk.App {
	return awscdk.NewApp(&awscdk.AppProps{
		Outdir:             jsii.String(out),
		AnalyticsReporting: jsii.Bool(false),
		Context: &map[string]any{
			"@aws-cdk/aws-iam:minimizePolicies":                          true,
			"@aws-cdk/core:target-partitions":                            []string{"aws"},
			"@aws-cdk/aws-lambda:recognizeLayerVersion":                  true,
			"@aws-cdk/aws-s3:publicAccessBlockedByDefault":               true,
			"@aws-cdk/core:enablePartitionLiterals":                      true,
			"@aws-cdk/aws-lambda:createNewPoliciesWithAddToRolePolicy":   false,
			"@aws-cdk/aws-lambda:useCdkManagedLogGroup":                  false,
			"@aws-cdk/aws-cloudfront:defaultFunctionRuntimeV2_0":         true,
			"@aws-cdk/aws-stepfunctions-tasks:fixRunEcsTaskPolicy":       true,
			"@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2": true,
		},
	})
}

// stubs makes the smallest zips there are in the place of the functions.
func stubs(folder string) error {
	for _, f := range functions.All {
		if err := os.WriteFile(filepath.Join(folder, f.Zip()), []byte("PK\x05\x06"+string(make([]byte, 18))), 0o600); err != nil {
			return err
		}
	}
	return nil
}
