package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// runtimeAPI plays the side of Lambda that a function polls: it gives out one call after the other and takes the replies.
// One function at a time runs against it.
type runtimeAPI struct {
	address string
	server  *http.Server

	polled  chan time.Time // each time the function asks for work
	calls   chan []byte
	replies chan reply
	calling sync.Mutex
	count   int
}

type reply struct {
	body   []byte
	failed bool
}

func newRuntimeAPI() (*runtimeAPI, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &runtimeAPI{
		address: l.Addr().String(), polled: make(chan time.Time, 1), calls: make(chan []byte), replies: make(chan reply, 1),
	}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	go func() { _ = r.server.Serve(l) }() // until close
	return r, nil
}

func (r *runtimeAPI) close() error { return r.server.Close() }

const pathPrefix = "/2018-06-01/runtime/"

// ServeHTTP implements the Runtime API as far as functions use it.
func (r *runtimeAPI) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	now := time.Now()
	switch path := strings.TrimPrefix(request.URL.Path, pathPrefix); {
	case path == "invocation/next":
		r.polled <- now
		select {
		case event := <-r.calls:
			r.give(w, event)
		case <-request.Context().Done(): // the function was ended
		}
	case strings.HasSuffix(path, "/response"), strings.HasSuffix(path, "/error"):
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		r.replies <- reply{body, strings.HasSuffix(path, "/error")}
	default:
		http.NotFound(w, request)
	}
}

func (r *runtimeAPI) give(w http.ResponseWriter, event []byte) {
	r.calling.Lock()
	r.count++
	id := fmt.Sprintf("call-%d", r.count)
	r.calling.Unlock()
	h := w.Header()
	h.Set("Lambda-Runtime-Aws-Request-Id", id)
	h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:bench")
	h.Set("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0")
	_, _ = w.Write(event) // a function that went away shows in the missing reply
}

// started is a function that runs.
type started struct {
	api  *runtimeAPI
	cmd  *exec.Cmd
	said *bytes.Buffer
	init time.Duration
}

// startTakes is how long a function may take until it is given up.
const startTakes = 30 * time.Second

var errSilent = errors.New("the function never asked for work")

// start runs a program as Lambda does and waits until it asks for work.
func (r *runtimeAPI) start(ctx context.Context, program string, environment []string) (*started, error) {
	s := &started{api: r, cmd: exec.CommandContext(ctx, program), said: &bytes.Buffer{}}
	s.cmd.Env = append(environment, "AWS_LAMBDA_RUNTIME_API="+r.address)
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	select {
	case at := <-r.polled:
		s.init = at.Sub(began)
		return s, nil
	case <-time.After(startTakes):
		return nil, errors.Join(errSilent, s.stop(), errors.New(s.said.String()))
	}
}

// call has the function answer an event and returns how long it took: from the call until the next poll, which is when the
// function is free again. The status is that of its answer.
func (s *started) call(event []byte) (took time.Duration, status int, err error) {
	began := time.Now()
	s.api.calls <- event
	var answer reply
	select {
	case answer = <-s.api.replies:
	case <-time.After(startTakes):
		return 0, 0, errors.New("the function did not answer")
	}
	took = (<-s.api.polled).Sub(began)
	var told struct {
		StatusCode int `json:"statusCode"`
	}
	if err := json.Unmarshal(answer.body, &told); err != nil || answer.failed {
		return took, 0, fmt.Errorf("the function failed: %s", answer.body)
	}
	return took, told.StatusCode, nil
}

// stop ends the function. The program is ours alone to end.
func (s *started) stop() error {
	err := s.cmd.Process.Kill()
	_ = s.cmd.Wait() // tells that it was killed
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
