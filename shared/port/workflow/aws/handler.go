package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

// taskFailed is the code of an error that has none, in both worlds.
const taskFailed = "Task.Failed"

// Handler is what a Lambda function behind tasks starts with: an error's code becomes the error that Step Functions sees,
// where the runtime would tell the name of its Go type, and a panic is one more error, so that the process lives on.
func Handler(log *slog.Logger, task workflow.Task) func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
	return func(ctx context.Context, input json.RawMessage) (result json.RawMessage, err error) {
		defer func() {
			if p := recover(); p != nil {
				log.ErrorContext(ctx, "a task panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				result, err = nil, messages.InvokeResponse_Error{Type: taskFailed, Message: "the task panicked"}
			}
		}()
		result, err = task(ctx, input)
		if err == nil {
			return result, nil
		}
		e := messages.InvokeResponse_Error{Type: taskFailed, Message: err.Error()}
		if coded := (*workflow.Error)(nil); errors.As(err, &coded) {
			e.Type, e.Message = coded.Code, coded.Cause
		}
		return nil, e
	}
}
