package reports

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/events"
)

// Plan is when a backup set is due. The zero Plan is never due.
type Plan struct {
	every    string
	hour     int
	minute   int
	days     []time.Weekday // for week
	location *time.Location
	Grace    time.Duration // how long after the due time a start still counts
}

// The grace that holds where a schedule names none: a daily or weekly backup may begin six hours late, an hourly one half
// an hour.
const (
	graceDaily  = 6 * time.Hour
	graceHourly = 30 * time.Minute
)

var errPlan = errors.New("not a schedule")

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// PlanOf reads a schedule.
func PlanOf(s events.Schedule) (Plan, error) {
	p := Plan{every: s.Every, Grace: time.Duration(s.GraceMinutes) * time.Minute}
	if s.Every == "none" {
		return Plan{}, nil
	}
	if p.Grace == 0 {
		p.Grace = graceDaily
		if s.Every == "hour" {
			p.Grace = graceHourly
		}
	}
	var err error
	if p.hour, p.minute, err = clockTime(s.At); err != nil {
		return Plan{}, err
	}
	if p.location, err = time.LoadLocation(s.TimeZone); err != nil {
		return Plan{}, fmt.Errorf("%w: %w", errPlan, err)
	}
	if p.Grace < 0 || p.Grace > maxGrace {
		return Plan{}, fmt.Errorf("%w: a grace of up to seven days", errPlan)
	}
	switch s.Every {
	case "hour", "day":
	case "week":
		for _, name := range s.Days {
			day := slices.Index(weekdays, name)
			if day < 0 {
				return Plan{}, fmt.Errorf("%w: no such day", errPlan)
			}
			p.days = append(p.days, time.Weekday(day))
		}
		if len(p.days) == 0 {
			return Plan{}, fmt.Errorf("%w: a weekly one needs days", errPlan)
		}
	default:
		return Plan{}, fmt.Errorf("%w: every hour, day, week or none", errPlan)
	}
	return p, nil
}

func clockTime(s string) (hour, minute int, err error) {
	h, m, ok := strings.Cut(s, ":")
	if ok && len(h) == 2 && len(m) == 2 {
		var errH, errM error
		hour, errH = strconv.Atoi(h)
		minute, errM = strconv.Atoi(m)
		if errH == nil && errM == nil && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 {
			return hour, minute, nil
		}
	}
	return 0, 0, fmt.Errorf("%w: a time of day is HH:MM", errPlan)
}

// Never tells whether the plan has no due time at all.
func (p Plan) Never() bool { return p.every == "" }

// Next returns the first due instant after the given one. A time of day that summer time skips is due at the next valid
// minute; a doubled one is due once, the first time.
func (p Plan) Next(after time.Time) time.Time {
	local := after.In(p.location)
	if p.every == "hour" {
		hourBegan := after.Add(-time.Duration(local.Minute())*time.Minute - time.Duration(local.Second())*time.Second -
			time.Duration(local.Nanosecond()))
		due := hourBegan.Add(time.Duration(p.minute) * time.Minute)
		if !due.After(after) {
			due = due.Add(time.Hour)
		}
		return due.UTC()
	}
	// The day before is looked at too: a skipped midnight moves a due time to another date.
	for day := -1; ; day++ {
		date := time.Date(local.Year(), local.Month(), local.Day()+day, 12, 0, 0, 0, time.UTC)
		if p.every == "week" && !slices.Contains(p.days, date.Weekday()) {
			continue
		}
		if due := p.on(date); due.After(after) {
			return due.UTC()
		}
	}
}

// on is the due instant of a date.
func (p Plan) on(date time.Time) time.Time {
	t := time.Date(date.Year(), date.Month(), date.Day(), p.hour, p.minute, 0, 0, p.location)
	began, ends := t.ZoneBounds()
	if t.Hour() != p.hour || t.Minute() != p.minute { // skipped: the clocks jumped over it
		if !ends.IsZero() && (began.IsZero() || ends.Sub(t) < t.Sub(began)) {
			return ends
		}
		return began
	}
	if began.IsZero() {
		return t
	}
	_, offset := t.Zone()
	_, offsetBefore := began.Add(-time.Second).Zone()
	first := t.Add(time.Duration(offset-offsetBefore) * time.Second)
	if first.Before(began) && first.Before(t) {
		return first // the same time of day came before the clocks were set back
	}
	return t
}
