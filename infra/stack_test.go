package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Everything is synthesized once for all tests: one process of Node, and one stack each of what the tests look at.
var (
	dev, prod template
	again     string // a folder with the same as dev's, made a second time
	nagged    []awscdk.Stack
	outputs   string // holds a folder for each stage
)

func TestMain(m *testing.M) {
	flag.Parse()
	folder, err := os.MkdirTemp("", "tierkeep-infra-")
	if err != nil {
		panic(err)
	}
	code := prepareAndRun(m, folder)
	if err := os.RemoveAll(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func prepareAndRun(m *testing.M, folder string) int {
	defer jsii.Close()
	outputs = folder
	zips := filepath.Join(folder, "zips")
	if err := errors.Join(os.Mkdir(zips, 0o755), stubs(zips)); err != nil {
		panic(err)
	}
	dev = synthesize(stages["dev"], zips, "dev")
	again = filepath.Join(folder, "again")
	synthesize(stages["dev"], zips, "again")

	mine := stages["prod"]
	mine.Portal, mine.AlarmMail = "portal.example.com", "operator@example.com"
	mine.Certificate = "arn:aws:acm:us-east-1:111111111111:certificate/7e4a7d2c-0000-4000-8000-000000000000"
	prod = synthesize(mine, zips, "prod")

	for _, stage := range []Stage{stages["dev"], mine} {
		s := newStack(newApp(filepath.Join(folder, "nagged")), stage, zips)
		awscdk.Aspects_Of(s.Stack).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: yes(true)}), nil)
		nagged = append(nagged, s.Stack)
	}
	return awstest.Run(m)
}

func synthesize(stage Stage, zips, name string) template {
	app := newApp(filepath.Join(outputs, name))
	s := newStack(app, stage, zips)
	app.Synth(nil)
	text, err := os.ReadFile(filepath.Join(outputs, name, s.names.stack()+".template.json"))
	if err != nil {
		panic(err)
	}
	var t template
	if err := json.Unmarshal(text, &t); err != nil {
		panic(err)
	}
	return t
}

// template is a CloudFormation template.
type template struct {
	Resources map[string]resource
	Outputs   map[string]any
}

type resource struct {
	Type                string
	Properties          map[string]any
	Condition           string
	DeletionPolicy      string
	UpdateReplacePolicy string
	DependsOn           any
	Metadata            any
}

// of returns the resources of a type by logical id.
func (t template) of(kind string) map[string]resource {
	found := map[string]resource{}
	for id, r := range t.Resources {
		if r.Type == kind {
			found[id] = r
		}
	}
	return found
}
