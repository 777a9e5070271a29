package lambdahttp_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
)

func event(method, path string) events.APIGatewayV2HTTPRequest {
	e := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: path, Headers: map[string]string{"host": "backup.example:8443"}}
	e.RequestContext.HTTP.Method = method
	e.RequestContext.HTTP.SourceIP = "192.0.2.7"
	e.RequestContext.DomainName = "abc.execute-api.eu-west-1.amazonaws.com"
	e.RequestContext.Stage = "$default"
	return e
}

// serve calls the function made of a handler, and fails the test where the function fails.
func serve(t *testing.T, e events.APIGatewayV2HTTPRequest, h http.HandlerFunc) events.APIGatewayV2HTTPResponse {
	t.Helper()
	reply, err := lambdahttp.Wrap(h)(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestAStripeSignatureArrivesUnmangled(t *testing.T) {
	const secret = "whsec_test"
	payload := fmt.Appendf(nil, `{"id":"evt_1","object":"event","api_version":%q,"type":"invoice.paid"}`, stripe.APIVersion)
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: payload, Secret: secret})
	e := event(http.MethodPost, "/hooks/stripe")
	e.Headers["stripe-signature"] = signed.Header
	e.Body = string(signed.Payload)
	serve(t, e, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := webhook.ConstructEvent(body, r.Header.Get("Stripe-Signature"), secret)
		if err != nil || got.ID != "evt_1" {
			t.Errorf("header %q: %v", r.Header.Get("Stripe-Signature"), err)
		}
	})
}

func TestTheRequestIsTheOneThatTheClientSent(t *testing.T) {
	e := event(http.MethodGet, "/v1/tenants/a%2Fb/things")
	e.RawQueryString = "tag=a&tag=b%20c&empty="
	e.Headers["accept"] = "text/html, application/json;q=0.9"
	e.Headers["if-modified-since"] = "Sun, 01 Mar 2026 12:00:00 GMT"
	e.Cookies = []string{"a=1", "b=2,3"}
	mux := http.NewServeMux()
	called := false
	mux.HandleFunc("GET /v1/tenants/{tenant}/things", func(w http.ResponseWriter, r *http.Request) {
		called = true
		b, err := r.Cookie("b")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{
			"tenant": r.PathValue("tenant"), "tags": fmt.Sprint(r.URL.Query()["tag"]), "accept": r.Header.Get("Accept"),
			"since": r.Header.Get("If-Modified-Since"), "cookie": b.Value, "host": r.Host, "header host": r.Header.Get("Host"),
			"address": r.RemoteAddr, "uri": r.RequestURI,
		}
		want := map[string]string{
			"tenant": "a/b", "tags": "[a b c]", "accept": "text/html, application/json;q=0.9", "since": "Sun, 01 Mar 2026 12:00:00 GMT",
			"cookie": "2,3", "host": "backup.example:8443", "header host": "", "address": "192.0.2.7",
			"uri": "/v1/tenants/a%2Fb/things?tag=a&tag=b%20c&empty=",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	serve(t, e, mux.ServeHTTP)
	if !called {
		t.Error("the escaped slash changed the path")
	}
}

func TestBodiesThatAreNoTextPassBothWays(t *testing.T) {
	binary := []byte{0xff, 0x00, 0xfe, 'x'}
	e := event(http.MethodPut, "/logo")
	e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(binary), true
	reply := serve(t, e, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(w, r.Body); err != nil {
			t.Error(err)
		}
	})
	got, err := base64.StdEncoding.DecodeString(reply.Body)
	if err != nil || !reply.IsBase64Encoded || string(got) != string(binary) {
		t.Errorf("%+v %v", reply, err)
	}
	e.Body, e.IsBase64Encoded = "déjà vu", false
	reply = serve(t, e, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(w, r.Body); err != nil {
			t.Error(err)
		}
	})
	if reply.IsBase64Encoded || reply.Body != "déjà vu" {
		t.Errorf("text: %+v", reply)
	}
}

func TestEveryCookieIsSet(t *testing.T) {
	reply := serve(t, event(http.MethodGet, "/"), func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2", HttpOnly: true})
		w.WriteHeader(http.StatusCreated)
	})
	if diff := cmp.Diff([]string{"a=1", "b=2; HttpOnly"}, reply.Cookies); diff != "" || reply.StatusCode != http.StatusCreated {
		t.Errorf("status %d %s", reply.StatusCode, diff)
	}
}

func TestAHandlerThatSaysNothingSaysOK(t *testing.T) {
	if reply := serve(t, event(http.MethodGet, "/"), func(http.ResponseWriter, *http.Request) {}); reply.StatusCode != http.StatusOK {
		t.Errorf("status %d", reply.StatusCode)
	}
}

func TestAnEventThatIsNoRequestFails(t *testing.T) {
	e := event(http.MethodPost, "/")
	e.Body, e.IsBase64Encoded = "not base64!", true
	if _, err := lambdahttp.Wrap(http.NotFoundHandler())(t.Context(), e); err == nil {
		t.Error("a body that cannot be read was taken")
	}
}
