package driver

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/pattern"
)

// Wrong names a field that cannot be: its JSON pointer within the entry, a code, and what would be right.
type Wrong struct{ Field, Code, Detail string }

func (w *Wrong) Error() string { return w.Field + ": " + w.Detail }

// The bounds of what travels.
const (
	maxText     = 500
	maxLogLines = 2000
	maxLine     = 4000
	maxDevices  = 500
	maxModules  = 100
	maxSealed   = 1000
)

const aTime = "a time of this century or the next"

var modules = pattern.New(`^[a-z0-9_]{1,64}$`)

var logins = pattern.New(`^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$`)

// Validate checks a spec before a server is asked for it.
func (s AccountSpec) Validate() error {
	c := checks{}
	c.that(id.Valid(id.Account, s.Account), "/account", "id", "an account's identifier")
	c.that(s.Generation > 0, "/generation", "range", "1 or more")
	c.that(slices.Contains([]AccountType{Online, Basic}, s.Type), "/type", "enum", "online or basic")
	c.that(slices.Contains([]AccountState{Active, ReadOnly, Suspended}, s.State), "/state", "enum", "active, readonly or suspended")
	c.that(s.QuotaBytes >= 0, "/quota_bytes", "range", "0 or more")
	c.that(len(s.Modules) <= maxModules, "/modules", "range", "at most 100 modules")
	for i, m := range s.Modules {
		c.that(modules.MatchString(m), at("/modules", i, ""), "module", "1 to 64 of a-z 0-9 _")
	}
	c.that(len(s.Devices) > 0 && len(s.Devices) <= maxDevices, "/devices", "range", "1 to 500 devices")
	devices, taken := map[string]bool{}, map[string]bool{}
	for i, d := range s.Devices {
		c.that(id.Valid(id.Device, d.Device), at("/devices", i, "/device"), "id", "a device's identifier")
		c.that(!devices[d.Device], at("/devices", i, "/device"), "doubled", "each device once")
		c.that(logins.MatchString(d.Login), at("/devices", i, "/login"), "login", "3 to 64 of a-z 0-9 . _ -, a letter or digit at both ends")
		c.that(!taken[d.Login], at("/devices", i, "/login"), "doubled", "each login once")
		c.that(len(d.SealedPassword) <= maxSealed, at("/devices", i, "/sealed_password"), "range", "at most 1,000 bytes")
		devices[d.Device], taken[d.Login] = true, true
	}
	return c.err()
}

// Validate checks a spec before a server is asked for it. What takes data away from its clients stands on an approval.
func (s TrashSpec) Validate(needsApproval bool) error {
	c := checks{}
	c.that(id.Valid(id.Account, s.Account), "/account", "id", "an account's identifier")
	c.that(s.Generation > 0, "/generation", "range", "1 or more")
	c.that(!needsApproval || id.Valid(id.Approval, s.Approval), "/approval", "id", "an approval's identifier")
	return c.err()
}

// Validate checks what an agent says it observed.
func (o Observed) Validate() error {
	c := checks{}
	c.that(id.Valid(id.Account, o.Account), "/account", "id", "an account's identifier")
	c.that(o.Generation >= 0, "/generation", "range", "0 or more")
	c.that(slices.Contains([]AccountState{"", Active, ReadOnly, Suspended}, o.State), "/state", "enum", "active, readonly, suspended, or nothing of an account that is gone")
	c.that(o.QuotaBytes >= 0, "/quota_bytes", "range", "0 or more")
	c.that(o.UsedBytes >= 0, "/used_bytes", "range", "0 or more")
	c.that(len(o.Devices) <= maxDevices, "/devices", "range", "at most 500 devices")
	for i, d := range o.Devices {
		c.that(id.Valid(id.Device, d.Device), at("/devices", i, "/device"), "id", "a device's identifier")
		c.that(logins.MatchString(d.Login), at("/devices", i, "/login"), "login", "3 to 64 of a-z 0-9 . _ -, a letter or digit at both ends")
		c.that(d.UsedBytes >= 0, at("/devices", i, "/used_bytes"), "range", "0 or more")
	}
	return c.err()
}

// Validate checks a job that came from a server.
func (j Job) Validate() error {
	c := checks{}
	c.that(id.Valid(id.Job, j.ID), "/id", "id", "a job's identifier")
	c.that(j.Revision > 0, "/revision", "range", "1 or more")
	c.that(id.Valid(id.Account, j.Account), "/account", "id", "an account's identifier")
	c.that(id.Valid(id.Device, j.Device), "/device", "id", "a device's identifier")
	c.that(slices.Contains([]JobKind{Backup, Read, Maintenance, Init, UnknownKind}, j.Kind), "/kind", "enum", "a kind of job")
	c.that(slices.Contains([]JobState{Running, Success, Warning, Failed, Quota, Cancelled, Interrupted, UnknownState}, j.State),
		"/state", "enum", "a state of a job")
	c.that(plausible(j.StartedAt), "/started_at", "time", aTime)
	c.that(plausible(j.SeenAt), "/seen_at", "time", aTime)
	c.that((j.EndedAt == nil) == (j.State == Running), "/ended_at", "time", "set exactly when the job has ended")
	if j.EndedAt != nil {
		c.that(plausible(*j.EndedAt) && !j.EndedAt.Before(j.StartedAt), "/ended_at", "time", "not before the start")
	}
	for _, n := range []struct {
		field string
		value int64
	}{
		{"/uploaded_bytes", j.UploadedBytes}, {"/downloaded_bytes", j.DownloadedBytes}, {"/objects", j.Objects}, {"/deleted", j.Deleted},
		{"/quota_refusals", j.QuotaRefusals}, {"/refusals", j.Refusals},
	} {
		c.that(n.value >= 0, n.field, "range", "0 or more")
	}
	for _, s := range []struct{ field, value string }{
		{"/snapshot_id", j.SnapshotID}, {"/address", j.Address}, {"/client", j.Client}, {"/reason", j.Reason},
	} {
		c.that(short(s.value, maxText), s.field, "text", "at most 500 bytes of UTF-8")
	}
	c.that(len(j.Log) <= maxLogLines, "/log", "range", "at most 2,000 lines")
	for i, l := range j.Log {
		c.that(plausible(l.At), at("/log", i, "/at"), "time", aTime)
		c.that(slices.Contains([]LogLevel{LogInfo, LogWarning, LogError}, l.Level), at("/log", i, "/level"), "enum", "info, warning or error")
		c.that(short(l.Text, maxLine), at("/log", i, "/text"), "text", "at most 4,000 bytes of UTF-8")
	}
	return c.err()
}

// Validate checks an event that came from a server.
func (e AccountEvent) Validate() error {
	c := checks{}
	c.that(id.Valid(id.AccountEvent, e.ID), "/id", "id", "an account event's identifier")
	c.that(e.Revision > 0, "/revision", "range", "1 or more")
	c.that(id.Valid(id.Account, e.Account), "/account", "id", "an account's identifier")
	c.that(e.Device == "" || id.Valid(id.Device, e.Device), "/device", "id", "a device's identifier")
	c.that(slices.Contains([]EventKind{LoginRefused, SuspendedRefused, QuotaRefused}, e.Kind), "/kind", "enum", "a kind of account event")
	c.that(plausible(e.First), "/first", "time", aTime)
	c.that(plausible(e.Last) && !e.Last.Before(e.First), "/last", "time", "not before the first")
	c.that(e.Count > 0, "/count", "range", "1 or more")
	c.that(short(e.Address, maxText), "/address", "text", "at most 500 bytes of UTF-8")
	return c.err()
}

// Validate checks a usage sample that came from a server.
func (u Usage) Validate() error {
	c := checks{}
	c.that(id.Valid(id.Account, u.Account), "/account", "id", "an account's identifier")
	c.that(id.Valid(id.Device, u.Device), "/device", "id", "a device's identifier")
	c.that(plausible(u.At), "/at", "time", aTime)
	c.that(u.Bytes >= 0, "/bytes", "range", "0 or more")
	c.that(u.Files >= 0, "/files", "range", "0 or more")
	return c.err()
}

// checks keeps the first check that failed.
type checks struct{ wrong *Wrong }

func (c *checks) that(holds bool, field, code, detail string) {
	if !holds && c.wrong == nil {
		c.wrong = &Wrong{field, code, detail}
	}
}

func (c *checks) err() error {
	if c.wrong == nil {
		return nil
	}
	return c.wrong
}

// plausible tells whether an instant can be meant; a clock may be wrong, but what was never set is not a time.
func plausible(t time.Time) bool { y := t.UTC().Year(); return y >= 2000 && y < 2200 }

// at is the pointer to a field of an entry of a list.
func at(list string, i int, field string) string { return list + "/" + strconv.Itoa(i) + field }

func short(s string, most int) bool { return len(s) <= most && utf8.ValidString(s) }
