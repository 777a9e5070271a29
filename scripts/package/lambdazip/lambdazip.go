// Package lambdazip makes the zip files of Lambda functions. The same source and the same Go make the same bytes, on every
// machine and in every folder, so that an unchanged function is not deployed again.
package lambdazip

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// The architectures: what runs on AWS, and what an emulator on most machines runs.
const (
	ARM64 = "arm64"
	AMD64 = "amd64"
)

// Built is one function's zip.
type Built struct {
	Name   string
	File   string
	Binary int64 // bytes of the program
	Zip    int64 // bytes of the file
}

// buildsAtOnce is how many programs are linked at a time: each takes a core and some hundred megabytes.
const buildsAtOnce = 2

// Build builds functions of the project at root for an architecture into a folder, which it makes.
func Build(ctx context.Context, root, arch, folder string, list []functions.Function) ([]Built, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	// Each program has a build of its own: one for all would name each after its last folder, which many share.
	built, failed := make([]Built, len(list)), make([]error, len(list))
	free := make(chan struct{}, buildsAtOnce)
	var all sync.WaitGroup
	for i, f := range list {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			built[i], failed[i] = build(ctx, root, arch, folder, f)
		})
	}
	all.Wait()
	return built, errors.Join(failed...)
}

func build(ctx context.Context, root, arch, folder string, f functions.Function) (Built, error) {
	if _, err := os.Stat(filepath.Join(root, f.Main(), "main.go")); err != nil {
		return Built{}, fmt.Errorf("%s has no main: %w", f.Name(), err)
	}
	return BuildOne(ctx, root, arch, folder, f.Name(), f.Main())
}

// BuildOne builds the main of a folder of the project, into a folder that stands, under a name.
func BuildOne(ctx context.Context, root, arch, folder, name, main string) (Built, error) {
	b := Built{Name: name, File: filepath.Join(folder, name+".zip")}
	program, err := compile(ctx, root, arch, "./"+main)
	if err != nil {
		return b, fmt.Errorf("build %s: %w", name, err)
	}
	content, err := pack(program)
	if err != nil {
		return b, fmt.Errorf("zip %s: %w", name, err)
	}
	b.Binary, b.Zip = int64(len(program)), int64(len(content))
	return b, replace(b.File, content)
}

// compile returns the program of a main. Nothing of the machine goes into it: no paths, no version control, no C library. The
// tag leaves out a protocol that Lambda's newer runtimes do not speak, which is more than a third of a small program.
func compile(ctx context.Context, root, arch, main string) (program []byte, err error) {
	dir, err := os.MkdirTemp("", "tierkeep-lambda-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	out := filepath.Join(dir, bootstrap)
	cmd := exec.CommandContext(ctx, "go", "build",
		"-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", out, main)
	cmd.Dir = root
	// What a developer's environment adds to builds stays out of these.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(string(said)))
	}
	return os.ReadFile(out)
}

// bootstrap is the program's name, which Lambda's runtime looks for.
const bootstrap = "bootstrap"

// epoch is the first time that a zip file can tell.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// pack makes a zip of a program as Lambda's runtime wants it: one file, bootstrap, that may run.
func pack(program []byte) ([]byte, error) {
	var content bytes.Buffer
	z := zip.NewWriter(&content)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	header := &zip.FileHeader{Name: bootstrap, Method: zip.Deflate, Modified: epoch}
	header.SetMode(0o755)
	w, err := z.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(program); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

// Unpack writes the program of a zip that Build made to a file, and returns the file's name.
func Unpack(zipFile, to string) (file string, err error) {
	z, err := zip.OpenReader(zipFile)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	r, err := z.Open(bootstrap)
	if err != nil {
		return "", err
	}
	program, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	return to, os.WriteFile(to, program, 0o700)
}

// replace writes a file whole or not at all, and leaves one alone that has these bytes already.
func replace(file string, content []byte) error {
	if has, err := os.ReadFile(file); err == nil && bytes.Equal(has, content) {
		return nil
	}
	aside := file + ".new"
	if err := os.WriteFile(aside, content, 0o644); err != nil {
		return err
	}
	return os.Rename(aside, file)
}
