// Package awstest gives the tests of AWS adapters an endpoint: that of AWS_ENDPOINT_URL, a real account where
// TIERKEEP_TEST_AWS asks for it, or else an emulator for this test binary alone.
package awstest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
)

const (
	endpointVariable = "AWS_ENDPOINT_URL"
	realVariable     = "TIERKEEP_TEST_AWS"
	lacksVariable    = "TIERKEEP_TEST_LACKS" // a file to which what an endpoint lacks is appended
	kindVariable     = "TIERKEEP_TEST_ENDPOINT"
)

// attempts is how often the SDK sends a request: replies of emulators get lost now and then, as those of AWS do.
const attempts = 3

// Run runs the tests of a package, for its TestMain: os.Exit(awstest.Run(m)).
func Run(m *testing.M) int {
	if Real() || os.Getenv(endpointVariable) != "" {
		return m.Run()
	}
	return runBesideOne(m)
}

func runBesideOne(m *testing.M) int {
	root, err := projectRoot()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	e, err := emulator.Start(context.Background(), emulator.Ministack, root, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = e.Stop() }()
	for _, v := range emulator.Environment(e.URL) {
		name, value, _ := strings.Cut(v, "=")
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

// Real tells whether the tests run against a real account. What a test makes there it removes with t.Cleanup.
func Real() bool { return os.Getenv(realVariable) != "" }

// Endpoint is the emulator's address.
func Endpoint() string { return os.Getenv(endpointVariable) }

// Kind says which emulator answers.
func Kind() emulator.Kind {
	if k := os.Getenv(kindVariable); k != "" {
		return emulator.Kind(k)
	}
	return emulator.Ministack
}

// Config returns a client configuration. In an emulator it has an AWS account of its own, so that tests may run side by side
// and use fixed names; only names of buckets stay global.
func Config(t testing.TB) aws.Config {
	t.Helper()
	return configOf(t, fmt.Sprintf("%012d", rand.Int64N(1e12-1)+1))
}

// DefaultConfig returns a configuration for the account in which an emulator answers to HTTP APIs; all tests share it.
func DefaultConfig(t testing.TB) aws.Config {
	t.Helper()
	return configOf(t, "test")
}

func configOf(t testing.TB, key string) aws.Config {
	t.Helper()
	if Real() {
		c, err := config.LoadDefaultConfig(t.Context())
		if err != nil {
			t.Fatalf("read the AWS configuration: %v", err)
		}
		return c
	}
	if Endpoint() == "" {
		t.Fatalf("%s is not set: the package's TestMain must call awstest.Run", endpointVariable)
	}
	return aws.Config{
		Region: emulator.Region, BaseEndpoint: aws.String(Endpoint()), RetryMaxAttempts: attempts, HTTPClient: fresh,
		Credentials: credentials.NewStaticCredentialsProvider(key, "test", ""),
	}
}

// fresh takes a connection for each request. Emulators close those that were idle, and one that closes under a request loses
// the reply: a message that was received so is hidden from its test. Lost replies have tests of their own.
var fresh = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.DisableKeepAlives = true })

// Capability is something that an endpoint may lack.
type Capability string

// Lacking skips the test because the endpoint cannot do something, and has it told at the end of the run.
func Lacking(t testing.TB, c Capability) {
	t.Helper()
	if err := note(fmt.Sprintf("%s lacks: %s (%s)\n", Kind(), c, t.Name())); err != nil {
		t.Fatalf("note what the endpoint lacks: %v", err)
	}
	t.Skipf("%s lacks: %s", Kind(), c)
}

var noting sync.Mutex

func note(line string) (err error) {
	file := os.Getenv(lacksVariable)
	if file == "" {
		return nil
	}
	noting.Lock()
	defer noting.Unlock()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.WriteString(line)
	return err
}

// Gap holds a known gap of the emulator: it fails once the emulator behaves as AWS does, so that its workaround goes. Against
// any other endpoint it holds the opposite: AWS does behave so.
func Gap(t testing.TB, name string, likeAWS bool) {
	t.Helper()
	switch {
	case Real() && !likeAWS:
		t.Errorf("AWS does not behave as said: %s", name)
	case !Real() && Kind() == emulator.Ministack && likeAWS:
		t.Errorf("gap closed: %s; remove its workaround and this line", name)
	}
}

// projectRoot is the nearest folder upwards that holds go.mod.
func projectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the project: no go.mod here or above")
		}
		dir = parent
	}
}
