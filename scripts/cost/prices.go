package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/port/awscount"
)

// The units beside those that calls consume.
const (
	httpRequests    awscount.Unit = "http.request"
	socketMinutes   awscount.Unit = "websocket.minute"
	invocations     awscount.Unit = "lambda.request"
	gigabyteMillis  awscount.Unit = "lambda.gbms"
	transitions     awscount.Unit = "states.transition"
	storedGigabytes awscount.Unit = "dynamodb.gbmonth"
	secrets         awscount.Unit = "secretsmanager.secret"
	deliveries      awscount.Unit = "cloudfront.request"
	alarms          awscount.Unit = "cloudwatch.alarm"
	dashboards      awscount.Unit = "cloudwatch.dashboard"
	loggedGigabytes awscount.Unit = "cloudwatch.loggb"
)

// prices are list prices with where and when each was read, and what a function's time is reckoned by.
type prices struct {
	Region   string  `json:"region"`
	Currency string  `json:"currency"`
	Without  string  `json:"without"`
	Prices   []price `json:"prices"`
	Logged   struct {
		Said    string  `json:"said"`
		Run     float64 `json:"run"`
		Request float64 `json:"request"`
	} `json:"logged"`
	Millis struct {
		Said  string             `json:"said"`
		Own   float64            `json:"own"`
		Calls map[string]float64 `json:"calls"`
		Other float64            `json:"other"`
	} `json:"milliseconds"`
}

type price struct {
	Unit awscount.Unit `json:"unit"`
	USD  float64       `json:"usd"`
	Per  float64       `json:"per"`
	Of   string        `json:"of"`
	Read string        `json:"read"` // the day; empty: nobody looked it up for this file
	At   string        `json:"at"`
}

//go:embed prices.json
var pricesFile []byte

func readPrices() (prices, error) {
	var p prices
	d := json.NewDecoder(bytes.NewReader(pricesFile))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("read prices.json: %w", err)
	}
	return p, nil
}

// of is what units cost. A unit without a price is an error: nothing is free by oversight.
func (p prices) of(units map[awscount.Unit]float64) (float64, error) {
	known := map[awscount.Unit]price{}
	for _, row := range p.Prices {
		known[row.Unit] = row
	}
	total := 0.0
	for unit, n := range units {
		row, ok := known[unit]
		if !ok && !free[unit] {
			return 0, fmt.Errorf("prices.json has no price for %s", unit)
		}
		if ok {
			total += n * row.USD / row.Per
		}
	}
	return total, nil
}

// free are the units that AWS counts and does not bill: starting an execution is billed by its transitions, and answering
// a task by nothing.
var free = map[awscount.Unit]bool{awscount.Executions: true, awscount.Answers: true}

// millis reckons how long a function runs that made these calls.
func (p prices) millis(calls map[string]int) float64 {
	total := p.Millis.Own
	for call, n := range calls {
		each, ok := p.Millis.Calls[call]
		if !ok {
			each = p.Millis.Other
		}
		total += each * float64(n)
	}
	return total
}
