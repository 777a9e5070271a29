// Package awscount counts what an SDK client asks AWS for, in the units in which AWS sends its bill. It stands between the
// adapters of the ports and any endpoint, so that a journey's price can be told without an account.
package awscount

import (
	"context"
	"maps"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Unit is something that AWS has a price for.
type Unit string

// The units that calls consume.
const (
	Reads       Unit = "dynamodb.read"       // half of one for an eventually consistent read; 4 KB each
	Writes      Unit = "dynamodb.write"      // two for each item of a transaction; 1 KB each
	Messages    Unit = "sqs.request"         // 64 KB each, sent, received, deleted or hidden
	Executions  Unit = "states.start"        // their transitions are counted where they run
	Answers     Unit = "states.answer"       // of tasks that wait
	Timers      Unit = "scheduler.timer"     // each fires once
	Hints       Unit = "websocket.message"   // 32 KB each
	SecretCalls Unit = "secretsmanager.call" // reads and first writes
	Mails       Unit = "ses.mail"
	Objects     Unit = "s3.request"
)

// Counter counts. Its zero value is ready; it is safe for use from many sides.
type Counter struct {
	mu    sync.Mutex
	units map[Unit]float64
	calls map[string]int
}

// Counts is what was counted.
type Counts struct {
	Units map[Unit]float64
	Calls map[string]int // by service and operation, as "DynamoDB.GetItem"
}

// Take returns what was counted since the last Take, and begins anew.
func (c *Counter) Take() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := Counts{c.units, c.calls}
	if taken.Units == nil {
		taken = Counts{map[Unit]float64{}, map[string]int{}}
	}
	c.units, c.calls = nil, nil
	return taken
}

func (c *Counter) add(call string, used map[Unit]float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.units == nil {
		c.units, c.calls = map[Unit]float64{}, map[string]int{}
	}
	c.calls[call]++
	for unit, n := range used {
		c.units[unit] += n
	}
}

// With returns a configuration whose clients are counted. A call that the SDK sends again counts once: what AWS refused for
// its load it does not bill.
func With(cfg aws.Config, c *Counter) aws.Config {
	cfg = cfg.Copy()
	cfg.APIOptions = append(cfg.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("tierkeep.count", c.count), middleware.After)
	})
	return cfg
}

func (c *Counter) count(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleInitialize(ctx, in)
	call := awsmiddleware.GetServiceID(ctx) + "." + awsmiddleware.GetOperationName(ctx)
	c.add(call, unitsOf(in.Parameters, out.Result))
	return out, metadata, err
}

// Plus adds counts up.
func (c Counts) Plus(other Counts) Counts {
	sum := Counts{maps.Clone(c.Units), maps.Clone(c.Calls)}
	for unit, n := range other.Units {
		sum.Units[unit] += n
	}
	for call, n := range other.Calls {
		sum.Calls[call] += n
	}
	return sum
}
