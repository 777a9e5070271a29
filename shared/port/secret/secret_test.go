package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/secret"
)

const text = "hunter2"

// shapes are the ways in which a value ends up in something that is printed.
func shapes() map[string]any {
	v := secret.NewValue([]byte(text))
	type hidden struct{ v secret.Value }
	return map[string]any{
		"value": v, "pointer": &v, "exported field": struct{ V secret.Value }{v}, "unexported field": hidden{v},
		"pointer to a struct": &hidden{v}, "slice": []secret.Value{v}, "map": map[string]secret.Value{"k": v}, "any": []any{v},
	}
}

// wantRedacted looks for the secret as text, in hexadecimal, and as the decimal numbers of its bytes.
func wantRedacted(t *testing.T, printed string) {
	t.Helper()
	for _, leak := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), "104 117 110", "0x68, 0x75", "aHVudGVyMg"} {
		if strings.Contains(printed, leak) {
			t.Errorf("the secret shows: %s", printed)
		}
	}
}

func TestAValueRedactsItselfWhereverItIsPrinted(t *testing.T) {
	for name, shape := range shapes() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%b", "%o", "%c", "%U", "%t", "%T", "%e", "%p", "%10v"} {
			t.Run(name+" by "+verb, func(t *testing.T) { wantRedacted(t, fmt.Sprintf(verb, shape)) })
		}
		t.Run(name+" as JSON", func(t *testing.T) {
			b, err := json.Marshal(shape)
			if err != nil {
				t.Fatal(err)
			}
			wantRedacted(t, string(b))
		})
		for handler, make := range map[string]func(*bytes.Buffer) slog.Handler{
			"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
			"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		} {
			t.Run(name+" in a log as "+handler, func(t *testing.T) {
				var b bytes.Buffer
				slog.New(make(&b)).Info("message", "secret", shape)
				wantRedacted(t, b.String())
			})
		}
	}
}

func TestARedactedValueSaysSo(t *testing.T) {
	v := secret.NewValue([]byte(text))
	b, err := json.Marshal(v)
	for how, got := range map[string]string{"String": v.String(), "fmt": fmt.Sprintf("%d", v), "JSON": strings.Trim(string(b), `"`)} {
		if got != "[redacted]" || err != nil {
			t.Errorf("%s: %q, %v", how, got, err)
		}
	}
}

func TestRevealGivesTheSecretAndNoWayToChangeIt(t *testing.T) {
	b := []byte(text)
	v := secret.NewValue(b)
	b[0] = 'X'
	v.Reveal()[1] = 'X'
	if got := string(v.Reveal()); got != text {
		t.Errorf("got %q", got)
	}
	if got := (secret.Value{}).Reveal(); got != nil {
		t.Errorf("the zero value reveals %q", got)
	}
}
