package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
	workflowaws "github.com/tierkeep/tierkeep/shared/port/workflow/aws"
)

func TestAHandlerTellsErrorsAsDefinitionsMatchThem(t *testing.T) {
	tests := []struct {
		name string
		task workflow.Task
		want string // the reply, or the error as the runtime writes it
	}{
		{"a result", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return json.RawMessage(`{"a":1}`), nil
		}, `{"a":1}`},
		{"the input is handed on", func(_ context.Context, input json.RawMessage) (json.RawMessage, error) { return input, nil }, `{"in":"put"}`},
		{"no result", func(context.Context, json.RawMessage) (json.RawMessage, error) { return nil, nil }, `null`},
		{"an error with a code", func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return nil, fmt.Errorf("wrapped: %w", &workflow.Error{Code: "Full", Cause: "no room"})
		}, `{"errorMessage":"no room","errorType":"Full"}`},
		{"an error without a code", func(context.Context, json.RawMessage) (json.RawMessage, error) { return nil, errors.New("broken") }, `{"errorMessage":"broken","errorType":"Task.Failed"}`},
		{"a panic", func(context.Context, json.RawMessage) (json.RawMessage, error) { panic("secret") }, `{"errorMessage":"the task panicked","errorType":"Task.Failed"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := lambda.NewHandler(workflowaws.Handler(slog.New(slog.DiscardHandler), tt.task)).Invoke(t.Context(), []byte(`{"in":"put"}`))
			if err != nil {
				if got, err = json.Marshal(err); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
