package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
)

func queues(ctx context.Context, c platform.Config, log *slog.Logger) (err error) {
	o, err := platform.Open(c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	for consumer := range o.Consumers() {
		dead, _, err := o.Queues().Dead(ctx, string(consumer))
		if err != nil {
			return err
		}
		fmt.Printf("%-12s %d dead letters\n", consumer, dead)
	}
	return nil
}

func replay(ctx context.Context, c platform.Config, log *slog.Logger, args []string) (err error) {
	if len(args) != 1 {
		return errors.New("replay needs the name of a queue")
	}
	o, err := platform.Open(c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	n, err := o.Queues().Replay(ctx, args[0])
	if err != nil {
		return err
	}
	fmt.Printf("%d messages sent again\n", n)
	return nil
}
