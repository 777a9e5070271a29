package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/config"
)

type limits struct {
	Quota config.Bytes  `env:"TIERKEEP_QUOTA" default:"10GiB" doc:"The first quota."`
	Idle  time.Duration `env:"TIERKEEP_IDLE" default:"12h" doc:"How long an unused session lives."`
}

type settings struct {
	Addr    string `env:"TIERKEEP_ADDR" default:"127.0.0.1:8080" doc:"Where to listen: host | port."`
	Workers int    `env:"TIERKEEP_WORKERS" default:"2" doc:"How many work at once."`
	Verbose bool   `env:"TIERKEEP_VERBOSE" doc:"Whether to tell more."`
	Folder  string `env:"TIERKEEP_FOLDER" doc:"Where data stands."`
	Limits  limits
}

func defaults() settings {
	return settings{Addr: "127.0.0.1:8080", Workers: 2, Limits: limits{Quota: 10 << 30, Idle: 12 * time.Hour}}
}

func from(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	}
}

func TestLoad(t *testing.T) {
	tests := []struct {
		name string
		give map[string]string
		want settings
	}{
		{"an empty environment gives the defaults", nil, defaults()},
		{"an empty variable counts as not set", map[string]string{"TIERKEEP_ADDR": "", "TIERKEEP_WORKERS": ""}, defaults()},
		{"every type is read", map[string]string{
			"TIERKEEP_ADDR": ":1", "TIERKEEP_WORKERS": "-3", "TIERKEEP_VERBOSE": "true", "TIERKEEP_FOLDER": "/data",
			"TIERKEEP_QUOTA": "5MB", "TIERKEEP_IDLE": "90s",
		}, settings{Addr: ":1", Workers: -3, Verbose: true, Folder: "/data", Limits: limits{Quota: 5e6, Idle: 90 * time.Second}}},
		{"variables of others are none of its business", map[string]string{"HOME": "/root", "TIERKEEP_OTHER": "x"}, defaults()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got settings
			if err := config.Load(&got, from(tt.give)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadNamesEveryWrongVariableAndNoValue(t *testing.T) {
	got := settings{Addr: "as before"}
	err := config.Load(&got, from(map[string]string{
		"TIERKEEP_ADDR":    "changed",
		"TIERKEEP_WORKERS": "hunter2", "TIERKEEP_VERBOSE": "hunter2", "TIERKEEP_QUOTA": "hunter2", "TIERKEEP_IDLE": "hunter2",
	}))
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"TIERKEEP_WORKERS", "TIERKEEP_VERBOSE", "TIERKEEP_QUOTA", "TIERKEEP_IDLE"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error repeats a value: %v", err)
	}
	if diff := cmp.Diff(settings{Addr: "as before"}, got); diff != "" {
		t.Errorf("a refused load changed the struct: %s", diff)
	}
}

func TestLoadRefusesValuesOutOfRange(t *testing.T) {
	tests := []struct{ name, variable, value string }{
		{"a negative duration", "TIERKEEP_IDLE", "-1s"},
		{"a duration without unit", "TIERKEEP_IDLE", "90"},
		{"a negative size", "TIERKEEP_QUOTA", "-1B"},
		{"a size beyond 64 bits", "TIERKEEP_QUOTA", "9223372036854775807TiB"},
		{"a fraction", "TIERKEEP_WORKERS", "1.5"},
		{"a yes", "TIERKEEP_VERBOSE", "yes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got settings
			if err := config.Load(&got, from(map[string]string{tt.variable: tt.value})); err == nil {
				t.Errorf("accepted as %+v", got)
			}
		})
	}
}

func TestWhatMustBeSetIsNamedWithItsMeaning(t *testing.T) {
	var c struct {
		Table string `env:"TIERKEEP_TABLE" required:"true" doc:"The table."`
		Queue string `env:"TIERKEEP_QUEUE" required:"true" doc:"The queue."`
	}
	err := config.Load(&c, from(map[string]string{"TIERKEEP_QUEUE": "q"}))
	if err == nil || err.Error() != "TIERKEEP_TABLE: must be set (The table.)" {
		t.Errorf("%v", err)
	}
	table, err := config.Table(c)
	if err != nil || !strings.Contains(table, "| `TIERKEEP_TABLE` | text | must be set | The table. |") {
		t.Errorf("%s %v", table, err)
	}
	var both struct {
		Table string `env:"TIERKEEP_TABLE" required:"true" default:"x" doc:"The table."`
	}
	if err := config.Load(&both, from(nil)); err == nil {
		t.Error("a default that is never used was taken")
	}
}

// Portal is a group whose only field has the group's own name.
type Portal struct {
	Portal string `env:"TIERKEEP_PORTAL" doc:"The address."`
}

func TestAFieldHiddenBehindItsGroupIsAnError(t *testing.T) {
	var c struct{ Portal }
	if err := config.Load(&c, from(nil)); err == nil || !strings.Contains(err.Error(), "TIERKEEP_PORTAL") {
		t.Errorf("%v", err)
	}
}

func TestMistakesInAConfigStructAreErrors(t *testing.T) {
	tests := []struct {
		name string
		give any
		want string
	}{
		{"no pointer", settings{}, "pointer"},
		{"a field without env tag", &struct{ A string }{}, "env tag"},
		{"a name without the prefix", &struct {
			A string `env:"ADDR" doc:"d"`
		}{}, "env tag"},
		{"a lower-case name", &struct {
			A string `env:"TIERKEEP_addr" doc:"d"`
		}{}, "env tag"},
		{"no description", &struct {
			A string `env:"TIERKEEP_A"`
		}{}, "doc tag"},
		{"a default that cannot be read", &struct {
			A int `env:"TIERKEEP_A" default:"x" doc:"d"`
		}{}, "default"},
		{"a type that is not read", &struct {
			A []string `env:"TIERKEEP_A" doc:"d"`
		}{}, "[]string"},
		{"one variable twice", &struct {
			A string `env:"TIERKEEP_A" doc:"d"`
			B string `env:"TIERKEEP_A" doc:"d"`
		}{}, "twice"},
		{"a hidden field", &struct {
			a string `env:"TIERKEEP_A" doc:"d"`
		}{}, "not exported"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := config.Load(tt.give, from(nil)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load = %v, want an error about %q", err, tt.want)
			}
		})
	}
}

func TestEmbeddedGroupsAreRead(t *testing.T) {
	type Limits = limits // an embedded field is exported by the name of its type
	var got struct {
		Limits
		Addr string `env:"TIERKEEP_ADDR" doc:"d"`
	}
	if err := config.Load(&got, from(map[string]string{"TIERKEEP_IDLE": "1s", "TIERKEEP_ADDR": "x"})); err != nil {
		t.Fatal(err)
	}
	if got.Idle != time.Second || got.Addr != "x" || got.Quota != 10<<30 {
		t.Errorf("got %+v", got)
	}
}

func TestRefuseUnknown(t *testing.T) {
	tests := []struct {
		name string
		give []string
		want string
	}{
		{"known variables and those of others pass", []string{"TIERKEEP_ADDR=x", "HOME=/root", "PATH="}, ""},
		{"each misspelt name is told, its value not", []string{"TIERKEEP_ADRR=hunter2", "TIERKEEP_A=1"},
			"TIERKEEP_A: no such setting\nTIERKEEP_ADRR: no such setting"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := config.RefuseUnknown(tt.give, settings{}); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTable(t *testing.T) {
	want := "" +
		"| variable | value | default | meaning |\n" +
		"|---|---|---|---|\n" +
		"| `TIERKEEP_ADDR` | text | `127.0.0.1:8080` | Where to listen: host \\| port. |\n" +
		"| `TIERKEEP_WORKERS` | whole number | `2` | How many work at once. |\n" +
		"| `TIERKEEP_VERBOSE` | true or false | `false` | Whether to tell more. |\n" +
		"| `TIERKEEP_FOLDER` | text | (empty) | Where data stands. |\n" +
		"| `TIERKEEP_QUOTA` | size | `10GiB` | The first quota. |\n" +
		"| `TIERKEEP_IDLE` | duration | `12h` | How long an unused session lives. |\n"
	got, err := config.Table(settings{}, limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTableRefusesOneVariableWithTwoMeanings(t *testing.T) {
	_, err := config.Table(settings{}, struct {
		Addr string `env:"TIERKEEP_ADDR" default:":1" doc:"Elsewhere."`
	}{})
	if err == nil || !strings.Contains(err.Error(), "TIERKEEP_ADDR") {
		t.Errorf("Table = %v, want an error naming TIERKEEP_ADDR", err)
	}
}

func TestParseBytes(t *testing.T) {
	tests := []struct {
		give string
		want config.Bytes
		ok   bool
	}{
		{"0B", 0, true},
		{"512B", 512, true},
		{"1kB", 1000, true},
		{"1KiB", 1024, true},
		{"4MB", 4_000_000, true},
		{"2TiB", 2 << 40, true},
		{"8388607TiB", 8388607 << 40, true},
		{"8388608TiB", 0, false},
		{"512", 0, false},
		{"B", 0, false},
		{"+1B", 0, false},
		{"1 B", 0, false},
		{"1.5GB", 0, false},
		{"1mb", 0, false},
		{"", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			got, err := config.ParseBytes(tt.give)
			if got != tt.want || (err == nil) != tt.ok {
				t.Errorf("ParseBytes = %d, %v; want %d, ok %v", got, err, tt.want, tt.ok)
			}
		})
	}
}

func FuzzParseBytes(f *testing.F) {
	for _, seed := range []string{"0B", "10GiB", "4MB", "-1B", "99999999999999999999TB", "1KB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, err := config.ParseBytes(text)
		if err != nil {
			if size != 0 {
				t.Errorf("refused, and yet %d", size)
			}
			return
		}
		if size < 0 {
			t.Errorf("negative: %d", size)
		}
		again, err := config.ParseBytes(size.String())
		if err != nil || again != size {
			t.Errorf("%s read back as %d, %v", size, again, err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add("127.0.0.1:1", "3", "true", "5MB", "90s")
	f.Add("", "x", "TRUE", "-5MB", "-1h")
	f.Fuzz(func(t *testing.T, addr, workers, verbose, quota, idle string) {
		before := settings{Folder: "as before"}
		got := before
		err := config.Load(&got, from(map[string]string{
			"TIERKEEP_ADDR": addr, "TIERKEEP_WORKERS": workers, "TIERKEEP_VERBOSE": verbose,
			"TIERKEEP_QUOTA": quota, "TIERKEEP_IDLE": idle,
		}))
		if err != nil && got != before {
			t.Errorf("a refused load changed the struct to %+v", got)
		}
		if got.Limits.Quota < 0 || got.Limits.Idle < 0 {
			t.Errorf("negative: %+v", got.Limits)
		}
	})
}
