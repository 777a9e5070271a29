// Command bench measures the platform side by side with what it is compared with, in one run, and keeps the figures:
//
//	go run ./scripts/bench          measures, prints, and writes build/bench.json and the table of docs/benchmarks.md
//	go run ./scripts/bench -quick   fewer rounds, and writes nothing
//	go run ./scripts/bench accounts-http operations-queue   these functions alone, and writes nothing
//
// Rows that have a goal fail the command when they miss it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/tierkeep/tierkeep/infra/functions"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the deferred stop was called
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "fewer rounds, and write nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	rounds := 21
	if *quick {
		rounds = 7
	}
	list := functions.All
	if named := flags.Args(); len(named) > 0 {
		*quick = true
		list = slices.DeleteFunc(slices.Clone(list), func(f functions.Function) bool { return !slices.Contains(named, f.Name()) })
	}
	rows, err := lambdas(ctx, ".", list, rounds)
	if err != nil {
		return err
	}
	if err := print(out, rows); err != nil {
		return err
	}
	if *quick {
		return missed(rows)
	}
	if err := keep(filepath.Join("build", "bench.json"), filepath.Join("docs", "benchmarks.md"), rows); err != nil {
		return err
	}
	return missed(rows)
}
