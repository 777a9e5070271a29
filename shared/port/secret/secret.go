// Package secret is the port to what only the platform may know, such as its signing key. AWS: Secrets Manager;
// embedded: a file with mode 0600.
package secret

import (
	"context"
	"log/slog"
)

// Secrets keeps values by name.
type Secrets interface {
	// GetOrCreate returns the value kept under a name (letters, digits, "/", "-", at most 128). Where there is none it
	// keeps what create returns; of racing callers one creates, and all get the same value.
	GetOrCreate(ctx context.Context, name string, create func() ([]byte, error)) (Value, error)
}

// Value is a secret that redacts itself wherever it is printed.
type Value struct{ bytes []byte }

// NewValue wraps a secret.
func NewValue(b []byte) Value { return Value{b} }

// Reveal returns the secret itself.
func (v Value) Reveal() []byte { return v.bytes }

func (Value) String() string               { return "[redacted]" }
func (Value) GoString() string             { return "[redacted]" }
func (Value) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (Value) MarshalJSON() ([]byte, error) { return []byte(`"[redacted]"`), nil }
