package main

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierkeep/tierkeep/shared/port/awscount"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
)

var update = flag.Bool("update", false, "write what journeys consume over testdata/counts.json")

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// A change that makes a journey dearer shows here, and is taken on purpose or not at all.
func TestJourneysConsumeWhatIsWrittenDown(t *testing.T) {
	p, err := readPrices()
	if err != nil {
		t.Fatal(err)
	}
	counted, err := measure(t.Context(), awstest.Config(t), p)
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/counts.json"
	if *update {
		text, err := json.MarshalIndent(counted, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[awscount.Unit]float64
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, counted, cmpopts.EquateApprox(.02, 1e-9)); diff != "" {
		t.Errorf("go test ./scripts/cost -update takes it as it is (-want +got):\n%s", diff)
	}
}

func TestABillEndsWithItsTotalAndStaysWithinFiveDollars(t *testing.T) {
	p, err := readPrices()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/counts.json")
	if err != nil {
		t.Fatal(err)
	}
	var counted map[string]map[awscount.Unit]float64
	if err := json.Unmarshal(text, &counted); err != nil {
		t.Fatal(err)
	}
	b, err := draw(p, counted)
	if err != nil {
		t.Fatal(err)
	}
	if total := sum(b.Lines); total <= 0 || total > 5 {
		t.Errorf("1,000 accounts cost USD %.2f a month", total)
	}
	var out strings.Builder
	if err := b.print(&out, p); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "USD ") || !strings.HasSuffix(last, " per 1,000 accounts and month") {
		t.Errorf("the last line is %q", last)
	}
}

func TestAUnitWithoutAPriceIsAnError(t *testing.T) {
	p, err := readPrices()
	if err != nil {
		t.Fatal(err)
	}
	if usd, err := p.of(map[awscount.Unit]float64{"something.new": 1}); err == nil {
		t.Errorf("costs %v", usd)
	}
}
