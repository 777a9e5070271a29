package aws

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

const (
	// longest is how long one request is sent again. DynamoDB knows a transaction by its token for ten minutes.
	longest = 5 * time.Minute
	// within is how long one attempt may take before it counts as lost.
	within = 10 * time.Second
	// maxDoubts bounds attempts without an answer: an endpoint that cannot be reached is not waited for for long.
	maxDoubts = 8

	firstPause, longestPause = 10 * time.Millisecond, time.Second
)

// patiently tries until there is an answer or the context ends: refusals for a reason that passes, such as throttling and
// clashes, are tried again without end, lost replies a few times. The attempt is told whether an earlier one may have been
// carried out.
func patiently(ctx context.Context, try func(ctx context.Context, doubt bool) error) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	doubts := 0
	for n := 0; ; n++ {
		attempt, done := context.WithTimeout(ctx, within)
		err := try(attempt, doubts > 0)
		lost := attempt.Err() != nil
		done()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case passes(err):
		case lost || leavesDoubt(err):
			if doubts++; doubts == maxDoubts {
				return err
			}
		default:
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(pause(n)):
		}
	}
}

// pause grows from attempt to attempt and differs between those who clashed.
func pause(n int) time.Duration {
	most := min(firstPause<<min(n, 10), longestPause)
	return most/2 + rand.N(most) //nolint:gosec // nobody gains by guessing it
}

// passes tells whether the request was certainly not carried out, for a reason that passes.
func passes(err error) bool {
	if cancelled := new(types.TransactionCanceledException); errors.As(err, &cancelled) {
		return passesWith(cancelled.CancellationReasons)
	}
	var e smithy.APIError
	if !errors.As(err, &e) {
		return false
	}
	_, throttled := retry.DefaultThrottleErrorCodes[e.ErrorCode()]
	return throttled || e.ErrorCode() == (*types.TransactionConflictException)(nil).ErrorCode()
}

// passesWith tells whether a transaction met nothing but clashes and throttling. Where it met failed conditions too, the
// attempt has taken them out.
func passesWith(reasons []types.CancellationReason) bool {
	some := false
	for _, r := range reasons {
		switch aws.ToString(r.Code) {
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			some = true
		case "", reasonNone, reasonCondition:
		default:
			return false
		}
	}
	return some
}

// leavesDoubt tells whether the request may have been carried out although no answer says so.
func leavesDoubt(err error) bool {
	var cut *smithy.DeserializationError
	return errors.As(err, &cut) || standard.IsErrorRetryable(err)
}

var standard = retry.NewStandard()
