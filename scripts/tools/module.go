package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// downloadModule asks for one exact version: `go install module@version` would also ask the module proxy for the list of
// versions, which some proxies refuse.
func downloadModule(ctx context.Context, module, version string) (source, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module+"@"+version)
	cmd.Dir = os.TempDir() // outside the project, so that its go.mod stays as it is
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	failed := cmd.Run()

	var answer struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		return source{}, errors.Join(failed, fmt.Errorf("read the answer of go mod download: %w: %s", err, complaint.Bytes()))
	}
	if answer.Error != "" {
		return source{}, errors.New(answer.Error)
	}
	if failed != nil {
		return source{}, fmt.Errorf("%w: %s", failed, complaint.Bytes())
	}
	return source{Dir: answer.Dir, Sum: answer.Sum}, nil
}

func buildModule(ctx context.Context, t moduleTool, from, to string) (err error) {
	dir, remove, err := copyOut(os.DirFS(from))
	if err != nil {
		return fmt.Errorf("copy the source: %w", err)
	}
	defer func() { err = errors.Join(err, remove()) }()

	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", t.LDFlags, "-o", to, t.Package)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}
