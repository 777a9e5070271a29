package aws

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	management "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"

	"github.com/tierkeep/tierkeep/shared/port/wake"
)

const (
	// hint is the whole of what an agent is told.
	hint = `{"do":"claim"}`
	// hintTimeout is how long a hint may take.
	hintTimeout = 2 * time.Second
	// settling is how long a new connection may seem to be gone, because API Gateway does not know it before its $connect
	// has ended.
	settling = 30 * time.Second
)

// Waker hints over the connections.
type Waker struct {
	connections Connections
	api         *management.Client
	log         *slog.Logger
}

var _ wake.Waker = (*Waker)(nil)

// New hints by the management endpoint of the WebSocket API's stage, such as
// https://abc.execute-api.eu-west-1.amazonaws.com/v1.
func New(cfg aws.Config, endpoint string, c Connections, log *slog.Logger) *Waker {
	api := management.NewFromConfig(cfg, func(o *management.Options) { o.BaseEndpoint = &endpoint })
	return &Waker{c, api, log}
}

// Hint implements wake.Waker. What API Gateway does not take within two seconds is not delivered: the agent polls.
func (w *Waker) Hint(ctx context.Context, agent string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	c, found, err := w.connections.Of(ctx, agent)
	if err != nil || !found {
		return false, err
	}
	_, err = w.api.PostToConnection(ctx, &management.PostToConnectionInput{ConnectionId: &c.ID, Data: []byte(hint)})
	var gone *types.GoneException
	switch {
	case err == nil:
		return true, nil
	case !errors.As(err, &gone):
		w.log.WarnContext(ctx, "a hint was not taken", "agent", agent, "error", err)
		return false, nil
	case w.connections.Clock.Now().Sub(c.Began) < settling:
		return false, nil
	}
	return false, w.connections.forget(ctx, agent, c)
}

// end ends a connection that a newer one has taken the place of. One that is gone already is no error.
func (w *Waker) end(ctx context.Context, c Connection) error {
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	_, err := w.api.DeleteConnection(ctx, &management.DeleteConnectionInput{ConnectionId: &c.ID})
	var gone *types.GoneException
	if errors.As(err, &gone) {
		return nil
	}
	return err
}
