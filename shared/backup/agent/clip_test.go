package agent

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAServersOwnWordsFitTheResult(t *testing.T) {
	for name, c := range map[string]struct {
		give string
		same bool
	}{
		"short":                           {"disk full", true},
		"as long as can be":               {strings.Repeat("x", maxDetail), true},
		"one byte longer":                 {strings.Repeat("x", maxDetail+1), false},
		"characters of two bytes":         {strings.Repeat("é", maxDetail), false},
		"characters of four bytes":        {"x" + strings.Repeat("🖴", maxDetail), false},
		"bytes that are no characters":    {"bad \xff\xfe", false},
		"many bytes that are no text":     {strings.Repeat("\xff", 3*maxDetail), false},
		"nothing":                         {"", true},
		"a cut character at the very end": {strings.Repeat("x", maxDetail-1) + "\xc3", false},
	} {
		got := clip(c.give)
		if len(got) > maxDetail || !utf8.ValidString(got) || (got == c.give) != c.same {
			t.Errorf("%s: %d bytes, valid %v, unchanged %v", name, len(got), utf8.ValidString(got), got == c.give)
		}
	}
}
