// Command tierkeep-aws is what an operator does by hand to a stage on AWS, with his own credentials.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/tierkeep/tierkeep/infra/deploy"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
)

const usage = `tierkeep-aws does by hand what a stage on AWS cannot do by itself.

  tierkeep-aws -stage dev queues                          show how many dead letters each queue has, and the oldest
  tierkeep-aws -stage dev replay QUEUE                    send a queue's dead letters again
  tierkeep-aws -stage dev republish -from TIME -to TIME   send the events of all changes between two times again

Times are written like 2026-11-24T13:00:00Z. Credentials and region are those of the AWS environment.
`

// errUsage is told together with what can be done.
var errUsage = errors.New("no such command")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if errors.Is(err, errUsage) {
		fmt.Fprint(os.Stderr, usage)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tierkeep-aws:", err)
		os.Exit(1)
	}
}

// installation is a stage that stands.
type installation struct {
	aws   aws.Config
	table string
	queue *queueaws.Queue
	log   *slog.Logger
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("tierkeep-aws", flag.ContinueOnError)
	stage := flags.String("stage", "dev", "which installation")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errUsage
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("read the AWS configuration: %w", err)
	}
	i, err := open(ctx, c, "tierkeep-"+*stage)
	if err != nil {
		return err
	}
	switch rest := flags.Args()[1:]; flags.Arg(0) {
	case "queues":
		return i.queues(ctx, out)
	case "replay":
		if len(rest) != 1 {
			return errors.New("replay needs the name of a queue")
		}
		return i.replay(ctx, rest[0], out)
	case "republish":
		return i.republishArgs(ctx, rest, out)
	}
	return errUsage
}

// open finds a stage by the outputs of its stack.
func open(ctx context.Context, c aws.Config, stack string) (*installation, error) {
	outputs, err := deploy.Outputs(ctx, c, stack)
	if err != nil {
		return nil, err
	}
	return &installation{
		aws: c, table: outputs["TableName"], queue: queueaws.New(c, outputs["QueueUrl"]), log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}, nil
}

func (i *installation) republishArgs(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("republish", flag.ContinueOnError)
	from := flags.String("from", "", "the first instant")
	to := flags.String("to", "", "the first instant that is no longer meant")
	if err := flags.Parse(args); err != nil {
		return err
	}
	first, err := time.Parse(time.RFC3339, *from)
	if err != nil {
		return fmt.Errorf("-from: %w", err)
	}
	end, err := time.Parse(time.RFC3339, *to)
	if err != nil {
		return fmt.Errorf("-to: %w", err)
	}
	return i.republish(ctx, first, end, out)
}
