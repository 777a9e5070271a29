package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/coder/websocket"

	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/infra/deploy"
	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/scripts/package/lambdazip"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/awstest/resources"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	wakeaws "github.com/tierkeep/tierkeep/shared/port/wake/aws"
	"github.com/tierkeep/tierkeep/shared/port/wake/waketest"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// aws is the WebSocket API on an endpoint, with this function's real program behind it.
type aws struct {
	rows store.Store
	url  string // where agents dial
	wake *wakeaws.Waker
}

const supplier = tenant.ID("ten_01J00000000000000000000000")

// deployed deploys everything once. WebSocket APIs of an emulator answer in its default account only, which is why the names
// are of this test alone.
func deployed(t *testing.T) aws {
	t.Helper()
	if awstest.Real() || awstest.Kind() != emulator.Ministack {
		awstest.Lacking(t, "a WebSocket API that a test may make")
	}
	cfg := awstest.DefaultConfig(t)
	name := fmt.Sprintf("wake%d", time.Now().UnixNano())
	if err := resources.Table(t.Context(), cfg, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resources.RemoveTable(context.Background(), cfg, name) })
	outputs, err := deploy.Stack(t.Context(), cfg, described(t, name), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = cloudformation.NewFromConfig(cfg).DeleteStack(context.Background(), &cloudformation.DeleteStackInput{StackName: &name})
	})
	rows := storeaws.New(cfg, name, clock.System{})
	connections := wakeaws.Connections{Rows: rows, Clock: clock.System{}}
	return aws{rows, outputs["WakeUrl"], wakeaws.New(cfg, outputs["WakeEndpoint"], connections, slog.New(slog.DiscardHandler))}
}

// described writes the part of the stack that this function needs, as infra describes it, with the function built for this
// machine.
func described(t *testing.T, name string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	list := []functions.Function{{Feature: "servers", Kind: functions.Wake}}
	if _, err := lambdazip.Build(t.Context(), "../../../..", runtime.GOARCH, folder, list); err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	ref := func(id string) object { return object{"Ref": id} }
	uri := object{"Fn::Join": []any{"", []any{
		"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/", object{"Fn::GetAtt": []any{"Function", "Arn"}}, "/invocations",
	}}}
	resource := func(kind string, properties object) object { return object{"Type": kind, "Properties": properties} }
	lambda := resource("AWS::ApiGatewayV2::Integration", object{"ApiId": ref("Api"), "IntegrationType": "AWS_PROXY", "IntegrationUri": uri})
	mock := resource("AWS::ApiGatewayV2::Integration", object{
		"ApiId": ref("Api"), "IntegrationType": "MOCK", "IntegrationUri": "", "RequestTemplates": object{"200": `{"statusCode":200}`},
		"TemplateSelectionExpression": "200",
	})
	route := func(key, integration string) object {
		return resource("AWS::ApiGatewayV2::Route", object{
			"ApiId": ref("Api"), "RouteKey": key, "Target": object{"Fn::Join": []any{"", []any{"integrations/", ref(integration)}}},
		})
	}
	template := object{
		"Resources": object{
			"Role": resource("AWS::IAM::Role", object{"AssumeRolePolicyDocument": object{"Version": "2012-10-17", "Statement": []any{object{
				"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"Service": "lambda.amazonaws.com"},
			}}}}),
			"Function": resource("AWS::Lambda::Function", object{
				"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 10, "MemorySize": 256,
				"Role": object{"Fn::GetAtt": []any{"Role", "Arn"}}, "Code": object{"S3Bucket": name, "S3Key": "wake.zip"},
				"Environment": object{"Variables": object{functions.Stage: "test", functions.Table: name, functions.WakeEndpoint: "deploy knows"}},
			}),
			"Api":     resource("AWS::ApiGatewayV2::Api", object{"Name": name, "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}),
			"Stage":   resource("AWS::ApiGatewayV2::Stage", object{"ApiId": ref("Api"), "StageName": "v1", "AutoDeploy": true}),
			"Wake":    lambda,
			"Mock":    mock,
			"Connect": route("$connect", "Wake"), "Disconnect": route("$disconnect", "Wake"), "Default": route("$default", "Mock"),
		},
		"Outputs": object{"WakeEndpoint": object{"Value": ""}, "WakeUrl": object{"Value": ""}},
	}
	file := func(path, key string) object {
		return object{"source": object{"path": path, "packaging": "file"}, "destinations": object{"here": object{"bucketName": name, "objectKey": key}}}
	}
	for path, content := range map[string]object{
		name + ".template.json": template,
		name + ".assets.json":   {"files": object{"template": file(name+".template.json", "template.json"), "zip": file("servers-wake.zip", "wake.zip")}},
	} {
		text, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, path), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// agents are enrolled, each beside a server of its own; a test names them as it likes.
type agents struct {
	t       *testing.T
	aws     aws
	service *servers.Service
	known   map[string]agent
}

type agent struct {
	id  string
	key ed25519.PrivateKey
}

func newAgents(t *testing.T, a aws) *agents {
	t.Helper()
	return &agents{t, a, &servers.Service{
		Guard: authz.Guard{Directory: alone{}}, Reader: servers.Reader{Rows: a.rows}, Changes: change.Log{Store: a.rows, Clock: clock.System{}},
		Clock:       clock.System{},
		PlatformKey: func(context.Context) ([]byte, error) { return make([]byte, ed25519.PublicKeySize), nil },
		WakeURL:     func(string, bool) string { return a.url },
	}, map[string]agent{}}
}

// alone is a directory with one tenant.
type alone struct{}

func (alone) Chain(context.Context, tenant.ID) ([]authz.Node, error) {
	return []authz.Node{{ID: supplier, Level: tenant.Supplier, Status: tenant.Active}}, nil
}

func (a *agents) named(name string) agent {
	a.t.Helper()
	if known, ok := a.known[name]; ok {
		return known
	}
	owner := authz.With(a.t.Context(), authz.Principal{User: "usr_x", HomeTenant: supplier, Role: authz.Owner, Via: authz.ViaPortal})
	server, err := a.service.Create(owner, supplier, servers.Draft{Name: name, Host: "localhost", Types: []driver.AccountType{driver.Online}})
	if err != nil {
		a.t.Fatal(err)
	}
	token, err := a.service.StartEnrolment(owner, supplier, server.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	admitted, err := a.service.Enrol(a.t.Context(), servers.Newcomer{Token: token.Token, SignKey: public, SealKey: make([]byte, 32)})
	if err != nil {
		a.t.Fatal(err)
	}
	a.known[name] = agent{admitted.Agent, private}
	return a.known[name]
}

// Hint implements wake.Waker by the names that the suite gives to agents.
func (a *agents) Hint(ctx context.Context, name string) (bool, error) {
	return a.aws.wake.Hint(ctx, a.named(name).id)
}

func (a *agents) dial(t *testing.T, who agent, at time.Time) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	h := http.Header{}
	sign.Sign(h, who.id, who.key, sign.Wake, at, nil)
	return websocket.Dial(t.Context(), a.aws.url, &websocket.DialOptions{HTTPHeader: h})
}

func (a *agents) connect(t *testing.T, name string) waketest.Connection {
	t.Helper()
	c, _, err := a.dial(t, a.named(name), clock.System{}.Now()) //nolint:bodyclose // the library closes it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	l := connection{c, make(chan string, 100)}
	go l.listen()
	return l
}

// connection reads in the background, as agents do.
type connection struct {
	c     *websocket.Conn
	hints chan string
}

func (l connection) listen() {
	defer close(l.hints)
	for {
		_, text, err := l.c.Read(context.Background())
		if err != nil {
			return
		}
		l.hints <- string(text)
	}
}

func (l connection) Close() error { return l.c.Close(websocket.StatusNormalClosure, "") }

func (l connection) Next(ctx context.Context) error {
	select { // what has come counts, also when the context has ended
	case text, open := <-l.hints:
		return checkHint(text, open)
	default:
	}
	select {
	case text, open := <-l.hints:
		return checkHint(text, open)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func checkHint(text string, open bool) error {
	if !open {
		return net.ErrClosed
	}
	if text != `{"do":"claim"}` {
		return errors.New("an agent was told something else than to claim")
	}
	return nil
}

func TestTheDeployedSocketKeepsThePromisesOfThePort(t *testing.T) {
	a := deployed(t)
	waketest.Run(t, func(t *testing.T) waketest.Harness {
		all := newAgents(t, a)
		return waketest.Harness{Waker: all, Connect: all.connect}
	})
	t.Run("only agents get a connection", func(t *testing.T) {
		all := newAgents(t, a)
		known := all.named("agt_1")
		_, stranger, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, dial := range map[string]func() (*websocket.Conn, *http.Response, error){
			"unsigned": func() (*websocket.Conn, *http.Response, error) { return websocket.Dial(t.Context(), a.url, nil) },
			"unknown agent": func() (*websocket.Conn, *http.Response, error) {
				return all.dial(t, agent{"agt_unknown", known.key}, time.Now())
			},
			"another's key": func() (*websocket.Conn, *http.Response, error) {
				return all.dial(t, agent{known.id, stranger}, time.Now())
			},
			"a stale request": func() (*websocket.Conn, *http.Response, error) { return all.dial(t, known, time.Now().Add(-time.Hour)) },
		} {
			if _, reply, err := dial(); err == nil || reply == nil || reply.StatusCode < 400 || reply.StatusCode >= 500 { //nolint:bodyclose // the library closes it
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("an agent that keeps the connection alive hears nothing", func(t *testing.T) {
		all := newAgents(t, a)
		c := all.connect(t, "agt_1").(connection)
		if err := c.c.Write(t.Context(), websocket.MessageText, []byte(`{"action":"k"}`)); err != nil {
			t.Fatal(err)
		}
		if delivered, err := all.Hint(t.Context(), "agt_1"); err != nil || !delivered {
			t.Fatalf("%v %v", delivered, err)
		}
		if err := c.Next(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
