package driver

import "log/slog"

// Secret is a password that redacts itself wherever it is printed.
type Secret string

// Reveal returns the password itself.
func (s Secret) Reveal() string { return string(s) }

func (Secret) String() string               { return "[redacted]" }
func (Secret) GoString() string             { return "[redacted]" }
func (Secret) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"[redacted]"`), nil }
