package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/tierkeep/tierkeep/shared/port/awscount"
)

// line is one journey on the bill.
type line struct {
	Name  string
	Times float64 // in a month, per 1,000 accounts
	Units map[awscount.Unit]float64
	USD   float64
}

type bill struct {
	Lines []line // what more accounts make more of
	Fixed []line // what a platform costs before its first account
}

// draw makes the bill of what was counted of each journey.
func draw(p prices, counted map[string]map[awscount.Unit]float64) (bill, error) {
	var b bill
	for _, j := range journeys {
		units := map[awscount.Unit]float64{}
		for unit, n := range counted[j.name] {
			units[unit] = n * j.times
		}
		usd, err := p.of(units)
		if err != nil {
			return b, err
		}
		b.Lines = append(b.Lines, line{j.name, j.times, units, usd})
	}
	for _, f := range reckoned {
		usd, err := p.of(f.units)
		if err != nil {
			return b, err
		}
		b.Lines = append(b.Lines, line{f.name, 1, f.units, usd})
	}
	for _, f := range fixed {
		usd, err := p.of(f.units)
		if err != nil {
			return b, err
		}
		b.Fixed = append(b.Fixed, line{f.name, 1, f.units, usd})
	}
	return b, nil
}

func sum(lines []line) float64 {
	total := 0.0
	for _, l := range lines {
		total += l.USD
	}
	return total
}

// print writes the bill; its last line is what 1,000 accounts cost.
func (b bill) print(w io.Writer, p prices) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s list prices of %s, without %s (scripts/cost/prices.json tells the day of each)\n\n", p.Currency, p.Region, p.Without)
	fmt.Fprintln(t, "per 1,000 accounts and month\ttimes\treads\twrites\tmessages\trequests\tGB-s\tUSD\t")
	for _, l := range b.Lines {
		row(t, l)
	}
	fmt.Fprintf(t, "total\t\t\t\t\t\t\t%.2f\t\n", sum(b.Lines))
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nby what is billed")
	units := map[awscount.Unit]float64{}
	for _, l := range b.Lines {
		for unit, n := range l.Units {
			units[unit] += n
		}
	}
	for _, unit := range slices.SortedFunc(maps.Keys(units), func(x, y awscount.Unit) int { return cmp.Compare(usdOf(p, y, units[y]), usdOf(p, x, units[x])) }) {
		fmt.Fprintf(t, "%s\t%.0f\t%.3f\t\n", unit, units[unit], usdOf(p, unit, units[unit]))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\none platform, whatever its size, and month")
	for _, l := range b.Fixed {
		fmt.Fprintf(t, "%s\t%.2f\t\n", l.Name, l.USD)
	}
	fmt.Fprintf(t, "total\t%.2f\t\n", sum(b.Fixed))
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nUSD %.2f per 1,000 accounts and month\n", sum(b.Lines))
	return err
}

func row(t io.Writer, l line) {
	u := l.Units
	fmt.Fprintf(t, "%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.3f\t\n", l.Name, l.Times, u[awscount.Reads], u[awscount.Writes],
		u[awscount.Messages], u[httpRequests], u[gigabyteMillis]/1000, l.USD)
}

func usdOf(p prices, unit awscount.Unit, n float64) float64 {
	usd, _ := p.of(map[awscount.Unit]float64{unit: n}) // draw has found a price for each
	return usd
}
