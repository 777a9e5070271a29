// Package secret is the port to what only the platform may know, such as its signing key. AWS: Secrets Manager;
// embedded: a file with mode 0600.
package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/tierkeep/tierkeep/shared/pattern"
)

// Secrets keeps values by name.
type Secrets interface {
	// GetOrCreate returns the value kept under a name. Where there is none it keeps what create returns, at most 64 KB and
	// not empty. Racing callers may each create, but only the first one's value is kept, and all get that one. An error of
	// create is returned, and nothing is kept.
	GetOrCreate(ctx context.Context, name string, create func() ([]byte, error)) (Value, error)
}

// MaxBytes is the largest value, which is that of Secrets Manager.
const MaxBytes = 64 << 10

// ErrLimit says that a name or a value is beyond what Secrets Manager takes.
var ErrLimit = errors.New("beyond a limit of the secrets")

var names = pattern.New(`^[A-Za-z0-9-]+(/[A-Za-z0-9-]+)*$`)

const maxNameBytes = 128

// ValidateName checks a name: letters, digits and dashes, with slashes between, at most 128; every adapter calls it first.
func ValidateName(name string) error {
	if !names.MatchString(name) || len(name) > maxNameBytes {
		return fmt.Errorf("%w: a name is letters, digits and dashes, with slashes between, at most %d", ErrLimit, maxNameBytes)
	}
	return nil
}

// ValidateValue checks what create returned; every adapter calls it before keeping it.
func ValidateValue(value []byte) error {
	if len(value) == 0 || len(value) > MaxBytes {
		return fmt.Errorf("%w: a value of %d bytes", ErrLimit, len(value))
	}
	return nil
}

const redacted = "[redacted]"

// Value is a secret that redacts itself wherever it is printed, also within an unexported field, where nobody asks its
// methods: what stands there is a function.
type Value struct{ reveal func() []byte }

// NewValue wraps a secret.
func NewValue(b []byte) Value {
	kept := bytes.Clone(b)
	return Value{func() []byte { return bytes.Clone(kept) }}
}

// Reveal returns the secret itself.
func (v Value) Reveal() []byte {
	if v.reveal == nil {
		return nil
	}
	return v.reveal()
}

// Format prints no secret, whatever the verb.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

func (Value) String() string               { return redacted }
func (Value) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }
