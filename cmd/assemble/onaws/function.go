// Package onaws is what every Lambda function's main does: read its settings, log, and hand its handler to the runtime. The
// adapters of ports are not here but in each main, because a function pays at each start for every service of AWS that it
// links, used or not.
package onaws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tierkeep/tierkeep/shared/config"
	"github.com/tierkeep/tierkeep/shared/port/secret"
	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
)

// Function is a Lambda function that starts.
type Function struct {
	Log *slog.Logger
	AWS aws.Config // for the adapters

	settings Base
	invoked  invoked
}

// Begin reads a function's settings into its Config, whose Base is given apart, and gives it a logger and a configuration of
// AWS. What is missing or wrong is logged together and ends the process, which Lambda reports.
func Begin(c any, base *Base) *Function {
	f, err := begin(c, base, os.LookupEnv, os.Stdout)
	if err != nil {
		end(f.Log, err)
	}
	slog.SetLogLoggerLevel(slog.LevelDebug) // the runtime's library tells each failure again, as text
	slog.SetDefault(f.Log)
	return f
}

func begin(c any, base *Base, lookup func(string) (string, bool), out io.Writer) (*Function, error) {
	f := &Function{Log: logger(out, slog.LevelInfo, "")}
	if err := config.Load(c, lookup); err != nil {
		return f, fmt.Errorf("read the settings: %w", err)
	}
	f.settings = *base
	f.Log = logger(out, base.LogLevel, base.Stage)
	var err error
	f.AWS, err = environment(lookup, base.Tracing)
	return f, err
}

// Must ends a function that cannot start.
func (f *Function) Must(err error) {
	if err != nil {
		end(f.Log, err)
	}
}

func end(log *slog.Logger, err error) {
	log.Error("the function cannot start", "error", err)
	os.Exit(1)
}

// HTTP answers the requests of API Gateway with a handler, and returns only when the runtime ends. What CloudFront says of
// its clients is believed with the secret of the origin, which is among the secrets.
func (f *Function) HTTP(h http.Handler, secrets secret.Secrets) {
	Start(f, lambdahttp.Front{Origin: origin(secrets), Log: f.Log}.Wrap(h))
}

// originKey is the secret that CloudFront shows; infra/functions names it too.
const originKey = "platform/origin-key"

// origin reads the secret of the origin. The adapter remembers what it read, so that a request costs no look; the deployment
// of an exchanged key starts functions anew (Secrets.OriginKeyOf).
func origin(secrets secret.Secrets) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		v, err := secrets.GetOrCreate(ctx, originKey, func() ([]byte, error) { return nil, errOrigin })
		return v.Reveal(), err
	}
}

// Start hands a handler to the runtime, and returns only when the runtime ends. An error of the handler is logged once and
// is the function's error; so is a panic, after which the process goes on with the next call.
func Start[I, O any](f *Function, handle func(context.Context, I) (O, error)) {
	lambda.Start(logged(f, handle))
}

func logged[I, O any](f *Function, handle func(context.Context, I) (O, error)) func(context.Context, I) (O, error) {
	return func(ctx context.Context, in I) (out O, err error) {
		ctx = f.invoked.begin(ctx, f.settings.Tracing)
		defer func() {
			if failure := recover(); failure != nil {
				err = panicked(failure)
			}
			if err != nil {
				f.Log.ErrorContext(ctx, "the function failed", "error", err)
			}
		}()
		return handle(ctx, in)
	}
}

// errOrigin is what a platform says that was not deployed whole.
var errOrigin = errors.New("there is no secret of the origin; the deployment makes it")
