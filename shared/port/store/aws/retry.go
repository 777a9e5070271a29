package aws

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

const (
	// longest is how long one request is sent again. DynamoDB knows a transaction by its token for ten minutes.
	longest = 5 * time.Minute
	// attemptWithin is how long one attempt may take before it counts as lost.
	attemptWithin = 10 * time.Second
	// maxDoubts bounds attempts without an answer: an endpoint that cannot be reached is not waited for for long.
	maxDoubts = 8

	firstPause, longestPause = 10 * time.Millisecond, time.Second
)

// send makes a call and sends it again, the same to the byte, until there is an answer or the context ends: after refusals
// for a reason that passes, such as throttling and clashes, without end; after lost replies a few times.
func send[I, O any](
	ctx context.Context, p *patience, call func(context.Context, *I, ...func(*dynamodb.Options)) (*O, error), in *I,
) (*O, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	out, err := call(ctx, in, func(o *dynamodb.Options) { o.Retryer = p })
	if ended := ctx.Err(); ended != nil && errors.Is(err, ended) && p.last != nil {
		return nil, fmt.Errorf("%w: %w", ended, p.last)
	}
	return out, err
}

// patience is the SDK's retryer for one call.
type patience struct {
	doubts int   // attempts that may have been carried out although nothing said so
	last   error // of the attempts before
}

var _ aws.RetryerV2 = (*patience)(nil)

// IsErrorRetryable is asked once after each attempt that failed.
func (p *patience) IsErrorRetryable(err error) bool {
	p.last = err
	if passes(err) {
		return true
	}
	if !leavesDoubt(err) {
		return false
	}
	p.doubts++
	return p.doubts < maxDoubts
}

// MaxAttempts is without bound.
func (*patience) MaxAttempts() int { return 0 }

// RetryDelay grows from attempt to attempt and differs between those who clashed.
func (*patience) RetryDelay(attempt int, _ error) (time.Duration, error) {
	most := min(firstPause<<min(attempt, 10), longestPause)
	return most/2 + rand.N(most), nil //nolint:gosec // nobody gains by guessing it
}

// GetRetryToken is part of the SDK's interface; nobody counts retries over all calls.
func (*patience) GetRetryToken(context.Context, error) (func(error) error, error) {
	return uncounted, nil
}

// GetAttemptToken is part of the SDK's interface.
func (*patience) GetAttemptToken(context.Context) (func(error) error, error) { return uncounted, nil }

// GetInitialToken is part of the SDK's interface.
func (*patience) GetInitialToken() func(error) error { return uncounted }

func uncounted(error) error { return nil }

// passes tells whether the request was certainly not carried out, for a reason that passes.
func passes(err error) bool {
	if cancelled := new(types.TransactionCanceledException); errors.As(err, &cancelled) {
		// What the first action met that met anything. Behind it may stand failed conditions, and its own may fail too, which
		// would have to be named first.
		_, reason := firstReason(cancelled)
		return reason == "TransactionConflict" || reason == "ThrottlingError" || reason == "ProvisionedThroughputExceeded"
	}
	var e smithy.APIError
	if !errors.As(err, &e) {
		return false
	}
	_, throttled := retry.DefaultThrottleErrorCodes[e.ErrorCode()]
	return throttled || e.ErrorCode() == "TransactionConflictException"
}

// leavesDoubt tells whether the request may have been carried out although no answer says so.
func leavesDoubt(err error) bool {
	var cut *smithy.DeserializationError
	return errors.Is(err, errNoReply) || errors.As(err, &cut) || standard.IsErrorRetryable(err)
}

var (
	errNoReply = errors.New("no reply came in time")
	standard   = retry.NewStandard()
)

// limitAttempts ends attempts whose reply does not come.
func limitAttempts(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("store.limitAttempts", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		attempt, done := context.WithTimeout(ctx, attemptWithin)
		defer done()
		out, metadata, err := next.HandleFinalize(attempt, in)
		if err != nil && attempt.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("%w: %w", errNoReply, err)
		}
		return out, metadata, err
	}), "Retry", middleware.After)
}
