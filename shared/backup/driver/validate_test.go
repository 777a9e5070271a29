package driver_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

var (
	noon    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	anAcc   = "acc_01JZZZZZZZZZZZZZZZZZZZZZZZ"
	aDevice = "dev_01JZZZZZZZZZZZZZZZZZZZZZZZ"
	another = "dev_01JZZZZZZZZZZZZZZZZZZZZZZY"
)

func spec() driver.AccountSpec {
	return driver.AccountSpec{
		Account: anAcc, Generation: 1, Type: driver.Online, State: driver.Active, Modules: []string{"files"},
		Devices: []driver.DeviceSpec{{Device: aDevice, Login: "shop-a1b2c"}, {Device: another, Login: "shop-d3e4f"}},
	}
}

func job() driver.Job {
	ended := noon.Add(time.Minute)
	return driver.Job{
		ID: "job_01JZZZZZZZZZZZZZZZZZZZZZZZ", Revision: 1, Account: anAcc, Device: aDevice, Kind: driver.Backup, State: driver.Success,
		StartedAt: noon, EndedAt: &ended, SeenAt: ended, Log: []driver.LogLine{{At: noon, Level: driver.LogInfo, Text: "begun"}},
	}
}

func event() driver.AccountEvent {
	return driver.AccountEvent{
		ID: "aev_01JZZZZZZZZZZZZZZZZZZZZZZZ", Revision: 1, Account: anAcc, Kind: driver.LoginRefused, First: noon, Last: noon, Count: 1,
		Address: "192.0.2.1",
	}
}

func usage() driver.Usage { return driver.Usage{Account: anAcc, Device: aDevice, At: noon} }

func observed() driver.Observed {
	return driver.Observed{
		Account: anAcc, Generation: 1, State: driver.Active, Devices: []driver.ObservedDevice{{Device: aDevice, Login: "shop-a1b2c"}},
	}
}

// changed returns the error of a value after one change.
func changed[V interface{ Validate() error }](v V, change func(*V)) error {
	change(&v)
	return v.Validate()
}

func TestValidateNamesTheFieldThatIsWrong(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, test := range map[string]struct {
		err  error
		want string // the field, or empty where nothing is wrong
	}{
		"a possible spec":                        {changed(spec(), func(*driver.AccountSpec) {}), ""},
		"a spec of no account":                   {changed(spec(), func(s *driver.AccountSpec) { s.Account = "../etc" }), "/account"},
		"a spec of another kind of identifier":   {changed(spec(), func(s *driver.AccountSpec) { s.Account = aDevice }), "/account"},
		"a spec of no generation":                {changed(spec(), func(s *driver.AccountSpec) { s.Generation = 0 }), "/generation"},
		"a spec of an unknown type":              {changed(spec(), func(s *driver.AccountSpec) { s.Type = "gold" }), "/type"},
		"a spec of an unknown state":             {changed(spec(), func(s *driver.AccountSpec) { s.State = "" }), "/state"},
		"a spec with a negative quota":           {changed(spec(), func(s *driver.AccountSpec) { s.QuotaBytes = -1 }), "/quota_bytes"},
		"a spec with a module that is no word":   {changed(spec(), func(s *driver.AccountSpec) { s.Modules = []string{"files", "a b"} }), "/modules/1"},
		"a spec with too many modules":           {changed(spec(), func(s *driver.AccountSpec) { s.Modules = make([]string, 101) }), "/modules"},
		"a spec without devices":                 {changed(spec(), func(s *driver.AccountSpec) { s.Devices = nil }), "/devices"},
		"a spec with a device twice":             {changed(spec(), func(s *driver.AccountSpec) { s.Devices[1].Device = aDevice }), "/devices/1/device"},
		"a spec with a login twice":              {changed(spec(), func(s *driver.AccountSpec) { s.Devices[1].Login = "shop-a1b2c" }), "/devices/1/login"},
		"a spec with a login that climbs":        {changed(spec(), func(s *driver.AccountSpec) { s.Devices[1].Login = "../../x" }), "/devices/1/login"},
		"a spec with a login of two characters":  {changed(spec(), func(s *driver.AccountSpec) { s.Devices[0].Login = "ab" }), "/devices/0/login"},
		"a spec with a huge sealed password":     {changed(spec(), func(s *driver.AccountSpec) { s.Devices[1].SealedPassword = make([]byte, 1001) }), "/devices/1/sealed_password"},
		"a possible job":                         {changed(job(), func(*driver.Job) {}), ""},
		"a job without identifier":               {changed(job(), func(j *driver.Job) { j.ID = "" }), "/id"},
		"a job in small letters":                 {changed(job(), func(j *driver.Job) { j.ID = strings.ToLower(j.ID) }), "/id"},
		"a job of no revision":                   {changed(job(), func(j *driver.Job) { j.Revision = 0 }), "/revision"},
		"a job of no account":                    {changed(job(), func(j *driver.Job) { j.Account = "" }), "/account"},
		"a job of no device":                     {changed(job(), func(j *driver.Job) { j.Device = "" }), "/device"},
		"a job of an unknown kind":               {changed(job(), func(j *driver.Job) { j.Kind = "restore" }), "/kind"},
		"a job in an unknown state":              {changed(job(), func(j *driver.Job) { j.State = "great" }), "/state"},
		"a job that never began":                 {changed(job(), func(j *driver.Job) { j.StartedAt = time.Time{} }), "/started_at"},
		"a job that was never seen":              {changed(job(), func(j *driver.Job) { j.SeenAt = time.Time{} }), "/seen_at"},
		"a running job that ended":               {changed(job(), func(j *driver.Job) { j.State = driver.Running }), "/ended_at"},
		"an ended job without an end":            {changed(job(), func(j *driver.Job) { j.EndedAt = nil }), "/ended_at"},
		"a job that ended before it began":       {changed(job(), func(j *driver.Job) { j.StartedAt = noon.Add(time.Hour) }), "/ended_at"},
		"a job with negative bytes up":           {changed(job(), func(j *driver.Job) { j.UploadedBytes = -1 }), "/uploaded_bytes"},
		"a job with negative bytes down":         {changed(job(), func(j *driver.Job) { j.DownloadedBytes = -1 }), "/downloaded_bytes"},
		"a job with negative objects":            {changed(job(), func(j *driver.Job) { j.Objects = -1 }), "/objects"},
		"a job with negative removals":           {changed(job(), func(j *driver.Job) { j.Deleted = -1 }), "/deleted"},
		"a job with negative quota refusals":     {changed(job(), func(j *driver.Job) { j.QuotaRefusals = -1 }), "/quota_refusals"},
		"a job with negative refusals":           {changed(job(), func(j *driver.Job) { j.Refusals = -1 }), "/refusals"},
		"a job with a long snapshot":             {changed(job(), func(j *driver.Job) { j.SnapshotID = long }), "/snapshot_id"},
		"a job with a long address":              {changed(job(), func(j *driver.Job) { j.Address = long }), "/address"},
		"a job whose client is no text":          {changed(job(), func(j *driver.Job) { j.Client = "\xff" }), "/client"},
		"a job with a long reason":               {changed(job(), func(j *driver.Job) { j.Reason = long }), "/reason"},
		"a job with too long a log":              {changed(job(), func(j *driver.Job) { j.Log = make([]driver.LogLine, 2001) }), "/log"},
		"a line without time":                    {changed(job(), func(j *driver.Job) { j.Log = append(j.Log, driver.LogLine{Level: driver.LogInfo}) }), "/log/1/at"},
		"a line of an unknown level":             {changed(job(), func(j *driver.Job) { j.Log[0].Level = "fatal" }), "/log/0/level"},
		"a line that is too long":                {changed(job(), func(j *driver.Job) { j.Log[0].Text = long }), "/log/0/text"},
		"a possible event":                       {changed(event(), func(*driver.AccountEvent) {}), ""},
		"an event without identifier":            {changed(event(), func(e *driver.AccountEvent) { e.ID = "job_1" }), "/id"},
		"an event of no revision":                {changed(event(), func(e *driver.AccountEvent) { e.Revision = -1 }), "/revision"},
		"an event of no account":                 {changed(event(), func(e *driver.AccountEvent) { e.Account = "x" }), "/account"},
		"an event of no device":                  {changed(event(), func(e *driver.AccountEvent) { e.Device = "x" }), "/device"},
		"an event of an unknown kind":            {changed(event(), func(e *driver.AccountEvent) { e.Kind = "" }), "/kind"},
		"an event that never happened":           {changed(event(), func(e *driver.AccountEvent) { e.First = time.Time{} }), "/first"},
		"an event that ended before it began":    {changed(event(), func(e *driver.AccountEvent) { e.Last = noon.Add(-1) }), "/last"},
		"an event that happened not once":        {changed(event(), func(e *driver.AccountEvent) { e.Count = 0 }), "/count"},
		"an event from a long address":           {changed(event(), func(e *driver.AccountEvent) { e.Address = long }), "/address"},
		"a possible sample":                      {changed(usage(), func(*driver.Usage) {}), ""},
		"a sample of no account":                 {changed(usage(), func(u *driver.Usage) { u.Account = "" }), "/account"},
		"a sample of no device":                  {changed(usage(), func(u *driver.Usage) { u.Device = "" }), "/device"},
		"a sample of a time out of reach":        {changed(usage(), func(u *driver.Usage) { u.At = noon.AddDate(500, 0, 0) }), "/at"},
		"a sample of less than nothing":          {changed(usage(), func(u *driver.Usage) { u.Bytes = -1 }), "/bytes"},
		"a sample of less than no files":         {changed(usage(), func(u *driver.Usage) { u.Files = -1 }), "/files"},
		"a possible observation":                 {changed(observed(), func(*driver.Observed) {}), ""},
		"an observation of an account gone":      {changed(observed(), func(o *driver.Observed) { o.State, o.Devices = "", nil }), ""},
		"an observation of no account":           {changed(observed(), func(o *driver.Observed) { o.Account = "" }), "/account"},
		"an observation of a bad generation":     {changed(observed(), func(o *driver.Observed) { o.Generation = -1 }), "/generation"},
		"an observation of an unknown state":     {changed(observed(), func(o *driver.Observed) { o.State = "asleep" }), "/state"},
		"an observation of a negative quota":     {changed(observed(), func(o *driver.Observed) { o.QuotaBytes = -1 }), "/quota_bytes"},
		"an observation of negative use":         {changed(observed(), func(o *driver.Observed) { o.UsedBytes = -1 }), "/used_bytes"},
		"an observation of no device":            {changed(observed(), func(o *driver.Observed) { o.Devices[0].Device = "" }), "/devices/0/device"},
		"an observation of no login":             {changed(observed(), func(o *driver.Observed) { o.Devices[0].Login = "" }), "/devices/0/login"},
		"an observation of a device's bad use":   {changed(observed(), func(o *driver.Observed) { o.Devices[0].UsedBytes = -1 }), "/devices/0/used_bytes"},
		"an observation of five hundred and one": {changed(observed(), func(o *driver.Observed) { o.Devices = make([]driver.ObservedDevice, 501) }), "/devices"},
	} {
		t.Run(name, func(t *testing.T) {
			var wrong *driver.Wrong
			got := ""
			if errors.As(test.err, &wrong) {
				got = wrong.Field
			}
			if got != test.want || (test.err == nil) != (test.want == "") {
				t.Fatalf("got %q (%v), want %q", got, test.err, test.want)
			}
		})
	}
}

// fuzz feeds foreign JSON: what passes survives the journey unchanged, what does not is named and not echoed.
func fuzz[V interface{ Validate() error }](f *testing.F, seeds ...V) {
	for _, s := range seeds {
		b, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"devices":[{}],"log":[{"at":"9999-12-31T23:59:59+23:59"}],"ended_at":"0001-01-01T00:00:00Z","started_at":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v V
		if json.Unmarshal(b, &v) != nil {
			return
		}
		if err := v.Validate(); err != nil {
			var wrong *driver.Wrong
			if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Field, "/") || wrong.Code == "" || wrong.Detail == "" {
				t.Fatalf("not named: %v", err)
			}
			return
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("valid, but cannot travel: %v", err)
		}
		var w V
		if err := json.Unmarshal(again, &w); err != nil {
			t.Fatal(err)
		}
		if err := w.Validate(); err != nil {
			t.Fatalf("valid before it travelled, not after: %v", err)
		}
		if third, err := json.Marshal(w); err != nil || string(third) != string(again) {
			t.Fatalf("changed on its way: %s, then %s (%v)", again, third, err)
		}
	})
}

func FuzzAccountSpec(f *testing.F)  { fuzz(f, spec()) }
func FuzzJob(f *testing.F)          { fuzz(f, job()) }
func FuzzAccountEvent(f *testing.F) { fuzz(f, event()) }
func FuzzUsage(f *testing.F)        { fuzz(f, usage()) }
func FuzzObserved(f *testing.F)     { fuzz(f, observed()) }

func TestWhatTravelsIsWrittenInLowerSnake(t *testing.T) {
	ended := noon
	everything := []any{
		driver.Info{}, spec(), observed(), usage(), event(),
		driver.Job{EndedAt: &ended, SnapshotID: "x", Address: "x", Client: "x", Reason: "x", Log: []driver.LogLine{{}}},
	}
	for _, v := range everything {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var names map[string]json.RawMessage
		if err := json.Unmarshal(b, &names); err != nil {
			t.Fatal(err)
		}
		fields := 0
		for i := range reflect.TypeOf(v).NumField() {
			if tag := reflect.TypeOf(v).Field(i).Tag.Get("json"); tag != "-" {
				fields++
			}
		}
		for name := range names {
			if name != strings.ToLower(name) || strings.ContainsAny(name, "- ") {
				t.Errorf("%T writes %q", v, name)
			}
		}
		if _, isEvent := v.(driver.AccountEvent); !isEvent && len(names) != fields {
			t.Errorf("%T writes %d of its %d fields", v, len(names), fields)
		}
	}
}

func TestASealedPasswordTravelsAndAPlainOneDoesNot(t *testing.T) {
	s := spec()
	s.Devices[0].Password, s.Devices[0].SealedPassword = "hunter2 hunter2", []byte{1, 2, 3}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "hunter2") {
		t.Fatal("the password stands in the JSON")
	}
	var got driver.AccountSpec
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	s.Devices[0].Password = ""
	if diff := cmp.Diff(s, got); diff != "" {
		t.Fatal(diff)
	}
}
