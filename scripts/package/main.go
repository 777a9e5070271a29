// Command package builds the zip files of the Lambda functions and tells their sizes:
//
//	go run ./scripts/package                           all, for AWS, into build/lambda/arm64
//	go run ./scripts/package -arch amd64 servers-wake  one, for an emulator on this machine, into build/lambda/amd64
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/scripts/package/lambdazip"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("package", flag.ContinueOnError)
	arch := flags.String("arch", lambdazip.ARM64, "the architecture: arm64 or amd64")
	folder := flags.String("o", "", "where to; build/lambda/<arch> when empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *arch != lambdazip.ARM64 && *arch != lambdazip.AMD64 {
		return fmt.Errorf("no such architecture: %s", *arch)
	}
	if *folder == "" {
		*folder = filepath.Join("build", "lambda", *arch)
	}
	list, err := chosen(flags.Args())
	if err != nil {
		return err
	}
	built, err := lambdazip.Build(ctx, ".", *arch, *folder, list)
	if err != nil {
		return err
	}
	return tell(out, built)
}

func chosen(names []string) ([]functions.Function, error) {
	if len(names) == 0 {
		return functions.All, nil
	}
	var list []functions.Function
	for _, name := range names {
		i := slices.IndexFunc(functions.All, func(f functions.Function) bool { return f.Name() == name })
		if i < 0 {
			return nil, fmt.Errorf("no such function: %s", name)
		}
		list = append(list, functions.All[i])
	}
	return list, nil
}

func tell(out io.Writer, built []lambdazip.Built) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	var binary, zip int64
	line := func(name string, binary, zip int64) {
		_, _ = fmt.Fprintf(table, "%s\t%.2f MB\tzip %.2f MB\t\n", name, megabytes(binary), megabytes(zip)) // Flush tells
	}
	for _, b := range built {
		line(b.Name, b.Binary, b.Zip)
		binary, zip = binary+b.Binary, zip+b.Zip
	}
	line(fmt.Sprintf("%d functions", len(built)), binary, zip)
	return table.Flush()
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }
