package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

// Refusal is a problem that the platform answered.
type Refusal struct {
	Status     int
	Code       string         `json:"code"`
	Detail     string         `json:"detail"`
	Fields     []RefusedField `json:"fields"`
	ServerTime time.Time      `json:"server_time"`
	RetryAfter time.Duration  `json:"-"`
}

// RefusedField is one wrong field of a refused request.
type RefusedField struct {
	Name   string `json:"name"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (r *Refusal) Error() string {
	text := fmt.Sprintf("the platform answered %d %s", r.Status, r.Code)
	if r.Detail != "" {
		text += ": " + r.Detail
	}
	for _, f := range r.Fields {
		text += fmt.Sprintf(" [%s %s]", f.Name, f.Code)
	}
	return text
}

// refused tells whether the platform answered with this code.
func refused(err error, code string) bool {
	var r *Refusal
	return errors.As(err, &r) && r.Code == code
}

// permanent tells whether sending the same request again cannot help. What did not come from the platform tells nothing.
func permanent(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && r.Code != unreadable && r.Status >= 400 && r.Status < 500 && r.Status != http.StatusTooManyRequests &&
		r.Status != http.StatusRequestTimeout && r.Status != http.StatusUnauthorized
}

const (
	maxReply   = 8 << 20
	unreadable = "unreadable_reply" // the code of a refusal that is no problem of the platform
)

// Client makes the agent's calls. It signs each with the agent's key and, when the platform says that this machine's clock
// is wrong, with the difference that was measured.
type Client struct {
	HTTP     *http.Client
	Clock    clock.Clock
	Identity Identity
	offset   atomic.Int64 // nanoseconds to add to this machine's time
}

// Offset is how far the platform's clock was ahead of this machine's when it was last measured.
func (c *Client) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// post sends a signed request and reads the reply into out, which may be nil.
func (c *Client) post(ctx context.Context, path string, in, out any) error {
	err := c.once(ctx, path, in, out)
	if refused(err, "clock_skew") {
		return c.once(ctx, path, in, out) // with the offset that the refusal told
	}
	return err
}

func (c *Client) once(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	req, err := c.request(ctx, path, body)
	if err != nil {
		return err
	}
	sign.Sign(req.Header, c.Identity.Agent, c.Identity.signKey(), sign.Target(http.MethodPost, path), c.now(), body)
	return c.do(req, out)
}

func (c *Client) now() time.Time { return c.Clock.Now().Add(c.Offset()) }

func (c *Client) request(ctx context.Context, path string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.Identity.Platform, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "tierkeep-agent/"+Version)
	return req, nil
}

func (c *Client) do(req *http.Request, out any) error {
	sent := c.Clock.Now()
	reply, err := c.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("call %s: %w", req.URL.Path, err)
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(reply.Body, maxReply+1))
	if err != nil {
		return fmt.Errorf("read the reply to %s: %w", req.URL.Path, err)
	}
	if len(body) > maxReply {
		return fmt.Errorf("the reply to %s is too large", req.URL.Path)
	}
	if reply.StatusCode >= 300 {
		return c.refusal(reply, body, sent)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("read the reply to %s: %w", req.URL.Path, err)
	}
	return nil
}

// refusal reads a problem and, where the platform tells its time, measures the difference: half the round trip is nothing
// against the minutes that a signature may be off.
func (c *Client) refusal(reply *http.Response, body []byte, sent time.Time) error {
	r := &Refusal{Status: reply.StatusCode}
	if err := json.Unmarshal(body, r); err != nil || r.Code == "" { // a proxy on the way, not the platform
		r.Code = unreadable
	}
	if seconds, err := strconv.Atoi(reply.Header.Get("Retry-After")); err == nil && seconds > 0 {
		r.RetryAfter = time.Duration(seconds) * time.Second
	}
	if told, err := sign.ReadStamp(reply.Header.Get(sign.ServerTimeHeader)); err == nil && r.Code == "clock_skew" {
		c.offset.Store(int64(told.Sub(sent)))
	}
	return r
}

// Ping tells whether the platform knows this agent and takes its signature, and measures the clocks' difference.
func (c *Client) Ping(ctx context.Context) error {
	return c.post(ctx, "/agent/v1/claim", claimRequest{ClaimID: "ping", Servers: []string{}, Max: 1}, nil)
}
