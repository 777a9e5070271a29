package onaws

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Tracing is X-Ray's, and needs no library. Where the switch is on, Lambda itself writes a segment for each call, and gives
// the call a trace header; the SDK passes that header on with each request, so that queues and streams carry the trace to
// the next function. What is added here is one subsegment for each request to AWS, sent to the daemon that Lambda runs
// beside the function, one UDP packet each. Where the switch is off, none of this runs.

// header is what Lambda says of the trace that a call belongs to: "Root=1-…;Parent=…;Sampled=1".
type header struct {
	root, parent string
	sampled      bool
}

func headerOf(ctx context.Context) header {
	var h header
	text, _ := ctx.Value("x-amzn-trace-id").(string) // the key of the runtime's library
	for part := range strings.SplitSeq(text, ";") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "Root":
			h.root = value
		case "Parent":
			h.parent = value
		case "Sampled":
			h.sampled = value == "1"
		}
	}
	return h
}

// subsegment is a request to AWS as the daemon takes it.
type subsegment struct {
	ID        string  `json:"id"`
	TraceID   string  `json:"trace_id"`
	ParentID  string  `json:"parent_id"`
	Type      string  `json:"type"`
	Name      string  `json:"name"`
	Namespace string  `json:"namespace"`
	Start     float64 `json:"start_time"`
	End       float64 `json:"end_time"`
	Fault     bool    `json:"fault,omitempty"`
	AWS       struct {
		Operation string `json:"operation"`
		Region    string `json:"region"`
		RequestID string `json:"request_id,omitempty"`
	} `json:"aws"`
}

// packetHeader stands before each document.
const packetHeader = `{"format":"json","version":1}` + "\n"

// traced lets a client tell the daemon of each of its requests. Tracing never fails a request: what the daemon does not take
// is lost.
func traced(daemon string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Trace", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			h := headerOf(ctx)
			if !h.sampled || daemon == "" {
				return next.HandleInitialize(ctx, in)
			}
			began := time.Now()
			out, metadata, err := next.HandleInitialize(ctx, in)
			s := subsegment{
				ID: segmentID(), TraceID: h.root, ParentID: h.parent, Type: "subsegment", Name: awsmiddleware.GetServiceID(ctx),
				Namespace: "aws", Start: seconds(began), End: seconds(time.Now()), Fault: err != nil,
			}
			s.AWS.Operation, s.AWS.Region = awsmiddleware.GetOperationName(ctx), awsmiddleware.GetRegion(ctx)
			s.AWS.RequestID, _ = awsmiddleware.GetRequestIDMetadata(metadata)
			tell(daemon, s)
			return out, metadata, err
		}), middleware.After)
	}
}

func tell(daemon string, s subsegment) {
	document, err := json.Marshal(s)
	if err != nil { // numbers and texts cannot fail to encode
		return
	}
	c, err := net.Dial("udp", daemon)
	if err != nil {
		return
	}
	_, _ = c.Write(append([]byte(packetHeader), document...)) // lost where it is not taken
	_ = c.Close()
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// segmentID is 16 hexadecimal digits.
func segmentID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
