package aws_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
)

// The emulator replaces the value of a version that is there; Secrets Manager refuses ("you can't modify an existing
// version", API reference of PutSecretValue). strict stands before the emulator and does so until it does itself.
func strict(t *testing.T, c aws.Config) aws.Config {
	t.Helper()
	endpoint, err := url.Parse(aws.ToString(c.BaseEndpoint))
	if err != nil {
		t.Fatal(err)
	}
	s := &versions{next: httputil.NewSingleHostReverseProxy(endpoint), values: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c.BaseEndpoint = aws.String(server.URL)
	return c
}

type versions struct {
	next   http.Handler
	mu     sync.Mutex
	values map[string]string // secret and version → value
}

func (v *versions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutSecretValue") {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var in struct{ SecretId, SecretBinary, ClientRequestToken string }
		_ = json.Unmarshal(body, &in)
		v.mu.Lock()
		defer v.mu.Unlock()
		version := in.SecretId + " " + in.ClientRequestToken
		if was, ok := v.values[version]; ok && was != in.SecretBinary {
			w.Header().Set("X-Amzn-Errortype", "ResourceExistsException")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"ResourceExistsException","message":"the version exists"}`)
			return
		}
		v.values[version] = in.SecretBinary
	}
	v.next.ServeHTTP(w, r)
}

func TestGapValuesAreNotHeldToTheRules(t *testing.T) {
	t.Parallel()
	c, prefix := account(t)
	if !awstest.Real() {
		c.BaseEndpoint = aws.String(awstest.Endpoint())
	}
	m, name := secretsmanager.NewFromConfig(c), prefix+"gap"
	deploy(t, c, &secretsmanager.CreateSecretInput{Name: &name})
	_, err := m.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &name})
	awstest.Gap(t, "Secrets Manager: a secret without a value says that it has none", err != nil)
	put := func(value string) error {
		_, err := m.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
			SecretId: &name, SecretBinary: []byte(value), ClientRequestToken: aws.String(strings.Repeat("t", 32)),
		})
		return err
	}
	if err := put("one"); err != nil {
		t.Fatal(err)
	}
	awstest.Gap(t, "Secrets Manager: the value of a version is not replaced", put("two") != nil)
}

// removeAll removes what the tests left in a real account.
func removeAll(t *testing.T, m *secretsmanager.Client, prefix string) {
	ctx := context.WithoutCancel(t.Context())
	pages := secretsmanager.NewListSecretsPaginator(m, &secretsmanager.ListSecretsInput{
		IncludePlannedDeletion: aws.Bool(true),
		Filters:                []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{prefix}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Errorf("list the secrets of the test: %v", err)
			return
		}
		for _, s := range page.SecretList {
			if _, err := m.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: s.ARN, ForceDeleteWithoutRecovery: aws.Bool(true)}); err != nil {
				t.Errorf("remove secret %s: %v", aws.ToString(s.Name), err)
			}
		}
	}
}
