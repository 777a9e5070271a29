package onaws

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func TestEachRequestToAWSIsToldToTheDaemon(t *testing.T) {
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = daemon.Close() }()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "req-1")
		_, _ = w.Write([]byte(`{}`))
	}))
	defer service.Close()
	f, _ := start(t, map[string]string{
		"TIERKEEP_TRACING": "true", "AWS_XRAY_DAEMON_ADDRESS": daemon.LocalAddr().String(), "AWS_ENDPOINT_URL": service.URL,
	})
	queues := sqs.NewFromConfig(f.AWS)
	const root = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled="
	for _, sampled := range []string{"0", "1"} {
		ctx := context.WithValue(t.Context(), "x-amzn-trace-id", root+sampled) //nolint:staticcheck // the runtime's key
		if _, err := queues.ListQueues(ctx, &sqs.ListQueuesInput{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := daemon.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 64<<10)
	n, _, err := daemon.ReadFrom(packet)
	if err != nil {
		t.Fatal(err)
	}
	first, document, _ := strings.Cut(string(packet[:n]), "\n")
	var got subsegment
	if err := json.Unmarshal([]byte(document), &got); err != nil || first != `{"format":"json","version":1}` {
		t.Fatalf("%s: %v", packet[:n], err)
	}
	if got.TraceID != "1-5759e988-bd862e3fe1be46a994272793" || got.ParentID != "53995c3f42cd8ad8" || len(got.ID) != 16 {
		t.Errorf("belongs to %+v", got)
	}
	if got.Name != "SQS" || got.AWS.Operation != "ListQueues" || got.AWS.Region != "eu-west-1" || got.AWS.RequestID != "req-1" || got.End < got.Start {
		t.Errorf("tells %+v", got)
	}
	if err := daemon.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, _, err := daemon.ReadFrom(packet); err == nil {
		t.Errorf("a request that is not sampled was told: %s", packet[:n])
	}
}
