package awsfault

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/middleware"
)

// batch lets entries of a batch fail.
func (p *Plan) batch(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	f := p.draw(middleware.GetOperationName(ctx), true)
	if f == None {
		return next.HandleInitialize(ctx, in)
	}
	switch given := in.Parameters.(type) {
	case *sqs.SendMessageBatchInput:
		sent := *given
		var failed failures
		sent.Entries, failed = split(f, given.Entries, func(e types.SendMessageBatchRequestEntry) *string { return e.Id })
		return carryOut(ctx, next, &sent, len(sent.Entries), func(r *sqs.SendMessageBatchOutput) {
			r.Failed = append(r.Failed, failed.entries()...)
			r.Successful = slices.DeleteFunc(r.Successful, func(e types.SendMessageBatchResultEntry) bool { return failed.has(e.Id) })
		})
	case *sqs.DeleteMessageBatchInput:
		sent := *given
		var failed failures
		sent.Entries, failed = split(f, given.Entries, func(e types.DeleteMessageBatchRequestEntry) *string { return e.Id })
		return carryOut(ctx, next, &sent, len(sent.Entries), func(r *sqs.DeleteMessageBatchOutput) {
			r.Failed = append(r.Failed, failed.entries()...)
			r.Successful = slices.DeleteFunc(r.Successful, func(e types.DeleteMessageBatchResultEntry) bool { return failed.has(e.Id) })
		})
	case *sqs.ChangeMessageVisibilityBatchInput:
		sent := *given
		var failed failures
		sent.Entries, failed = split(f, given.Entries, func(e types.ChangeMessageVisibilityBatchRequestEntry) *string { return e.Id })
		return carryOut(ctx, next, &sent, len(sent.Entries), func(r *sqs.ChangeMessageVisibilityBatchOutput) {
			r.Failed = append(r.Failed, failed.entries()...)
			r.Successful = slices.DeleteFunc(r.Successful, func(e types.ChangeMessageVisibilityBatchResultEntry) bool { return failed.has(e.Id) })
		})
	default:
		return next.HandleInitialize(ctx, in)
	}
}

// failures are the ids of entries that fail.
type failures []string

func (f failures) has(id *string) bool { return slices.Contains(f, aws.ToString(id)) }

func (f failures) entries() []types.BatchResultErrorEntry {
	var entries []types.BatchResultErrorEntry
	for _, id := range f {
		entries = append(entries, types.BatchResultErrorEntry{
			Id: aws.String(id), Code: aws.String("InternalError"), Message: aws.String("injected"),
		})
	}
	return entries
}

// split parts a batch into the entries to send and the ids of those that fail.
func split[E any](f Fault, entries []E, id func(E) *string) (sent []E, failed failures) {
	for n, e := range entries {
		fails := n%2 == 0
		if fails {
			failed = append(failed, aws.ToString(id(e)))
		}
		if !fails || f == PartialReply {
			sent = append(sent, e)
		}
	}
	return sent, failed
}

// carryOut sends what is left of a batch, if anything is: SQS refuses an empty one. Then fail changes the result.
func carryOut[R any](ctx context.Context, next middleware.InitializeHandler, sent any, entries int, fail func(*R)) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	if entries == 0 {
		result := new(R)
		fail(result)
		return middleware.InitializeOutput{Result: result}, middleware.Metadata{}, nil
	}
	out, metadata, err := next.HandleInitialize(ctx, middleware.InitializeInput{Parameters: sent})
	if result, ok := out.Result.(*R); ok && err == nil {
		fail(result)
	}
	return out, metadata, err
}
