// Package secrettest is the suite that every adapter of the secrets passes.
package secrettest

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/secret"
)

var (
	started = time.Now()
	names   atomic.Int64
)

func fresh() string {
	return "secrettest-" + strconv.FormatInt(started.UnixNano(), 36) + "-" + strconv.FormatInt(names.Add(1), 10)
}

// Run proves the promises of the port. Open opens the same secrets each time, as another process would.
func Run(t *testing.T, open func(t *testing.T) secret.Secrets) {
	always := func(value string) func() ([]byte, error) {
		return func() ([]byte, error) { return []byte(value), nil }
	}
	mustGet := func(t *testing.T, s secret.Secrets, name string, create func() ([]byte, error)) string {
		t.Helper()
		v, err := s.GetOrCreate(t.Context(), name, create)
		if err != nil {
			t.Fatalf("GetOrCreate: %v", err)
		}
		return string(v.Reveal())
	}
	never := func(t *testing.T) func() ([]byte, error) {
		return func() ([]byte, error) {
			t.Error("a secret that is there was made again")
			return nil, errors.New("made again")
		}
	}

	t.Run("a secret is made once and comes back the same, to another process too", func(t *testing.T) {
		name, s := fresh(), open(t)
		const value = "\x00\x01\xff binary \n"
		if got := mustGet(t, s, name, always(value)); got != value {
			t.Errorf("got %q", got)
		}
		for _, again := range []secret.Secrets{s, open(t)} {
			if got := mustGet(t, again, name, never(t)); got != value {
				t.Errorf("got %q the second time", got)
			}
		}
	})

	t.Run("names are different secrets, also those that begin alike", func(t *testing.T) {
		base, s := fresh(), open(t)
		all := []string{base, base + "/a", base + "/a/b", base + "-a", base + "a"}
		for _, name := range all {
			mustGet(t, s, name, always("value of "+name))
		}
		for _, name := range all {
			if got := mustGet(t, s, name, never(t)); got != "value of "+name {
				t.Errorf("%s: got %q", name, got)
			}
		}
	})

	t.Run("of racing callers all get the value of one", func(t *testing.T) {
		name, s := fresh(), open(t)
		other := open(t)
		const callers = 16
		got := make([][]byte, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				from := s
				if i%2 == 1 {
					from = other
				}
				v, err := from.GetOrCreate(t.Context(), name, always(fmt.Sprint("value of caller ", i)))
				if err != nil {
					t.Errorf("GetOrCreate: %v", err)
				}
				got[i] = v.Reveal()
			})
		}
		all.Wait()
		for i := range got {
			if !bytes.Equal(got[i], got[0]) || !bytes.HasPrefix(got[i], []byte("value of caller ")) {
				t.Errorf("caller %d got %q, and caller 0 %q", i, got[i], got[0])
			}
		}
		if kept := mustGet(t, s, name, never(t)); kept != string(got[0]) {
			t.Errorf("kept is %q, and the callers got %q", kept, got[0])
		}
	})

	t.Run("what could not be made is an error and leaves nothing", func(t *testing.T) {
		name, s := fresh(), open(t)
		broken := errors.New("broken")
		if _, err := s.GetOrCreate(t.Context(), name, func() ([]byte, error) { return []byte("half"), broken }); !errors.Is(err, broken) {
			t.Errorf("got %v, want the error of create", err)
		}
		if got := mustGet(t, s, name, always("whole")); got != "whole" {
			t.Errorf("got %q", got)
		}
	})

	t.Run("limits", func(t *testing.T) {
		s := open(t)
		long := fresh()
		tests := []struct {
			what, name, value string
			fits              bool
		}{
			{"a name of 128 characters", long + strings.Repeat("n", 128-len(long)), "v", true},
			{"a name of 129 characters", long + strings.Repeat("n", 129-len(long)), "v", false},
			{"no name", "", "v", false},
			{"a way out", "../" + long, "v", false},
			{"a slash at the beginning", "/" + long, "v", false},
			{"a slash at the end", long + "/", "v", false},
			{"two slashes", long + "//x", "v", false},
			{"a dot", long + ".x", "v", false},
			{"a space", long + " x", "v", false},
			{"a line break at the end", long + "\n", "v", false},
			{"a value of 64 KB", fresh(), strings.Repeat("v", secret.MaxBytes), true},
			{"a larger value", fresh(), strings.Repeat("v", secret.MaxBytes+1), false},
			{"no value", fresh(), "", false},
		}
		for _, tt := range tests {
			t.Run(tt.what, func(t *testing.T) {
				v, err := s.GetOrCreate(t.Context(), tt.name, always(tt.value))
				if tt.fits != (err == nil) || !tt.fits && !errors.Is(err, secret.ErrLimit) {
					t.Fatalf("got %v", err)
				}
				if tt.fits && string(v.Reveal()) != tt.value {
					t.Errorf("it came back with %d bytes", len(v.Reveal()))
				}
			})
		}
	})
}
