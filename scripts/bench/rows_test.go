package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAGoalIsKeptOrNamed(t *testing.T) {
	rows := []row{
		compared("fast: init", 2, 1, "ms", "<= 2.5"), compared("slow: init", 3, 1, "ms", "<= 2.5"),
		compared("kept: rate", 95, 100, "/s", ">= 0.95"), compared("lost: rate", 90, 100, "/s", ">= 0.95"),
		{Name: "alone: size", Value: 3, Unit: "MB"},
	}
	err := missed(rows)
	if err == nil || err.Error() != "slow: init: ratio 3.00, the goal is <= 2.5\nlost: rate: ratio 0.90, the goal is >= 0.95" {
		t.Errorf("%v", err)
	}
	if err := missed([]row{{Name: "x", Goal: "about 3"}}); err == nil {
		t.Error("a goal that says nothing was taken")
	}
}

func TestTheTableIsWrittenBetweenItsLines(t *testing.T) {
	folder := t.TempDir()
	page, file := filepath.Join(folder, "page.md"), filepath.Join(folder, "build", "bench.json")
	if err := os.WriteFile(page, []byte("# Before\n"+tableBegins+"| old |\n"+tableEnds+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []row{compared("accounts-http: init", 3.20049, 2, "ms", "<= 2.5"), {Name: "zip", Value: 4, Unit: "MB"}}
	if err := keep(file, page, rows); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := "# Before\n" + tableBegins + "| what | measured | compared with | ratio | goal |\n|---|---|---|---|---|\n" +
		"| accounts-http: init | 3.2 ms | 2 ms | 1.60 | <= 2.5 |\n| zip | 4 MB |  |  |  |\n" + tableEnds + "after\n"
	if string(text) != want {
		t.Errorf("%s", text)
	}
	kept, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(kept), `"ratio": 1.6`) || !strings.Contains(string(kept), `"goal": "<= 2.5"`) {
		t.Errorf("%s %v", kept, err)
	}
	if err := os.WriteFile(page, []byte("# Nothing here\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := keep(file, page, rows); err == nil {
		t.Error("a page without the lines was written over")
	}
}
