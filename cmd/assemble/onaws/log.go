package onaws

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/tierkeep/tierkeep/shared/change"
)

// logger writes JSON, which CloudWatch finds fields in. Lambda stamps each line with its time.
func logger(out io.Writer, level slog.Level, stage string) *slog.Logger {
	log := slog.New(lines{slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level})})
	if stage == "" {
		return log
	}
	return log.With("stage", stage, "function", lambdacontext.FunctionName)
}

// lines adds to each line the call that it belongs to, whoever logs with the call's context, and the request from which
// everything began: an event carries its request's id on to consumers.
type lines struct{ slog.Handler }

func (l lines) Handle(ctx context.Context, r slog.Record) error {
	if request := change.RequestFrom(ctx).ID; request != "" && !has(r, requestID) {
		r.AddAttrs(slog.String(requestID, request))
	}
	if c, ok := ctx.Value(callKey{}).(call); ok {
		r.AddAttrs(slog.String("aws_request_id", c.id))
		if c.cold {
			r.AddAttrs(slog.Bool("cold_start", true))
		}
		if c.trace != "" {
			r.AddAttrs(slog.String("trace_id", c.trace))
		}
	}
	return l.Handler.Handle(ctx, r)
}

const requestID = "request_id"

func has(r slog.Record, key string) (found bool) {
	r.Attrs(func(a slog.Attr) bool {
		found = found || a.Key == key
		return !found
	})
	return found
}

func (l lines) WithAttrs(attrs []slog.Attr) slog.Handler { return lines{l.Handler.WithAttrs(attrs)} }
func (l lines) WithGroup(name string) slog.Handler       { return lines{l.Handler.WithGroup(name)} }

// call is one invocation.
type call struct {
	id    string // as Lambda knows it
	cold  bool   // the first of this process, which has waited for the start
	trace string // "" where nobody traces
}

type callKey struct{}

// invoked tells a process's first call from the others.
type invoked struct{ before atomic.Bool }

func (i *invoked) begin(ctx context.Context, tracing bool) context.Context {
	c := call{cold: !i.before.Swap(true)}
	if l, ok := lambdacontext.FromContext(ctx); ok {
		c.id = l.AwsRequestID
	}
	if tracing {
		c.trace = headerOf(ctx).root
	}
	return context.WithValue(ctx, callKey{}, c)
}

// panicked makes an error of a panic, with where it happened.
func panicked(failure any) error {
	return fmt.Errorf("panic: %v\n%s", failure, strings.TrimSpace(string(debug.Stack())))
}
