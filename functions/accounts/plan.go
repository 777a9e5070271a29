package accounts

import (
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/pattern"
	"github.com/tierkeep/tierkeep/shared/problem"
)

var timeOfDay = pattern.New(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

var daysOfWeek = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// checkPlan checks a schedule and brings it into its one form: a missing time zone becomes the given one, days stand in the
// week's order and once, and what means nothing for how often it is due is refused.
func checkPlan(fields *problem.Fields, at string, p *events.Schedule, zone string) {
	if p.Every == "none" {
		*p = events.Schedule{Every: "none"}
		return
	}
	if !slices.Contains([]string{"hour", "day", "week"}, p.Every) {
		fields.Add(at+"/every", "enum", "none, hour, day or week")
		return
	}
	if !timeOfDay.MatchString(p.At) {
		fields.Add(at+"/at", "time", "a time of day, HH:MM")
	}
	if p.TimeZone == "" {
		p.TimeZone = zone
	}
	if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "" || p.TimeZone == "Local" {
		fields.Add(at+"/time_zone", "time_zone", "a name of the IANA time zone database, such as Europe/Amsterdam")
	}
	switch unknown := slices.ContainsFunc(p.Days, func(d string) bool { return !slices.Contains(daysOfWeek, d) }); {
	case p.Every == "week" && (len(p.Days) == 0 || unknown):
		fields.Add(at+"/days", "enum", "at least one of mon tue wed thu fri sat sun")
	case p.Every != "week" && len(p.Days) > 0:
		fields.Add(at+"/days", "days", "only what is due by the week has days")
	case p.Every == "week":
		p.Days = slices.DeleteFunc(slices.Clone(daysOfWeek), func(d string) bool { return !slices.Contains(p.Days, d) })
	}
	if p.GraceMinutes < 0 || p.GraceMinutes > 7*24*60 {
		fields.Add(at+"/grace_minutes", "range", "0 to 10,080 minutes")
	}
}

// nightly is what a new backup set starts with.
func nightly() events.Schedule { return events.Schedule{Every: "day", At: "22:00"} }
