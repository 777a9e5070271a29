package driver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

func TestASecretNeverShowsItself(t *testing.T) {
	const plain = "hunter2 hunter2"
	secret := driver.Secret(plain)
	holder := struct {
		Password driver.Secret
		Pointer  *driver.Secret
		List     []driver.Secret
		Map      map[string]driver.Secret
	}{secret, &secret, []driver.Secret{secret}, map[string]driver.Secret{"key": secret}}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%c", "%U", "%20s", "%-3v", "%.2s"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", secret, holder, []any{secret, holder.List})
	}
	fmt.Fprintln(&out, secret, holder, errors.Join(fmt.Errorf("%w: %v", errors.New("why"), secret)))
	slog.New(slog.NewTextHandler(&out, nil)).Info("said", "secret", secret, "list", holder.List, "group", slog.GroupValue(slog.Any("in", secret)))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("said", "secret", secret, "list", holder.List, "holder", holder)
	if err := json.NewEncoder(&out).Encode(holder); err != nil {
		t.Fatal(err)
	}

	hex := fmt.Sprintf("%x", []byte(plain)[:4])
	for _, leak := range []string{"hunter", hex, strings.ToUpper(hex), fmt.Sprintf("% x", []byte(plain)[:4])} {
		if strings.Contains(out.String(), leak) {
			t.Fatalf("shows itself as %q in:\n%s", leak, out.String())
		}
	}
	if got := strings.Count(out.String(), "[redacted]"); got < 50 {
		t.Fatalf("only %d times redacted: something was not printed at all", got)
	}
	if secret.Reveal() != plain {
		t.Fatal("a secret that is asked for is told")
	}
}
