// Package onaws lets worlds of tests stand on the adapters of AWS: rows in DynamoDB, messages in SQS, secrets in Secrets
// Manager. What follows the world's own clock, as no service does, stays embedded: timers, workflows and the outbox of mail.
package onaws

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest/resources"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	schedulesqlite "github.com/tierkeep/tierkeep/shared/port/schedule/sqlite"
	secretaws "github.com/tierkeep/tierkeep/shared/port/secret/aws"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

const (
	table  = "tierkeep-test"
	prefix = "tierkeep-test-"
)

// Ground makes a ground in an account of an endpoint that nobody else uses.
func Ground(ctx context.Context, cfg aws.Config, folder string, c *clock.Fake) (*platformtest.Ground, error) {
	url, err := Make(ctx, cfg, table, prefix)
	if err != nil {
		return nil, err
	}
	embedded, err := platform.OpenEmbedded(filepath.Join(folder, "data"), c, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	g, err := ground(cfg, url, folder, c, embedded)
	if err != nil {
		return nil, errors.Join(err, embedded.Close())
	}
	return g, nil
}

func ground(cfg aws.Config, url, folder string, c *clock.Fake, embedded *platform.Embedded) (*platformtest.Ground, error) {
	file, err := sqlitefile.Open(filepath.Join(folder, "timers.db"))
	if err != nil {
		return nil, err
	}
	queues := queueaws.New(cfg, url)
	timers, err := schedulesqlite.Open(file, c, queues, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	rows := &Feed{Store: storeaws.New(cfg, table, c)}
	ports := embedded.Ports
	ports.Store, ports.Secrets, ports.Schedule = rows, secretaws.New(cfg, "tierkeep/test/"), timers
	return &platformtest.Ground{
		Ports: ports, Feed: rows, Queue: queues, Positions: rows, Fire: timers.Fire,
		Define: embedded.Define, Machines: embedded.Machines.Settle,
		Close: func() error { return errors.Join(file.Close(), embedded.Close()) },
	}, nil
}

// Make makes the table, and the queues of all consumers, whose address it returns with {queue} in the place of the name.
func Make(ctx context.Context, cfg aws.Config, table, prefix string) (url string, err error) {
	if err := resources.Table(ctx, cfg, table); err != nil {
		return "", err
	}
	for _, c := range consumers() {
		if url, err = resources.Queue(ctx, cfg, prefix, string(c)); err != nil {
			return "", err
		}
	}
	return url, nil
}

func consumers() []events.Consumer {
	all := map[events.Consumer]bool{}
	for _, to := range events.Routes {
		for _, c := range to {
			all[c] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
