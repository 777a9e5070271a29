package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

// Socket is the side of the WebSocket API that agents meet: the function behind its routes $connect and $disconnect. What
// agents say on a connection only keeps it open, and reaches no function.
type Socket struct {
	Verifier    agentauth.Verifier
	Connections Connections
	Waker       *Waker
	Log         *slog.Logger
}

// Handle takes in one event, and logs who comes, goes or is turned away. A refused agent is answered with a status, because an error would tell it that the platform is
// out of order.
func (s Socket) Handle(ctx context.Context, e events.APIGatewayWebsocketProxyRequest) (events.APIGatewayProxyResponse, error) {
	switch e.RequestContext.RouteKey {
	case "$connect":
		return s.connect(ctx, e)
	case "$disconnect":
		s.Log.InfoContext(ctx, "a connection ended", "connection", e.RequestContext.ConnectionID)
		return answer(http.StatusOK), s.Connections.Leave(ctx, e.RequestContext.ConnectionID)
	}
	return answer(http.StatusNotFound), nil
}

// connect admits an agent by its signed dial (target sign.Wake, no body). The newest connection of an agent is the one that
// counts, and an older one is ended.
func (s Socket) connect(ctx context.Context, e events.APIGatewayWebsocketProxyRequest) (events.APIGatewayProxyResponse, error) {
	agent, err := s.Verifier.Verify(ctx, headers(e), sign.Wake, nil)
	var refused *problem.Error
	if errors.As(err, &refused) {
		s.Log.InfoContext(ctx, "a dial was refused",
			"calls_itself", headers(e).Get(sign.IDHeader), "connection", e.RequestContext.ConnectionID, "error", err)
		reply := answer(refused.Meaning().Status)
		told := http.Header{}
		s.Verifier.SetServerTime(told)
		reply.Headers = map[string]string{sign.ServerTimeHeader: told.Get(sign.ServerTimeHeader)}
		return reply, nil
	}
	if err != nil {
		return answer(http.StatusInternalServerError), fmt.Errorf("verify a dial: %w", err)
	}
	older, found, err := s.Connections.Enter(ctx, agent.Agent, agent.HomeTenant, e.RequestContext.ConnectionID)
	if err != nil {
		return answer(http.StatusInternalServerError), err
	}
	s.Log.InfoContext(ctx, "an agent connected", "agent", agent.Agent, "connection", e.RequestContext.ConnectionID)
	if found {
		// The newer connection stands already. An older one that cannot be ended gets no hints and ends by itself.
		if err := s.Waker.end(ctx, older); err != nil {
			s.Log.WarnContext(ctx, "end an older connection", "agent", agent.Agent, "error", err)
		}
	}
	return answer(http.StatusOK), nil
}

// headers reads an event's headers, whose names come as they were sent.
func headers(e events.APIGatewayWebsocketProxyRequest) http.Header {
	h := http.Header{}
	for name, value := range e.Headers {
		h.Set(name, value)
	}
	return h
}

func answer(status int) events.APIGatewayProxyResponse {
	return events.APIGatewayProxyResponse{StatusCode: status}
}
