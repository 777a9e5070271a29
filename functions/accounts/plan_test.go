package accounts

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestSchedulesAreCheckedAndBroughtIntoOneForm(t *testing.T) {
	for _, c := range []struct {
		name string
		give events.Schedule
		want events.Schedule
		bad  string // the field that is named
	}{
		{
			"a missing zone is the customer's", events.Schedule{Every: "day", At: "22:00"},
			events.Schedule{Every: "day", At: "22:00", TimeZone: "Europe/Lisbon"}, "",
		},
		{
			"days come in the week's order and once", events.Schedule{Every: "week", At: "09:05", Days: []string{"fri", "mon", "fri"}, TimeZone: "UTC", GraceMinutes: 10_080},
			events.Schedule{Every: "week", At: "09:05", Days: []string{"mon", "fri"}, TimeZone: "UTC", GraceMinutes: 10_080}, "",
		},
		{
			"of none nothing is kept", events.Schedule{Every: "none", At: "never", Days: []string{"x"}, TimeZone: "Mars/Olympus", GraceMinutes: -1},
			events.Schedule{Every: "none"}, "",
		},
		{"hourly", events.Schedule{Every: "hour", At: "00:59"}, events.Schedule{Every: "hour", At: "00:59", TimeZone: "Europe/Lisbon"}, ""},
		{"an unknown rhythm", events.Schedule{Every: "month", At: "22:00"}, events.Schedule{}, "/plan/every"},
		{"no rhythm", events.Schedule{At: "22:00"}, events.Schedule{}, "/plan/every"},
		{"an hour that no day has", events.Schedule{Every: "day", At: "24:00"}, events.Schedule{}, "/plan/at"},
		{"a minute that no hour has", events.Schedule{Every: "hour", At: "00:60"}, events.Schedule{}, "/plan/at"},
		{"a time with more behind it", events.Schedule{Every: "day", At: "22:00\n"}, events.Schedule{}, "/plan/at"},
		{"no time", events.Schedule{Every: "day"}, events.Schedule{}, "/plan/at"},
		{"the server's own zone", events.Schedule{Every: "day", At: "22:00", TimeZone: "Local"}, events.Schedule{}, "/plan/time_zone"},
		{"no such zone", events.Schedule{Every: "day", At: "22:00", TimeZone: "Mars/Olympus"}, events.Schedule{}, "/plan/time_zone"},
		{"a zone that is a path", events.Schedule{Every: "day", At: "22:00", TimeZone: "../etc/passwd"}, events.Schedule{}, "/plan/time_zone"},
		{"a week without days", events.Schedule{Every: "week", At: "22:00"}, events.Schedule{}, "/plan/days"},
		{"a day that no week has", events.Schedule{Every: "week", At: "22:00", Days: []string{"mon", "Tue"}}, events.Schedule{}, "/plan/days"},
		{"days of a daily one", events.Schedule{Every: "day", At: "22:00", Days: []string{"mon"}}, events.Schedule{}, "/plan/days"},
		{"a grace before the time", events.Schedule{Every: "day", At: "22:00", GraceMinutes: -1}, events.Schedule{}, "/plan/grace_minutes"},
		{"a grace beyond a week", events.Schedule{Every: "week", At: "22:00", Days: []string{"mon"}, GraceMinutes: 10_081}, events.Schedule{}, "/plan/grace_minutes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var fields problem.Fields
			got := c.give
			checkPlan(&fields, "/plan", &got, "Europe/Lisbon")
			if c.bad != "" {
				if len(fields) != 1 || fields[0].Name != c.bad {
					t.Fatalf("names %+v, want %s", fields, c.bad)
				}
				return
			}
			if len(fields) > 0 {
				t.Fatalf("refused: %+v", fields)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzCheckPlan holds that what is accepted is accepted again and stays what it is, and that no refusal repeats a value.
func FuzzCheckPlan(f *testing.F) {
	f.Add("day", "22:00", "mon", "Europe/Amsterdam", 0)
	f.Add("week", "09:05", "sun,mon", "", 10)
	f.Add("hour", "x", "", "Local", -1)
	f.Fuzz(func(t *testing.T, every, at, days, zone string, grace int) {
		p := events.Schedule{Every: every, At: at, TimeZone: zone, GraceMinutes: grace}
		if days != "" {
			p.Days = strings.Split(days, ",")
		}
		var fields problem.Fields
		checkPlan(&fields, "/plan", &p, "UTC")
		if len(fields) > 0 {
			for _, w := range fields {
				if len(zone) > 20 && strings.Contains(w.Detail, zone) {
					t.Fatalf("%s repeats what was sent", w.Name)
				}
			}
			return
		}
		again := p
		checkPlan(&fields, "/plan", &again, "Europe/Amsterdam")
		if len(fields) > 0 {
			t.Fatalf("accepted once only: %+v", fields)
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestSchedulesOfACustomerAreToldInItsTimeZone(t *testing.T) {
	w := newWorld(t)
	c, err := w.tree.CreateCustomer(as(w.seller, authz.Owner), w.seller, tenancy.NewCustomer{
		Profile: tenancy.Profile{Name: "Padaria", TimeZone: "Europe/Lisbon"}, Kind: tenant.Business,
	})
	w.must(err)
	d := w.draft()
	d.Customer = c.ID
	v, _, err := w.Create(as(w.seller, authz.Owner), w.seller, d)
	w.must(err)
	v = w.addDevice(v.ID, "laptop")
	first := v.Devices[0]
	v, err = w.EditSet(as(w.seller, authz.Owner), w.seller, v.ID, first.ID, first.Sets[0].ID, EditSet{Plan: &events.Schedule{Every: "hour", At: "00:10"}})
	w.must(err)
	for _, device := range v.Devices {
		if zone := device.Sets[0].Plan.TimeZone; zone != "Europe/Lisbon" {
			t.Errorf("%s: %s", device.Name, zone)
		}
	}
}

// lastTold are the events of a seller's latest change.
func (w *world) lastTold() []events.Event {
	w.Helper()
	page, err := w.rows.Query(context.Background(), store.Query{PK: change.Partition(w.seller), Descending: true, Limit: 1})
	w.must(err)
	e, err := change.Read(page.Items[0])
	w.must(err)
	return e.Events
}

func TestEachNewScheduleIsToldOnce(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	device := v.Devices[0]
	edit := func(e EditSet) View {
		t.Helper()
		v, err := w.EditSet(as(w.seller, authz.Owner), w.seller, v.ID, device.ID, device.Sets[0].ID, e)
		w.must(err)
		return v
	}
	weekly := events.Schedule{Every: "week", At: "07:30", Days: []string{"sat"}, TimeZone: "Europe/Amsterdam", GraceMinutes: 30}
	changed := edit(EditSet{Plan: &weekly})
	var told []events.SetScheduled
	for _, e := range w.lastTold() {
		if e.Type == (events.SetScheduled{}).EventType() {
			p, err := events.Decode[events.SetScheduled](e)
			w.must(err)
			told = append(told, p)
		}
	}
	want := []events.SetScheduled{{Account: v.ID, Device: device.ID, Set: device.Sets[0].ID, Server: w.server, Plan: weekly}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if again := edit(EditSet{Plan: &weekly}); again.Version != changed.Version {
		t.Error("the same schedule once more is a change")
	}
	for at, e := range map[string]EditSet{"/name": {Name: new(string)}, "/plan/at": {Plan: &events.Schedule{Every: "day", At: "7:30"}}} {
		_, err := w.EditSet(as(w.seller, authz.Owner), w.seller, v.ID, device.ID, device.Sets[0].ID, e)
		w.names(err, at)
	}
	for _, path := range [][2]string{{"dev_x", device.Sets[0].ID}, {device.ID, "set_x"}} {
		_, err := w.EditSet(as(w.seller, authz.Owner), w.seller, v.ID, path[0], path[1], EditSet{Plan: &weekly})
		w.refused(err, problem.NotFound)
	}
	_, err := w.EditSet(as(w.seller, authz.Sales), w.seller, v.ID, device.ID, device.Sets[0].ID, EditSet{Plan: &weekly})
	w.refused(err, problem.Forbidden)
}

// names expects a refusal of exactly one field.
func (w *world) names(err error, field string) {
	w.Helper()
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != problem.InvalidInput || len(p.Fields) != 1 || p.Fields[0].Name != field {
		w.Fatalf("got %v, want a refusal of %s", err, field)
	}
}

func TestNamesAndModulesAreCheckedEverywhere(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	owner := as(w.seller, authz.Owner)
	for name, value := range map[string]string{
		"empty": "", "spaces around": " x", "a line break": "a\nb", "a control character": "a\x1b[31m", "not UTF-8": "a\xff", "too long": strings.Repeat("é", 121),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Edit(owner, w.seller, v.ID, Edit{Name: &value})
			w.names(err, "/name")
			_, _, err = w.AddDevice(owner, w.seller, v.ID, value, nil)
			w.names(err, "/name")
			if value == "" {
				return // at the creation: as usual
			}
			d := w.draft()
			d.Name = value
			_, _, err = w.Create(owner, w.seller, d)
			w.names(err, "/name")
			d = w.draft()
			d.DeviceName = value
			_, _, err = w.Create(owner, w.seller, d)
			w.names(err, "/device_name")
		})
	}
	for name, value := range map[string][]string{"none": {}, "unknown": {"files", "tea"}} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Edit(owner, w.seller, v.ID, Edit{Modules: &value})
			w.names(err, "/modules")
		})
	}
	edited, err := w.Edit(owner, w.seller, v.ID, Edit{Modules: &[]string{"mysql", "files", "mysql"}})
	w.must(err)
	if diff := cmp.Diff([]string{"files", "mysql"}, edited.Modules); diff != "" {
		t.Error(diff)
	}
	again, err := w.Edit(owner, w.seller, v.ID, Edit{Modules: &[]string{"files", "mysql"}})
	w.must(err)
	if again.Generation != edited.Generation {
		t.Error("the same modules in another order are a change")
	}
	if a := w.get(v.ID); a.Name != v.Name || len(a.Devices) != 1 {
		t.Errorf("half done: %+v", a)
	}
}

func TestEveryModuleIsOneThatServersUnderstand(t *testing.T) {
	for _, kind := range []driver.AccountType{driver.Online, driver.Basic} {
		w := newWorld(t)
		d := w.draft()
		d.Type, d.Modules = kind, ModulesOf(kind)
		v, _, err := w.Create(as(w.seller, authz.Owner), w.seller, d)
		w.must(err)
		if err := w.spec(v.Operation).Validate(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
