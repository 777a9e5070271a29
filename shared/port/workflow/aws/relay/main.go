// The relay is a Lambda function that the suite deploys to an emulator: it hands every event to the test's process, so that
// the same Go functions stand behind the tasks of both engines.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/port/workflow/aws"
)

func main() {
	address := os.Getenv("RELAY") //nolint:forbidigo // all of the configuration of a program that only tests build
	lambda.Start(aws.Handler(slog.New(slog.NewJSONHandler(os.Stderr, nil)), func(ctx context.Context, input json.RawMessage) (_ json.RawMessage, err error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(input)) //nolint:gosec // the test says where
		if err != nil {
			return nil, fmt.Errorf("relay a call: %w", err)
		}
		reply, err := http.DefaultClient.Do(request) //nolint:gosec // the test says where
		if err != nil {
			return nil, fmt.Errorf("relay a call: %w", err)
		}
		defer func() { err = errors.Join(err, reply.Body.Close()) }()
		body, err := io.ReadAll(reply.Body)
		if err != nil {
			return nil, fmt.Errorf("relay a call: %w", err)
		}
		var outcome struct {
			Result           json.RawMessage
			Code, Cause, Ill string
			Panic            bool
		}
		if err := json.Unmarshal(body, &outcome); err != nil {
			return nil, fmt.Errorf("relay a call: %w", err)
		}
		switch {
		case outcome.Panic:
			panic("the task panicked")
		case outcome.Code != "":
			return nil, &workflow.Error{Code: outcome.Code, Cause: outcome.Cause}
		case outcome.Ill != "":
			return nil, errors.New(outcome.Ill)
		}
		return outcome.Result, nil
	}))
}
