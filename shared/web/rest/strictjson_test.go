package rest

import (
	"encoding/json"
	"testing"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// FuzzCheckJSON holds the checker against encoding/json: it never lets pass what that refuses, and what it refuses it
// refuses as unreadable.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,{"b":null}]}`, `{"a":1,"a":2}`, `[`, `{"a"}`, `1 2`, `"\ud800"`, `{"a":}`, `[,]`, `{1:2}`, ``, `[1 2]`, `]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := checkJSON(body)
		if err == nil && !json.Valid(body) {
			t.Errorf("%q passed", body)
		}
		if err != nil && !problem.Has(err, problem.Unreadable) {
			t.Errorf("%q: %v", body, err)
		}
	})
}
