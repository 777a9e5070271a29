package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// socketStage is the name of the WebSocket API's stage: unlike that of HTTP it must have one, and it is part of the address.
const socketStage = "v1"

// addSockets makes the API at which agents wait for hints. Its address is told to agents, since a name of our own cannot
// serve it together with HTTP.
func (s *stack) addSockets() {
	s.sockets = awsapigatewayv2.NewWebSocketApi(s.Stack, str("Wake"), &awsapigatewayv2.WebSocketApiProps{
		ApiName: str(s.names.prefix() + "wake"), Description: str("Agents wait here for hints to claim"),
		RouteSelectionExpression: str("$request.body.action"),
	})
	s.socketStage = awsapigatewayv2.NewWebSocketStage(s.Stack, str("WakeStage"), &awsapigatewayv2.WebSocketStageProps{
		WebSocketApi: s.sockets, StageName: str(socketStage), AutoDeploy: yes(true),
		Throttle: &awsapigatewayv2.ThrottleSettings{RateLimit: num(s.stage.RequestsPerSecond), BurstLimit: num(s.stage.Burst)},
	})
}

// addSocketRoutes lets agents in and out through a function. What they say meanwhile only keeps the connection open: it ends
// at the gateway, and costs no function.
func (s *stack) addSocketRoutes() {
	wake := s.functions[functions.Function{Feature: "servers", Kind: functions.Wake}.Name()]
	s.sockets.AddRoute(str("$connect"), &awsapigatewayv2.WebSocketRouteOptions{
		Integration: awsapigatewayv2integrations.NewWebSocketLambdaIntegration(str("Connect"), wake, nil),
	})
	s.sockets.AddRoute(str("$disconnect"), &awsapigatewayv2.WebSocketRouteOptions{
		Integration: awsapigatewayv2integrations.NewWebSocketLambdaIntegration(str("Disconnect"), wake, nil),
	})
	s.sockets.AddRoute(str("$default"), &awsapigatewayv2.WebSocketRouteOptions{
		Integration: awsapigatewayv2integrations.NewWebSocketMockIntegration(str("KeepAlive"), &awsapigatewayv2integrations.WebSocketMockIntegrationProps{
			RequestTemplates:            &map[string]*string{"200": str(`{"statusCode":200}`)},
			TemplateSelectionExpression: str("200"),
		}),
	})
}
