package scenarios

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest/onaws"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// embeddedOnly are the scripts that wait for times which the queues at AWS tell by a clock of their own.
var embeddedOnly = map[string]string{
	"deadletter": "five deliveries take a minute and a half there; the queue's suite waits for dead letters",
}

func TestScenariosOnAWS(t *testing.T) {
	all, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, f := range all {
		if embeddedOnly[f[len("testdata/"):len(f)-len(".txtar")]] == "" {
			files = append(files, f)
		}
	}
	testscript.Run(t, testscript.Params{
		Files: files, Cmds: words, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			return beginOn(env, func(ctx context.Context, folder string) (*platformtest.World, error) {
				c := clock.NewFake(platformtest.Began)
				ground, err := onaws.Ground(ctx, awstest.Config(t), folder, c)
				if err != nil {
					return nil, err
				}
				return platformtest.OpenOn(ctx, folder, c, ground)
			})
		},
	})
}
