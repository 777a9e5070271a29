package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The limits of every adapter, which are those of Step Functions.
const (
	MaxDataBytes  = 256 << 10 // of an input, a result, and all that passes between states
	MaxCodeBytes  = 256
	MaxCauseBytes = 32 << 10
	maxTokenBytes = 2048
)

var names = regexp.MustCompile(`^[0-9A-Za-z._-]{1,80}$`)

// ValidateStart checks what Start is given; every adapter calls it first.
func ValidateStart(machine, name string, input json.RawMessage) error {
	if !names.MatchString(machine) || !names.MatchString(name) {
		return fmt.Errorf("%w: the name of a machine or execution is 1 to 80 of letters, digits, dot, dash and underscore", ErrLimit)
	}
	if err := ValidateData(input); err != nil {
		return err
	}
	if !bytes.HasPrefix(bytes.TrimLeft(input, " \t\r\n"), []byte("{")) {
		return fmt.Errorf("%w: an input is a JSON object", ErrLimit)
	}
	return nil
}

// ValidateData checks a result or input.
func ValidateData(data json.RawMessage) error {
	if len(data) > MaxDataBytes {
		return fmt.Errorf("%w: data of %d bytes", ErrLimit, len(data))
	}
	if !utf8.Valid(data) || !json.Valid(data) {
		return fmt.Errorf("%w: data that is not JSON in UTF-8", ErrLimit)
	}
	return nil
}

// ValidateFail checks what Fail is given besides the token. Codes that begin with "States." belong to the language.
func ValidateFail(code, cause string) error {
	if code == "" || len(code) > MaxCodeBytes || !utf8.ValidString(code) || strings.HasPrefix(code, "States.") {
		return fmt.Errorf("%w: an error's code is 1 to %d bytes and none of the language's own, which begin with \"States.\"", ErrLimit, MaxCodeBytes)
	}
	if len(cause) > MaxCauseBytes || !utf8.ValidString(cause) {
		return fmt.Errorf("%w: an error's cause of %d bytes", ErrLimit, len(cause))
	}
	return nil
}

// ValidateToken tells whether a token could be one of a waiting task: what could not waits for nothing.
func ValidateToken(token string) error {
	if token == "" || len(token) > maxTokenBytes || !utf8.ValidString(token) {
		return ErrNotWaiting
	}
	return nil
}

// Same tells whether two inputs are the same JSON value, whatever their blanks and the order of their names. Numbers are the
// same when they are written the same.
func Same(a, b json.RawMessage) bool {
	x, errX := canonical(a)
	y, errY := canonical(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func canonical(data json.RawMessage) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("more than one value: %w", err)
	}
	return json.Marshal(v)
}
