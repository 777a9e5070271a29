package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// accessLog is what is kept of each request: enough to find it in a function's log, by the call's id under the same name, and
// nothing that it carried. API Gateway asks for its own id of the request to be there.
const accessLog = `{"aws_request_id":"$context.integration.requestId","gateway_request_id":"$context.requestId","time":"$context.requestTime","route":"$context.routeKey","path":"$context.path",` +
	`"status":"$context.status","bytes":"$context.responseLength","milliseconds":"$context.responseLatency",` +
	`"address":"$context.identity.sourceIp","function_error":"$context.integrationErrorMessage"}`

// addHTTP makes the API that CloudFront hands requests to. Its stage is $default, because the name of any other one would
// stay in the path.
func (s *stack) addHTTP() {
	s.http = awsapigatewayv2.NewHttpApi(s.Stack, str("Api"), &awsapigatewayv2.HttpApiProps{
		ApiName: str(s.names.stack()), Description: str("Everything below /v1, /agent/v1 and /brand"), CreateDefaultStage: yes(false),
	})
	logs := awslogs.NewLogGroup(s.Stack, str("ApiLogs"), &awslogs.LogGroupProps{
		LogGroupName: str("/aws/apigateway/" + s.names.stack()), Retention: s.stage.LogDays, RemovalPolicy: s.removal(),
	})
	stage := awsapigatewayv2.NewHttpStage(s.Stack, str("ApiStage"), &awsapigatewayv2.HttpStageProps{
		HttpApi: s.http, StageName: str("$default"), AutoDeploy: yes(true),
		Throttle: &awsapigatewayv2.ThrottleSettings{RateLimit: num(s.stage.RequestsPerSecond), BurstLimit: num(s.stage.Burst)},
	})
	stage.Node().DefaultChild().(awsapigatewayv2.CfnStage).SetAccessLogSettings(&awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
		DestinationArn: logs.LogGroupArn(), Format: str(accessLog),
	})
}

// addRoutes gives every prefix of the table of routes to its feature's function. Who may do what is decided by the functions
// themselves, so that no authorizer stands before them.
func (s *stack) addRoutes() {
	integrations := map[string]awsapigatewayv2.HttpRouteIntegration{}
	for _, f := range functions.All {
		if f.Kind == functions.HTTP {
			integrations[f.Feature] = awsapigatewayv2integrations.NewHttpLambdaIntegration(str(functionID(f)), s.functions[f.Name()],
				&awsapigatewayv2integrations.HttpLambdaIntegrationProps{
					PayloadFormatVersion: awsapigatewayv2.PayloadFormatVersion_VERSION_2_0(),
					// One permission for the whole API: one for each route would not fit into a function's policy.
					ScopePermissionToRoute: yes(false),
				})
		}
	}
	for _, row := range route.Rows {
		for _, key := range row.GatewayKeys() {
			method, path, _ := strings.Cut(key, " ")
			s.http.AddRoutes(&awsapigatewayv2.AddRoutesOptions{
				Path: str(path), Methods: &[]awsapigatewayv2.HttpMethod{awsapigatewayv2.HttpMethod(method)}, Integration: integrations[row.Feature],
			})
		}
	}
}
