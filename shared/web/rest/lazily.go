package rest

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// huma makes the schemas of an operation when it is registered, which takes longer than all else that a function does before
// its first request. A request needs one operation: so each is registered by itself when it is first asked for, with a
// registry of its own, and all together only for the document.

// registration is an operation that waits for that.
type registration struct {
	operation Operation
	register  func(huma.API)
}

// collector is what a feature registers its operations with. It is a huma.API only to be given to Register; used in any other
// way it panics, so that no operation gets around the guard.
type collector struct {
	huma.API
	feature *Feature
}

func (f *Feature) add(r registration) {
	if err := f.check(r.operation); err != nil {
		panic(fmt.Sprintf("operation %s: %v", r.operation.ID, err))
	}
	f.operations = append(f.operations, r)
	engine := sync.OnceValue(func() http.Handler {
		mux := http.NewServeMux()
		r.register(f.engine(mux))
		return mux
	})
	f.mux.HandleFunc(r.operation.Method+" "+r.operation.Path, func(w http.ResponseWriter, request *http.Request) {
		engine().ServeHTTP(w, request)
	})
}

// engine is huma with the guard in front.
func (f *Feature) engine(mux *http.ServeMux) huma.API {
	api := humago.New(mux, huma.Config{
		OpenAPI: newDocument(),
		Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
	})
	api.UseMiddleware(f.guard)
	return api
}

// describe makes the document.
func (f *Feature) describe() *huma.OpenAPI {
	api := f.engine(http.NewServeMux())
	for _, o := range f.operations {
		o.register(api)
	}
	for _, item := range api.OpenAPI().Paths {
		for _, described := range operations(item) {
			described.Tags = []string{f.name}
		}
	}
	return api.OpenAPI()
}
