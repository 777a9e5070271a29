package awsfault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// refusal is a service's answer that it did not do what it was asked.
type refusal struct {
	status int
	code   string
	more   map[string]any // members of the error beside its message
}

var unavailable = refusal{status: http.StatusInternalServerError, code: "InternalServerError"}

// throttled has the code of each service's own documentation.
func throttled(service string) refusal {
	switch service {
	case "S3":
		return refusal{status: http.StatusServiceUnavailable, code: "SlowDown"}
	case "SQS":
		return refusal{status: http.StatusForbidden, code: "RequestThrottled"}
	case "SESv2":
		return refusal{status: http.StatusTooManyRequests, code: "TooManyRequestsException"}
	case "ApiGatewayManagementApi":
		return refusal{status: http.StatusTooManyRequests, code: "LimitExceededException"}
	case "Scheduler":
		return refusal{status: http.StatusTooManyRequests, code: "ThrottlingException"}
	default:
		return refusal{status: http.StatusBadRequest, code: "ThrottlingException"}
	}
}

// cancelled is how DynamoDB refuses a write that another transaction, or a lack of capacity, is in the way of. In a
// transaction the last action is the one that meets it.
func cancelled(f Fault, operation string, request any) (refusal, error) {
	if operation != transactions[0] {
		return refusal{status: http.StatusBadRequest, code: "TransactionConflictException"}, nil
	}
	r, ok := request.(*smithyhttp.Request)
	if !ok {
		return refusal{}, errors.New("awsfault: not a request over HTTP")
	}
	var asked struct{ TransactItems []json.RawMessage }
	if err := json.NewDecoder(r.GetStream()).Decode(&asked); err != nil {
		return refusal{}, fmt.Errorf("awsfault: read a transaction: %w", err)
	}
	reasons := make([]map[string]string, len(asked.TransactItems))
	for n := range reasons {
		reasons[n] = map[string]string{"Code": "None"}
	}
	if n := len(reasons); n > 0 {
		code := "TransactionConflict"
		if f == Starved {
			code = "ThrottlingError"
		}
		reasons[n-1] = map[string]string{"Code": code, "Message": "injected"}
	}
	return refusal{
		status: http.StatusBadRequest, code: "TransactionCanceledException",
		more: map[string]any{"CancellationReasons": reasons},
	}, nil
}

// reply words the refusal as the service's protocol does: XML for S3, JSON for all others that the platform uses.
func (r refusal) reply(service string) *smithyhttp.Response {
	header := http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amzn-Errortype": {r.code}}
	var body []byte
	if service == "S3" {
		header = http.Header{"Content-Type": {"application/xml"}}
		body = fmt.Appendf(nil, `<?xml version="1.0"?><Error><Code>%s</Code><Message>injected</Message></Error>`, r.code)
	} else {
		members := map[string]any{"__type": r.code, "message": "injected"}
		for name, value := range r.more {
			members[name] = value
		}
		var err error
		if body, err = json.Marshal(members); err != nil { // plain strings cannot fail to encode
			panic(err)
		}
	}
	return &smithyhttp.Response{Response: &http.Response{
		StatusCode: r.status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}}
}

// cut leaves half of a reply's body.
func cut(raw any) error {
	r, ok := raw.(*smithyhttp.Response)
	if !ok {
		return errors.New("awsfault: not a reply over HTTP")
	}
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return fmt.Errorf("awsfault: read a reply: %w", err)
	}
	half := strings.NewReader(string(body[:len(body)/2]))
	r.Body = io.NopCloser(io.MultiReader(half, broken{}))
	return nil
}

// broken is a connection that ends too early.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
