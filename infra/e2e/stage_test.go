package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/tierkeep/tierkeep/infra/deploy"
	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/scripts/package/lambdazip"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
)

const (
	root  = "../.."
	stack = "tierkeep-dev"
)

// stage is the platform on an emulator, behind what stands in for CloudFront.
type stage struct {
	*testing.T
	aws     aws.Config
	outputs map[string]string
	address string // of the stand-in for CloudFront
	folder  string
}

// newStage builds everything as it is deployed, but for processors of this machine, and deploys it.
func newStage(t *testing.T) *stage {
	t.Helper()
	folder := t.TempDir()
	// An emulator of its own: HTTP APIs answer in one account only, and other tests deploy there too.
	project, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Start(t.Context(), emulator.Ministack, project, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := &stage{T: t, folder: folder, aws: aws.Config{
		Region: emulator.Region, BaseEndpoint: &e.URL, RetryMaxAttempts: 3, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}}
	zips := filepath.Join(folder, "zips")
	if _, err := lambdazip.Build(t.Context(), root, lambdazip.AMD64, zips, functions.All); err != nil {
		t.Fatal(err)
	}
	assembly := filepath.Join(folder, "cdk.out")
	s.run("go", "run", "./infra", "-stage", "dev", "-functions", zips, "-out", assembly)
	s.hurry(assembly)
	if s.outputs, err = deploy.Stack(t.Context(), s.aws, assembly, stack); err != nil {
		t.Fatal(err)
	}
	s.address = s.front()
	return s
}

// run runs a command in the project's root.
func (s *stage) run(name string, args ...string) {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), name, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20")
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// hurry lets people decide whose second factor is as young as the test, in the template that is deployed.
func (s *stage) hurry(assembly string) {
	s.Helper()
	file := filepath.Join(assembly, stack+".template.json")
	text, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		s.Fatal(err)
	}
	for _, r := range template["Resources"].(map[string]any) {
		resource := r.(map[string]any)
		if resource["Type"] != "AWS::Lambda::Function" {
			continue
		}
		of := resource["Properties"].(map[string]any)
		if environment, ok := of["Environment"].(map[string]any); ok {
			environment["Variables"].(map[string]any)["TIERKEEP_DECIDER_AGE"] = "1ms"
		}
	}
	if text, err = json.Marshal(template); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		s.Fatal(err)
	}
}

// front stands in for CloudFront, which no emulator has: it hands requests to the API, says which host was asked for
// and whence, and proves itself with the key that CloudFront is told.
func (s *stage) front() string {
	s.Helper()
	key, err := secretsmanager.NewFromConfig(s.aws).GetSecretValue(s.Context(), &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(s.outputs["OriginKeySecret"]),
	})
	if err != nil {
		s.Fatal(err)
	}
	api, err := url.Parse(s.outputs["ApiUrl"])
	if err != nil {
		s.Fatal(err)
	}
	portal, err := url.Parse(s.outputs["PortalUrl"])
	if err != nil {
		s.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(api)
		r.Out.Header.Set(lambdahttp.HostHeader, portal.Host)
		r.Out.Header.Set(lambdahttp.OriginHeader, aws.ToString(key.SecretString))
		r.Out.Header.Set("X-Forwarded-Proto", "https") // as API Gateway says of every request
		r.Out.Header.Set(lambdahttp.AddressHeader, "192.0.2.7")
	}})
	s.Cleanup(server.Close)
	return server.URL
}

// until asks again and again until something holds.
func (s *stage) until(what string, within time.Duration, holds func() bool) {
	s.Helper()
	for deadline := time.Now().Add(within); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("not within %s: %s", within, what)
		}
	}
}

// agent enrols the real program with a token and lets it run to the end of the test. It returns the vault's address.
func (s *stage) agent(token string) (vault string) {
	s.Helper()
	program := filepath.Join(s.folder, "tierkeep-agent")
	s.run("go", "build", "-o", program, "./cmd/tierkeep-agent")
	vault = freeAddress(s.T)
	command := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(s.Context(), program, args...)
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + s.folder, "TIERKEEP_AGENT_DATA=" + filepath.Join(s.folder, "agent"), "TIERKEEP_VAULT_ADDR=" + vault,
			"TIERKEEP_AGENT_LOG=info",
		}
		return cmd
	}
	if out, err := command("enrol", "--platform", s.address, "--token", token).CombinedOutput(); err != nil {
		s.Fatalf("enrol: %v\n%s", err, out)
	}
	running := command("run")
	running.Stderr = s.Output()
	if err := running.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		_ = running.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		if err := running.Wait(); err != nil && !strings.Contains(err.Error(), "killed") {
			s.Errorf("the agent: %v", err)
		}
	})
	return vault
}

func freeAddress(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	return server.Listener.Addr().String()
}

// visit is a backup client that knocks at the vault: 404 for somebody who is let in and finds no repository yet.
func visit(ctx context.Context, vault, login, password string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/%s/config", vault, login), nil)
	if err != nil {
		return 0, err
	}
	r.SetBasicAuth(login, password)
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return reply.StatusCode, reply.Body.Close()
}
