package awsfault

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// With returns a configuration whose clients meet the faults of the plan. Every attempt of a client's retryer counts.
func With(cfg aws.Config, plan *Plan) aws.Config {
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), func(stack *middleware.Stack) error {
		// Last of its step: right at the wire, behind signing and retrying.
		attempt := middleware.DeserializeMiddlewareFunc("awsfault.attempt", plan.attempt)
		if err := stack.Deserialize.Add(attempt, middleware.After); err != nil {
			return fmt.Errorf("awsfault: %w", err)
		}
		if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("awsfault.batch", plan.batch), middleware.After); err != nil {
			return fmt.Errorf("awsfault: %w", err)
		}
		return nil
	})
	return cfg
}

func (p *Plan) attempt(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	operation, service := middleware.GetOperationName(ctx), middleware.GetServiceID(ctx)
	refuse := func(r refusal) (middleware.DeserializeOutput, middleware.Metadata, error) {
		return middleware.DeserializeOutput{RawResponse: r.reply(service)}, middleware.Metadata{}, nil
	}
	switch f := p.draw(operation, false); f {
	case Throttled:
		return refuse(throttled(service))
	case Unavailable:
		return refuse(unavailable)
	case Conflict, Starved:
		r, err := cancelled(f, operation, in.Request)
		if err != nil {
			return middleware.DeserializeOutput{}, middleware.Metadata{}, err
		}
		return refuse(r)
	case Closed:
		return closed(io.EOF)
	case LostReply:
		out, _, err := next.HandleDeserialize(ctx, in)
		if err != nil {
			return closed(err)
		}
		drop(out.RawResponse)
		return closed(&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET})
	case CutReply:
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if err == nil {
			err = cut(out.RawResponse)
		}
		return out, metadata, err
	default:
		return next.HandleDeserialize(ctx, in)
	}
}

// closed is what a client sees of a connection that ended without a reply.
func closed(err error) (middleware.DeserializeOutput, middleware.Metadata, error) {
	nothing := &smithyhttp.Response{Response: &http.Response{Header: http.Header{}, Body: http.NoBody}}
	return middleware.DeserializeOutput{RawResponse: nothing}, middleware.Metadata{}, &smithyhttp.RequestSendError{Err: err}
}

// drop reads a reply to its end, so that the request is surely carried out when the client hears that it failed.
func drop(raw any) {
	if r, ok := raw.(*smithyhttp.Response); ok {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
}
