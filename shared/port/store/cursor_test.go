package store_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// A client can open a cursor and change what is in it. It gets no further than the rows that its query gives anyway.
func TestACursorThatWasChangedStaysWithinItsQuery(t *testing.T) {
	within := store.Query{PK: "T#mine", Range: store.Range{Prefix: "acc#"}}
	interval := store.Query{PK: "T#mine", Index: store.First, Range: store.Range{From: "b", To: "d"}}
	row := store.Item{Key: store.Key{PK: "T#mine", SK: "acc#1"}, I1: store.IndexKey{PK: "T#mine", SK: "c"}}
	tests := []struct {
		name     string
		q        store.Query
		old, new string
		fine     bool
	}{
		{"unchanged", within, "", "", true},
		{"unchanged in an index", interval, "", "", true},
		{"another row of the query", within, "acc#1", "acc#9", true},
		{"another row at the same place of an index", interval, `"p":"T#mine"`, `"p":"T#other"`, true},
		{"another partition", within, `"p":"T#mine"`, `"p":"T#other"`, false},
		{"no partition", within, `"p":"T#mine",`, ``, false},
		{"a place that is not the row's", within, `"s":"acc#1"`, `"s":"acc#2"`, false},
		{"a place outside the prefix", within, "acc#1", "bcc#1", false},
		{"a place before the interval", interval, `"s":"c"`, `"s":"a"`, false},
		{"a place behind the interval", interval, `"s":"c"`, `"s":"e"`, false},
		{"no place", interval, `"s":"c"`, `"s":""`, false},
		{"a key that no row can have", interval, "acc#1", `a\u0000`, false},
		{"a key beyond the limit", interval, "acc#1", strings.Repeat("x", 1025), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inside, err := base64.RawURLEncoding.DecodeString(tt.q.CursorBehind(row))
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.ReplaceAll(string(inside), tt.old, tt.new)
			if tt.old != "" && changed == string(inside) {
				t.Fatalf("nothing to change in %s", inside)
			}
			if tt.old == "" {
				changed = string(inside)
			}
			tt.q.Cursor = base64.RawURLEncoding.EncodeToString([]byte(changed))
			at, err := tt.q.Begin()
			switch {
			case tt.fine && err != nil:
				t.Errorf("%s: %v", changed, err)
			case !tt.fine && !errors.Is(err, store.ErrBadCursor):
				t.Errorf("%s: got %+v, %v; want ErrBadCursor", changed, at, err)
			}
		})
	}
}
