package main

import (
	"encoding/json"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/infra/workflows"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func TestTheAPIHasTheRoutesOfTheTableAndNoOther(t *testing.T) {
	want := map[string]string{"$connect": "servers-wake", "$disconnect": "servers-wake", "$default": ""}
	for _, row := range route.Rows {
		for _, key := range row.GatewayKeys() {
			want[key] = row.Feature + "-http"
		}
	}
	integrations := prod.of("AWS::ApiGatewayV2::Integration")
	got := map[string]string{}
	for _, r := range prod.of("AWS::ApiGatewayV2::Route") {
		id := target.FindStringSubmatch(plain(r.Properties["Target"]))[1]
		got[r.Properties["RouteKey"].(string)] = functionOf(t, integrations, id)
		if auth := r.Properties["AuthorizationType"]; auth != nil && auth != "NONE" {
			t.Errorf("%s is authorized by %v before a function sees it", r.Properties["RouteKey"], auth)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

var target = regexp.MustCompile(`^integrations/<(.*)>$`)

func functionOf(t *testing.T, integrations map[string]resource, unhashedID string) string {
	t.Helper()
	for id, i := range integrations {
		if unhashed(id) != unhashedID {
			continue
		}
		if i.Properties["IntegrationType"] == "MOCK" {
			return ""
		}
		uri := plain(i.Properties["IntegrationUri"])
		for _, f := range functions.All {
			if strings.Contains(uri, "<"+functionID(f)+"Function.Arn>") {
				return f.Name()
			}
		}
		t.Errorf("%s leads to %s", id, uri)
	}
	return "nothing"
}

func TestEveryFunctionMayBeCalledByWhatStartsItOnly(t *testing.T) {
	got := map[string][]string{}
	for _, p := range prod.of("AWS::Lambda::Permission") {
		name := unhashed(strings.Trim(strings.TrimSuffix(plain(p.Properties["FunctionName"]), ".Arn>"), "<>"))
		if p.Properties["SourceArn"] == nil {
			t.Errorf("%s may be called by anybody's %v", name, p.Properties["Principal"])
		}
		got[name] = append(got[name], plain(p.Properties["Principal"]))
	}
	for _, f := range functions.All {
		callers := got[functionID(f)+"Function"]
		want := 0
		switch f.Kind {
		case functions.HTTP:
			if slices.ContainsFunc(route.Rows, func(row route.Row) bool { return row.Feature == f.Feature && !row.Socket }) {
				want = 1
			}
		case functions.Wake:
			want = 2 // $connect and $disconnect
		case functions.Queue, functions.Stream, functions.Tasks: // fetched by Lambda, or called with a role
		}
		if len(callers) != want {
			t.Errorf("%s may be called by %v", f.Name(), callers)
		}
	}
}

func TestEveryFunctionRunsAsItsRowSays(t *testing.T) {
	made := map[string]resource{}
	for _, r := range prod.of("AWS::Lambda::Function") {
		made[r.Properties["FunctionName"].(string)] = r
	}
	if len(made) != len(functions.All) {
		t.Errorf("there are %d functions, want %d: one that is nobody's row is the CDK's own", len(made), len(functions.All))
	}
	for _, f := range functions.All {
		p := made["tierkeep-prod-"+f.Name()].Properties
		if p == nil {
			t.Errorf("there is no %s", f.Name())
			continue
		}
		variables := p["Environment"].(map[string]any)["Variables"].(map[string]any)
		if diff := cmp.Diff(f.Variables(), sorted(variables)); diff != "" {
			t.Errorf("%s is told: %s", f.Name(), diff)
		}
		if p["Runtime"] != "provided.al2023" || plain(p["Architectures"]) != "arm64" || p["Handler"] != "bootstrap" {
			t.Errorf("%s runs as %v %v %v", f.Name(), p["Runtime"], p["Architectures"], p["Handler"])
		}
		if p["MemorySize"] != float64(f.MemoryMB) || p["Timeout"] != f.Timeout.Seconds() {
			t.Errorf("%s has %v MB and %v s", f.Name(), p["MemorySize"], p["Timeout"])
		}
		if logs := p["LoggingConfig"].(map[string]any)["LogGroup"]; logs == nil {
			t.Errorf("%s logs to a group that is kept for ever", f.Name())
		}
	}
}

func TestAnExchangedOriginKeyMakesItsReadersStartAnew(t *testing.T) {
	for id, r := range prod.of("AWS::Lambda::Function") {
		reads := strings.Contains(id, "Http")
		told := r.Properties["Environment"].(map[string]any)["Variables"].(map[string]any)["TIERKEEP_ORIGIN_KEY_OF"]
		if reads != (told == stages["prod"].OriginKeyOf) {
			t.Errorf("%s is told %v: it keeps what it read for as long as it lives", id, told)
		}
	}
}

func TestEveryLogIsKeptForAsLongAsItsStageSays(t *testing.T) {
	for of, days := range map[*template]float64{&dev: 14, &prod: 90} {
		for id, r := range of.of("AWS::Logs::LogGroup") {
			if r.Properties["RetentionInDays"] != days {
				t.Errorf("%s is kept for %v days", id, r.Properties["RetentionInDays"])
			}
		}
	}
}

func TestEveryConsumerOfTheBusHasAQueueWithDeadLettersAndAnAlarm(t *testing.T) {
	queues := map[string]resource{}
	for id, r := range prod.of("AWS::SQS::Queue") {
		r.Metadata = id
		queues[r.Properties["QueueName"].(string)] = r
	}
	var consumers []string
	for _, of := range events.Routes {
		for _, c := range of {
			consumers = append(consumers, string(c))
		}
	}
	slices.Sort(consumers)
	for _, c := range slices.Compact(consumers) {
		name, deadName := "tierkeep-prod-"+c+".fifo", "tierkeep-prod-"+c+"-dead.fifo"
		q, dead := queues[name], queues[deadName]
		if q.Type == "" || dead.Type == "" {
			t.Errorf("%s has no queue or no dead letters", c)
			continue
		}
		redrive := q.Properties["RedrivePolicy"].(map[string]any)
		if redrive["maxReceiveCount"] != float64(queue.MaxReceives) || plain(redrive["deadLetterTargetArn"]) != "<"+unhashed(dead.Metadata.(string))+".Arn>" {
			t.Errorf("%s goes to the dead letters by %v", c, redrive)
		}
		for n, r := range map[string]resource{name: q, deadName: dead} {
			if r.Properties["FifoQueue"] != true || r.Properties["ContentBasedDeduplication"] == true {
				t.Errorf("%s: %v", n, r.Properties)
			}
		}
		if !alarmed(prod, "ApproximateNumberOfMessagesVisible", "QueueName", deadName) {
			t.Errorf("nobody is told of the dead letters of %s", c)
		}
	}
	if !alarmed(prod, "ApproximateNumberOfMessagesVisible", "QueueName", "tierkeep-prod-unpublished") {
		t.Error("nobody is told of what was not published")
	}
}

func alarmed(of template, metric, dimension, value string) bool {
	for _, a := range of.of("AWS::CloudWatch::Alarm") {
		for _, d := range list2(a.Properties["Dimensions"]) {
			d := d.(map[string]any)
			if a.Properties["MetricName"] == metric && d["Name"] == dimension && plain(d["Value"]) == value {
				return true
			}
		}
	}
	return false
}

func TestEveryQueueStartsItsFunctionAndIsToldWhatFailed(t *testing.T) {
	got := map[string]string{}
	for id, m := range prod.of("AWS::Lambda::EventSourceMapping") {
		p := m.Properties
		got[plain(p["FunctionName"])] = plain(p["EventSourceArn"])
		if strings.HasPrefix(id, "Changes") {
			continue
		}
		if plain(p["FunctionResponseTypes"]) != "ReportBatchItemFailures" || p["BatchSize"] != float64(atOnce) {
			t.Errorf("%s: %v", id, p)
		}
	}
	want := map[string]string{"<PublisherStreamFunction>": "<Table.StreamArn>"}
	for _, f := range functions.All {
		if f.Kind == functions.Queue {
			want["<"+functionID(f)+"Function>"] = "<" + pascal(f.Feature) + "Messages.Arn>"
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAMessageStaysHiddenWhileItsFunctionMayStillRun(t *testing.T) {
	for id, q := range prod.of("AWS::SQS::Queue") {
		for _, f := range functions.All {
			if f.Kind == functions.Queue && strings.HasPrefix(id, pascal(f.Feature)+"Messages") && q.Properties["VisibilityTimeout"] != 6*f.Timeout.Seconds() {
				t.Errorf("%s hides a message for %v seconds, and its function runs for %v", id, q.Properties["VisibilityTimeout"], f.Timeout)
			}
		}
	}
}

func TestOnlyChangeRowsStartThePublisherAndNoneIsPassedOver(t *testing.T) {
	for id, m := range prod.of("AWS::Lambda::EventSourceMapping") {
		if !strings.HasPrefix(id, "Changes") {
			continue
		}
		got, err := json.Marshal(m.Properties)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`"Pattern":"{\"dynamodb\":{\"NewImage\":{\"f\":{\"BOOL\":[true]}}}}"`, `"BisectBatchOnFunctionError":true`, `"MaximumRetryAttempts":-1`,
			`"MaximumRecordAgeInSeconds":82800`, `"ParallelizationFactor":1`, `"OnFailure":{"Destination":{"Fn::GetAtt":["Unpublished`, `"StartingPosition":"TRIM_HORIZON"`,
		} {
			if !strings.Contains(string(got), want) {
				t.Errorf("%s stands not in %s", want, got)
			}
		}
		return
	}
	t.Error("nothing reads the stream")
}

func TestTheTableIsTheOneThatTheAdapterWritesTo(t *testing.T) {
	for _, r := range prod.of("AWS::DynamoDB::GlobalTable") {
		got, err := json.Marshal(r.Properties)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]`,
			`"IndexName":"first","KeySchema":[{"AttributeName":"i1pk","KeyType":"HASH"},{"AttributeName":"i1sk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}`,
			`"IndexName":"second","KeySchema":[{"AttributeName":"i2pk","KeyType":"HASH"},{"AttributeName":"i2sk","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}`,
			`"TimeToLiveSpecification":{"AttributeName":"x","Enabled":true}`, `"StreamViewType":"NEW_IMAGE"`, `"BillingMode":"PAY_PER_REQUEST"`,
			`"PointInTimeRecoveryEnabled":true`, `"DeletionProtectionEnabled":true`,
		} {
			if !strings.Contains(string(got), want) {
				t.Errorf("%s stands not in %s", want, got)
			}
		}
		if r.DeletionPolicy != "Retain" {
			t.Errorf("the table goes with its stack: %s", r.DeletionPolicy)
		}
	}
}

func TestEverySecretThatAFunctionReadsIsThere(t *testing.T) {
	var got, want []string
	for _, r := range prod.of("AWS::SecretsManager::Secret") {
		got = append(got, strings.TrimPrefix(r.Properties["Name"].(string), "tierkeep/prod/"))
	}
	for _, f := range functions.All {
		want = append(want, f.Uses.Secrets...)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryDefinitionIsAMachineWhoseTasksAreFunctions(t *testing.T) {
	machines := map[string]resource{}
	for _, r := range prod.of("AWS::StepFunctions::StateMachine") {
		machines[strings.TrimPrefix(r.Properties["StateMachineName"].(string), "tierkeep-prod-")] = r
	}
	placeholder := regexp.MustCompile(`\$\{([A-Za-z]+)\}`)
	for name, definition := range workflows.All() {
		m, ok := machines[name]
		if !ok {
			t.Errorf("%s has no machine", name)
			continue
		}
		known := m.Properties["DefinitionSubstitutions"].(map[string]any)
		for _, found := range placeholder.FindAllStringSubmatch(string(definition), -1) {
			if known[found[1]] == nil {
				t.Errorf("%s: nothing stands behind %s", name, found[0])
			}
		}
	}
	if len(machines) != len(workflows.All()) {
		t.Errorf("there are %d machines, want %d", len(machines), len(workflows.All()))
	}
}

func TestEveryAlarmSaysWhatItMeansAndWhatToDoAndTellsSomebody(t *testing.T) {
	for id, a := range prod.of("AWS::CloudWatch::Alarm") {
		said := plain(a.Properties["AlarmDescription"])
		if !strings.HasPrefix(said, "Means: ") || !strings.Contains(said, " Do: ") || len(said) > 1024 {
			t.Errorf("%s says: %s", id, said)
		}
		if plain(a.Properties["AlarmActions"]) != "<Alarms>" || plain(a.Properties["OKActions"]) != "<Alarms>" {
			t.Errorf("%s tells %v", id, a.Properties["AlarmActions"])
		}
		if a.Properties["TreatMissingData"] != "notBreaching" {
			t.Errorf("%s rings while there is nothing to count", id)
		}
	}
	for _, s := range prod.of("AWS::SNS::Subscription") {
		if s.Properties["Endpoint"] != "operator@example.com" {
			t.Errorf("%v is told of alarms", s.Properties["Endpoint"])
		}
	}
}

func TestWhatATopicIsToldReachesTheOperator(t *testing.T) {
	heard := map[string]bool{}
	for _, s := range prod.of("AWS::SNS::Subscription") {
		heard[plain(s.Properties["TopicArn"])] = s.Properties["Endpoint"] == "operator@example.com"
	}
	for id := range prod.of("AWS::SNS::Topic") {
		if !heard["<"+unhashed(id)+">"] {
			t.Errorf("what %s is told, nobody hears: a topic keeps nothing", unhashed(id))
		}
	}
}

func TestOtherBackupsOfTheAccountDoNotRingOurAlarm(t *testing.T) {
	for id, r := range prod.of("AWS::CloudWatch::Alarm") {
		if r.Properties["Namespace"] != "AWS/Backup" {
			continue
		}
		if of, _ := json.Marshal(r.Properties["Dimensions"]); string(of) != `[{"Name":"BackupVaultName","Value":"tierkeep-prod"}]` {
			t.Errorf("%s looks at %s", id, of)
		}
	}
}

func TestWhatIsAskedOfAnOperatorFirstHasAnAlarm(t *testing.T) {
	var got []string
	for _, a := range prod.of("AWS::CloudWatch::Alarm") {
		got = append(got, plain(a.Properties["Namespace"])+" "+plain(a.Properties["MetricName"]))
	}
	for _, want := range []string{
		"AWS/SQS ApproximateNumberOfMessagesVisible", "AWS/SQS ApproximateAgeOfOldestMessage", "AWS/Lambda IteratorAge", "AWS/Lambda Errors",
		"AWS/Lambda Throttles", "AWS/States ExecutionsFailed", "AWS/DynamoDB ReadThrottleEvents", "AWS/DynamoDB WriteThrottleEvents",
		"AWS/DynamoDB SystemErrors", "AWS/ApiGateway 5xx", "AWS/CloudFront 5xxErrorRate", "AWS/Scheduler InvocationDroppedCount",
		"AWS/SES Reputation.BounceRate", "AWS/SES Reputation.ComplaintRate", "AWS/Backup NumberOfBackupJobsFailed",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no alarm on %s", want)
		}
	}
}

func TestTheDashboardIsOneOfThoseThatCostNothing(t *testing.T) {
	const free = 50
	for _, d := range prod.of("AWS::CloudWatch::Dashboard") {
		var body struct {
			Widgets []struct {
				Type       string
				Properties struct{ Metrics []any }
			}
		}
		if err := json.Unmarshal([]byte(plain(d.Properties["DashboardBody"])), &body); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, w := range body.Widgets {
			if n += len(w.Properties.Metrics); w.Type == "metric" && len(w.Properties.Metrics) == 0 {
				t.Error("a graph shows nothing")
			}
		}
		if n > free {
			t.Errorf("it shows %d metrics, and CloudWatch gives %d for free", n, free)
		}
	}
}

func TestCloudFrontHandsTheAPIsPathsToTheAPIAndEverythingElseToThePortal(t *testing.T) {
	for _, d := range prod.of("AWS::CloudFront::Distribution") {
		config := d.Properties["DistributionConfig"].(map[string]any)
		origins := map[string]string{}
		for _, o := range list2(config["Origins"]) {
			o := o.(map[string]any)
			origins[o["Id"].(string)] = plain(o["DomainName"])
		}
		got := map[string]string{"*": origins[config["DefaultCacheBehavior"].(map[string]any)["TargetOriginId"].(string)]}
		for _, b := range list2(config["CacheBehaviors"]) {
			b := b.(map[string]any)
			got[b["PathPattern"].(string)] = origins[b["TargetOriginId"].(string)]
			if b["ViewerProtocolPolicy"] != "https-only" {
				t.Errorf("%v is answered without TLS", b["PathPattern"])
			}
		}
		api := "<Api>.execute-api.${AWS::Region}.${AWS::URLSuffix}"
		want := map[string]string{"*": "<Site.RegionalDomainName>", "/v1*": api, "/agent/v1*": api, "/hooks*": api, "/brand*": api, "/download*": api, "/forms*": api}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff("portal.example.com *.portal.example.com", plain(config["Aliases"])); diff != "" {
			t.Error(diff)
		}
	}
	// Every prefix of the table is within one of the paths, and the portal has none of them.
	for _, row := range route.Rows {
		if !slices.ContainsFunc(apiPaths, func(p string) bool { return strings.HasPrefix(row.Prefix, strings.TrimSuffix(p, "*")) }) {
			t.Errorf("CloudFront hands %s to the portal", row.Prefix)
		}
	}
}

func TestCloudFrontKeepsNoRefusalForTheNextCaller(t *testing.T) {
	for _, d := range prod.of("AWS::CloudFront::Distribution") {
		kept := map[float64]any{}
		config := d.Properties["DistributionConfig"].(map[string]any)
		for _, r := range list2(config["CustomErrorResponses"]) {
			refusal := r.(map[string]any)
			kept[refusal["ErrorCode"].(float64)] = refusal["ErrorCachingMinTTL"]
			if refusal["ResponsePagePath"] != nil || refusal["ResponseCode"] != nil {
				t.Errorf("the reply is replaced: %v", refusal)
			}
		}
		for _, status := range []float64{404, 414, 500, 501, 502, 503, 504} { // CloudFront keeps these unless told not to
			if kept[status] != float64(0) {
				t.Errorf("%v is kept for %v seconds", status, kept[status])
			}
		}
	}
}

func TestARequestIsFoundInItsFunctionsLog(t *testing.T) {
	for _, s := range prod.of("AWS::ApiGatewayV2::Stage") {
		settings, logged := s.Properties["AccessLogSettings"].(map[string]any)
		if !logged {
			continue // the WebSocket's
		}
		var line map[string]string
		if err := json.Unmarshal([]byte(settings["Format"].(string)), &line); err != nil {
			t.Fatal(err)
		}
		// Functions log the call's own id under this name, which is not the id that the gateway gives a request.
		if line["aws_request_id"] != "$context.integration.requestId" {
			t.Errorf("%v", line)
		}
	}
}

func TestTheFunctionsAtTheEdge(t *testing.T) {
	for _, test := range []struct{ name, code, uri, want string }{
		{"the first page", portalCode, "/", "/index.html"},
		{"a page of the portal", portalCode, "/customers/ten_1", "/index.html"},
		{"a file with a hash", portalCode, "/assets/index-1a2b.js", "/assets/index-1a2b.js"},
		{"a file that is gone stays gone", portalCode, "/assets/gone", "/assets/gone"},
		{"the icon", portalCode, "/favicon.svg", "/favicon.svg"},
		{"the API hears whom the browser asked for, and whence, whatever it says itself", apiCode, "/v1/session", "brand.example.com 198.51.100.7"},
	} {
		event := `{"viewer":{"ip":"198.51.100.7"},"request":{"uri":"` + test.uri +
			`","headers":{"host":{"value":"brand.example.com"},"x-tk-host":{"value":"other.example.com"},"x-tk-address":{"value":"192.0.2.1"}}}}`
		show := "console.log(r.uri)"
		if test.code == apiCode {
			show = "console.log(r.headers['x-tk-host'].value, r.headers['x-tk-address'].value)"
		}
		out, err := exec.CommandContext(t.Context(), "node", "-e", test.code+"\nvar r = handler("+event+");"+show).CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.name, out, err, test.want)
		}
	}
}

func TestTheOriginKeyIsLongAndCloudFrontAloneIsToldIt(t *testing.T) {
	for id, r := range prod.of("AWS::SecretsManager::Secret") {
		generated, _ := r.Properties["GenerateSecretString"].(map[string]any)
		if strings.HasPrefix(id, "OriginKey") != (generated != nil) || generated != nil && generated["PasswordLength"] != float64(48) {
			t.Errorf("%s: %v", id, r.Properties)
		}
	}
	for id, r := range prod.Resources {
		text, err := json.Marshal(r.Properties)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "resolve:secretsmanager") != (r.Type == "AWS::CloudFront::Distribution") {
			t.Errorf("%s carries a secret, or CloudFront none", id)
		}
	}
}
