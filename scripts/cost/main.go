// Command cost prints what 1,000 accounts cost a month on AWS, from what the journeys of their life ask it for:
//
//	go run ./scripts/emulator -- go run ./scripts/cost
//
// The journeys are walked over the AWS adapters on an emulator, through a middleware that counts units as AWS bills them.
// How often each happens stands in journeys.go, list prices with their days in prices.json.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	p, err := readPrices()
	if err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	counted, err := measure(ctx, cfg, p)
	if err != nil {
		return err
	}
	b, err := draw(p, counted)
	if err != nil {
		return err
	}
	return b.print(os.Stdout, p)
}
