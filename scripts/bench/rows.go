package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
)

// row is one figure. Where it is compared, baseline is what the other did in the same run and ratio is value to baseline;
// goal is what the ratio should be.
type row struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit"`
	Baseline float64 `json:"baseline,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"`
	Goal     string  `json:"goal,omitempty"`
}

// compared makes a row with a baseline.
func compared(name string, value, baseline float64, unit, goal string) row {
	return row{Name: name, Value: round(value), Unit: unit, Baseline: round(baseline), Ratio: round(value / baseline), Goal: goal}
}

// round keeps three digits behind the point, which is more than any of this is good for.
func round(f float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 3, 64), 64)
	if err != nil { // what was just formatted is a number
		return f
	}
	return r
}

// met tells whether a row keeps its goal: "<= 2.5" or ">= 0.95", of the ratio.
func (r row) met() (bool, error) {
	if r.Goal == "" {
		return true, nil
	}
	sign, text, _ := strings.Cut(r.Goal, " ")
	limit, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false, fmt.Errorf("goal of %s: %w", r.Name, err)
	}
	switch sign {
	case "<=":
		return r.Ratio <= limit, nil
	case ">=":
		return r.Ratio >= limit, nil
	}
	return false, fmt.Errorf("goal of %s: want <= or >= and a number", r.Name)
}

// missed names the rows that miss their goals.
func missed(rows []row) error {
	var all []error
	for _, r := range rows {
		switch ok, err := r.met(); {
		case err != nil:
			all = append(all, err)
		case !ok:
			all = append(all, fmt.Errorf("%s: ratio %.2f, the goal is %s", r.Name, r.Ratio, r.Goal))
		}
	}
	return errors.Join(all...)
}

func print(out io.Writer, rows []row) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		_, _ = fmt.Fprintln(table, strings.Join(r.cells(), "\t")) // Flush tells
	}
	return table.Flush()
}

func (r row) cells() []string {
	cells := []string{r.Name, number(r.Value) + " " + r.Unit, "", "", r.Goal}
	if r.Baseline != 0 {
		cells[2], cells[3] = number(r.Baseline)+" "+r.Unit, strconv.FormatFloat(r.Ratio, 'f', 2, 64)
	}
	return cells
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// The table stands between these lines of the page; what is around them is written by hand.
const (
	tableBegins = "<!-- bench: written by make bench -->\n"
	tableEnds   = "<!-- bench ends -->\n"
)

// keep writes the figures for machines and for people.
func keep(file, page string, rows []row) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // goals read as they are written
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{"rows": rows}); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		return err
	}
	before, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	after, err := withTable(before, rows)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, after, 0o644)
}

func withTable(page []byte, rows []row) ([]byte, error) {
	head, rest, begins := bytes.Cut(page, []byte(tableBegins))
	_, tail, ends := bytes.Cut(rest, []byte(tableEnds))
	if !begins || !ends {
		return nil, errors.New("the lines are gone between which the table stands")
	}
	var table strings.Builder
	table.WriteString("| what | measured | compared with | ratio | goal |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		table.WriteString("| " + strings.Join(r.cells(), " | ") + " |\n")
	}
	return bytes.Join([][]byte{head, []byte(tableBegins), []byte(table.String()), []byte(tableEnds), tail}, nil), nil
}
