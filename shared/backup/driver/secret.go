package driver

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a password that redacts itself wherever it is printed: by fmt with any verb, by slog, and in JSON and text
// (but not as the key of a map, which encoding/json writes as it stands).
type Secret string

const redacted = "[redacted]"

// Reveal returns the password itself.
func (s Secret) Reveal() string { return string(s) }

// Format hides the password from every verb, also those that fmt reports as wrong together with the value.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

func (Secret) String() string               { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
