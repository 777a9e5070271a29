package isolation

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite" // the driver of the platform's file
)

// rows are all rows of the platform, their content and version by key, but for those of the tenants named and for the counts
// of wrong passwords, which grow whoever is meant.
func (s *stage) rows(but ...string) map[string]string {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Folder, "data", "tierkeep.db")+"?_pragma=query_only(1)")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	found, err := db.Query(`SELECT pk, sk, version, value FROM items`)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	all := map[string]string{}
	for found.Next() {
		var pk, sk, value string
		var version int64
		if err := found.Scan(&pk, &sk, &version, &value); err != nil {
			s.t.Fatal(err)
		}
		whose := pk
		if strings.HasPrefix(pk, "L#") { // a way to find something, which tells whose it is
			whose = value
		}
		if !names(whose, but) && !strings.Contains(pk, "#brake#") {
			all[pk+" "+sk] = fmt.Sprintf("%d %s", version, value)
		}
	}
	if err := found.Err(); err != nil {
		s.t.Fatal(err)
	}
	return all
}

func names(whose string, tenants []string) bool {
	return slices.ContainsFunc(tenants, func(t string) bool { return strings.Contains(whose, t) })
}

// unchanged fails the test where a row of anybody but the tenants named changed, came or went.
func (s *stage) unchanged(t *testing.T, before map[string]string, but ...string) {
	t.Helper()
	if diff := cmp.Diff(before, s.rows(but...)); diff != "" {
		t.Fatalf("rows changed:\n%s", diff)
	}
}
