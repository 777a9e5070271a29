package scenarios

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
)

func call(ctx context.Context, s *story, args []string) error {
	if len(args) < 4 {
		return errUsage
	}
	p, known := s.people[args[0]]
	if !known {
		return fmt.Errorf("nobody is called %s", args[0])
	}
	var content any
	var options []platformtest.Option
	for _, a := range args[4:] {
		if strings.HasPrefix(a, "{") {
			content = []byte(a)
			continue
		}
		name, value, ok := strings.Cut(a, ":")
		if !ok {
			return errUsage
		}
		options = append(options, platformtest.Header(name, value))
	}
	reply, err := p.Call(ctx, args[2], args[3], content, options...)
	if err != nil {
		return err
	}
	s.last = reply
	status, code, _ := strings.Cut(args[1], "/")
	if strconv.Itoa(reply.Status) != status || code != "" && string(reply.Problem()) != code {
		return fmt.Errorf("answered %d %s, want %s", reply.Status, reply.Problem(), args[1])
	}
	return nil
}

func repeat(ctx context.Context, s *story, args []string) error {
	if len(args) < 5 {
		return errUsage
	}
	times, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for i := range times {
		if err := call(ctx, s, args[1:]); err != nil {
			return fmt.Errorf("call %d: %w", i+1, err)
		}
	}
	return nil
}

func header(_ context.Context, s *story, args []string) error {
	if len(args) < 1 {
		return errUsage
	}
	got := s.kept.Header.Get(args[0])
	if got == "" || len(args) == 2 && got != args[1] {
		return fmt.Errorf("%s: %q", args[0], got)
	}
	return nil
}

func tells(_ context.Context, s *story, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	if !strings.Contains(string(s.kept.Body), args[0]) {
		return fmt.Errorf("the reply does not tell %s", args[0])
	}
	return nil
}

func name(_ context.Context, s *story, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	value, err := field(s.kept.Body, args[1])
	if err != nil {
		return err
	}
	s.ids[args[0]] = value
	return nil
}

// field is the text at a dotted path, where a number leads into a list.
func field(body []byte, path string) (string, error) {
	var at any
	if err := json.Unmarshal(body, &at); err != nil {
		return "", err
	}
	for step := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(v) {
				return "", fmt.Errorf("no %s of %s in %s", step, path, body)
			}
			at = v[n]
		default:
			return "", fmt.Errorf("no %s of %s in %s", step, path, body)
		}
	}
	return fmt.Sprint(at), nil
}
