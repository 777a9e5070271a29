package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/tierkeep/tierkeep/events"
)

func (i *installation) queues(ctx context.Context, out io.Writer) error {
	for _, name := range consumers() {
		n, oldest, err := i.queue.Dead(ctx, name)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%-14s %d dead letters\n", name, n); err != nil {
			return err
		}
		for _, m := range oldest {
			if _, err := fmt.Fprintf(out, "    %s of %s\n", m.ID, m.Group); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i *installation) replay(ctx context.Context, name string, out io.Writer) error {
	if !slices.Contains(consumers(), name) {
		return fmt.Errorf("no queue is called %q; there are %v", name, consumers())
	}
	n, err := i.queue.Replay(ctx, name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d messages sent again\n", n)
	return err
}

// consumers is the queues of the bus.
func consumers() []string {
	var all []string
	for _, of := range events.Routes {
		for _, c := range of {
			all = append(all, string(c))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
