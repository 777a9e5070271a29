package reports

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/events"
)

func at(t *testing.T, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	got, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestNext(t *testing.T) {
	ams := func(every, when string, days ...string) events.Schedule {
		return events.Schedule{Every: every, At: when, Days: days, TimeZone: "Europe/Amsterdam"}
	}
	for _, c := range []struct {
		name  string
		plan  events.Schedule
		after string // UTC
		want  string // UTC
	}{
		{"daily, later today", ams("day", "22:00"), "2026-11-24 12:00", "2026-11-24 21:00"},
		{"daily, exactly now is tomorrow", ams("day", "22:00"), "2026-11-24 21:00", "2026-11-25 21:00"},
		{"daily follows summer time", ams("day", "22:00"), "2026-07-01 21:00", "2026-07-02 20:00"},
		{"a skipped time is due at the next valid minute", ams("day", "02:30"), "2026-03-28 23:00", "2026-03-29 01:00"},
		{"the day after a skipped time is as usual", ams("day", "02:30"), "2026-03-29 01:00", "2026-03-30 00:30"},
		{"a doubled time is due the first time", ams("day", "02:30"), "2026-10-24 23:00", "2026-10-25 00:30"},
		{"a doubled time is due once", ams("day", "02:30"), "2026-10-25 00:30", "2026-10-26 01:30"},
		{"weekly skips other days", ams("week", "22:00", "sat", "wed"), "2026-11-24 22:00", "2026-11-25 21:00"},
		{"weekly goes round", ams("week", "22:00", "mon"), "2026-11-24 22:00", "2026-11-30 21:00"},
		{"hourly", ams("hour", "00:15"), "2026-11-24 12:20", "2026-11-24 13:15"},
		{
			"hourly in a zone of half hours", events.Schedule{Every: "hour", At: "00:15", TimeZone: "Asia/Kolkata"},
			"2026-11-24 12:20", "2026-11-24 12:45",
		},
		{
			"a midnight that is skipped", events.Schedule{Every: "day", At: "00:00", TimeZone: "Africa/Cairo"},
			"2026-04-23 12:00", "2026-04-23 22:00",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := PlanOf(c.plan)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := p.Next(at(t, "UTC", c.after)), at(t, "UTC", c.want); !got.Equal(want) {
				t.Fatalf("got %v, want %v", got, want)
			}
		})
	}
}

func TestPlanOfRefusesWhatIsNoSchedule(t *testing.T) {
	good := events.Schedule{Every: "day", At: "22:00", TimeZone: "UTC"}
	for name, spoil := range map[string]func(*events.Schedule){
		"an unknown rhythm":     func(s *events.Schedule) { s.Every = "year" },
		"no time of day":        func(s *events.Schedule) { s.At = "" },
		"an hour beyond":        func(s *events.Schedule) { s.At = "24:00" },
		"an unknown zone":       func(s *events.Schedule) { s.TimeZone = "Mars/Olympus" },
		"a week without days":   func(s *events.Schedule) { s.Every = "week" },
		"a negative grace":      func(s *events.Schedule) { s.GraceMinutes = -1 },
		"a grace of weeks":      func(s *events.Schedule) { s.GraceMinutes = 7*24*60 + 1 },
		"a week on no such day": func(s *events.Schedule) { s.Every, s.Days = "week", []string{"day"} },
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			spoil(&s)
			if _, err := PlanOf(s); err == nil {
				t.Fatal("accepted")
			}
		})
	}
}

func TestADailyPlanIsDueOncePerDateInEveryZone(t *testing.T) {
	zones := []string{"Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata", "America/Sao_Paulo", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		p, err := PlanOf(events.Schedule{
			Every: "day", TimeZone: rapid.SampledFrom(zones).Draw(t, "zone"),
			At: time.Date(0, 1, 1, rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), 0, 0, time.UTC).Format("15:04"),
		})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "after"), 0)
		due := p.Next(began)
		for range 370 {
			next := p.Next(due)
			if gap := next.Sub(due); gap < 22*time.Hour || gap > 26*time.Hour {
				t.Fatalf("%v then %v", due, next)
			}
			due = next
		}
	})
}

// Whatever a schedule says, it is refused or is due again and again, each time later, and soon.
func FuzzPlan(f *testing.F) {
	f.Add("day", "22:00", "mon", "Europe/Amsterdam", 0, int64(1_790_000_000))
	f.Add("hour", "00:30", "", "Australia/Lord_Howe", 20, int64(1_790_000_000))
	f.Add("week", "02:30", "sun", "America/New_York", 90, int64(1_794_000_000))
	f.Add("none", "", "", "", 0, int64(0))
	f.Add("day", "24:00", "x", "Nowhere/Town", -1, int64(-5))
	f.Fuzz(func(t *testing.T, every, at, day, zone string, grace int, after int64) {
		plan, err := PlanOf(events.Schedule{Every: every, At: at, Days: []string{day}, TimeZone: zone, GraceMinutes: grace})
		if err != nil || plan.Never() {
			return
		}
		now := time.Unix(after%4_000_000_000, 0)
		for range 5 {
			next := plan.Next(now)
			if !next.After(now) || next.Sub(now) > 9*24*time.Hour {
				t.Fatalf("after %s comes %s", now, next)
			}
			now = next
		}
	})
}
