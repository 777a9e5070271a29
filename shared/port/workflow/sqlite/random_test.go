package sqlite_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/port/workflow/sqlite"
)

type data = map[string]any

// part is a part of a random machine: its states, of which the first is named, and what they mean. They lead on to a state
// that is named when the part behind them is known.
type part struct {
	first  string
	states func(next string) []string
	means  func(data) (data, string) // the output, or an error
}

// drawing draws machines and remembers which names it gave.
type drawing struct {
	t     *rapid.T
	names int
}

func (d *drawing) name() string {
	d.names++
	return fmt.Sprintf("S%d", d.names)
}

func (d *drawing) choose(what string, most int) int { return rapid.IntRange(0, most).Draw(d.t, what) }

// sequence is a few parts one behind the other. Without a part it passes.
func (d *drawing) sequence(depth int) part {
	all := []part{d.pass()}
	for range d.choose("length", 2) {
		all = append(all, d.part(depth))
	}
	return part{
		first: all[0].first,
		states: func(next string) (states []string) {
			for i := len(all) - 1; i >= 0; i-- {
				states = append(states, all[i].states(next)...)
				next = all[i].first
			}
			return states
		},
		means: func(in data) (out data, failed string) {
			out = in
			for _, p := range all {
				if out, failed = p.means(out); failed != "" {
					return nil, failed
				}
			}
			return out, ""
		},
	}
}

func (d *drawing) part(depth int) part {
	kinds := []func(int) part{d.task, d.flaky, d.failing, d.wait, d.token}
	if depth > 0 {
		kinds = append(kinds, d.choice, d.parallel, d.each, d.parallel, d.each)
	}
	return kinds[d.choose("kind", len(kinds)-1)](depth)
}

// state is a state of these fields that leads on.
func state(name, fields, next string) string {
	if next == "" {
		return fmt.Sprintf(`%q:{%s,"End":true}`, name, fields)
	}
	return fmt.Sprintf(`%q:{%s,"Next":%q}`, name, fields, next)
}

func single(name, fields string, means func(data) (data, string)) part {
	return part{name, func(next string) []string { return []string{state(name, fields, next)} }, means}
}

func with(in data, name string, value any) (data, string) {
	out := maps.Clone(in)
	out[name] = value
	return out, ""
}

func (d *drawing) pass() part {
	name := d.name()
	return single(name, fmt.Sprintf(`"Type":"Pass","Result":%q,"ResultPath":"$.%s"`, name, name), func(in data) (data, string) { return with(in, name, name) })
}

func (d *drawing) wait(int) part {
	return single(d.name(), fmt.Sprintf(`"Type":"Wait","Seconds":%d`, d.choose("seconds", 1)), func(in data) (data, string) { return in, "" })
}

func invoke(suffix, payload, more string) string {
	return `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke` + suffix + `","Parameters":{"FunctionName":"${Tasks}","Payload":{` + payload + `}}` + more
}

func (d *drawing) task(int) part {
	name := d.name()
	return single(name, invoke("", `"do":"echo","value.$":"$.n"`, fmt.Sprintf(`,"ResultSelector":{"got.$":"$.Payload"},"ResultPath":"$.%s"`, name)),
		func(in data) (data, string) { return with(in, name, data{"got": in["n"]}) })
}

func (d *drawing) token(int) part {
	name := d.name()
	return single(name, invoke(".waitForTaskToken", `"do":"answer","value.$":"$.n","token.$":"$$.Task.Token"`, fmt.Sprintf(`,"TimeoutSeconds":9000000,"ResultPath":"$.%s"`, name)),
		func(in data) (data, string) { return with(in, name, in["n"]) })
}

// flaky fails at its first call wherever it is called for the first time.
func (d *drawing) flaky(int) part {
	return single(d.name(), invoke("", fmt.Sprintf(`"do":"flaky","value":%d`, d.names), `,"ResultPath":null,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"MaxAttempts":99}]`),
		func(in data) (data, string) { return in, "" })
}

// caught is what follows a part that can fail: nothing, a catcher of another error, or one that goes on.
func (d *drawing) caught(p part, name string) part {
	errors := []string{"", `"Other"`, `"Sorry"`, `"States.ALL"`}[d.choose("catch", 3)]
	if errors == "" {
		return p
	}
	after := d.pass()
	return part{
		first: p.first,
		states: func(next string) []string {
			states := p.states(after.first)
			for i, s := range states {
				if strings.HasPrefix(s, fmt.Sprintf("%q:", name)) {
					states[i] = strings.TrimSuffix(s, "}") + fmt.Sprintf(`,"Catch":[{"ErrorEquals":[%s],"ResultPath":"$.%s_caught","Next":%q}]}`, errors, name, after.first)
				}
			}
			return append(states, after.states(next)...)
		},
		means: func(in data) (data, string) {
			out, failed := p.means(in)
			if failed != "" && errors == `"Other"` {
				return nil, failed
			}
			if failed != "" {
				out, _ = with(in, name+"_caught", data{"Error": "Sorry", "Cause": `{"errorMessage":"no","errorType":"Sorry"}`})
			}
			return after.means(out)
		},
	}
}

func (d *drawing) failing(int) part {
	name := d.name()
	return d.caught(single(name, invoke("", `"do":"fail"`, `,"ResultPath":null`), func(data) (data, string) { return nil, "Sorry" }), name)
}

func (d *drawing) choice(depth int) part {
	name, over, one, two := d.name(), d.choose("over", 4), d.sequence(depth-1), d.sequence(depth-1)
	return part{
		first: name,
		states: func(next string) []string {
			if next == "" {
				next = name + "_end"
			}
			states := append(one.states(next), two.states(next)...)
			states = append(states, fmt.Sprintf(`%q:{"Type":"Choice","Choices":[{"Variable":"$.n","NumericGreaterThan":%d,"Next":%q}],"Default":%q}`, name, over, one.first, two.first))
			if next == name+"_end" {
				states = append(states, fmt.Sprintf(`%q:{"Type":"Succeed"}`, next))
			}
			return states
		},
		means: func(in data) (data, string) {
			if in["n"].(float64) > float64(over) {
				return one.means(in)
			}
			return two.means(in)
		},
	}
}

func machineOf(p part) string {
	return fmt.Sprintf(`{"StartAt":%q,"States":{%s}}`, p.first, strings.Join(p.states(""), ","))
}

func (d *drawing) parallel(depth int) part {
	name := d.name()
	var branches []part
	var texts []string
	for range 1 + d.choose("branches", 2) {
		b := d.sequence(depth - 1)
		branches, texts = append(branches, b), append(texts, machineOf(b))
	}
	return d.caught(single(name, fmt.Sprintf(`"Type":"Parallel","Branches":[%s],"ResultPath":"$.%s"`, strings.Join(texts, ","), name), func(in data) (data, string) {
		all := []any{}
		for _, b := range branches {
			out, failed := b.means(in)
			if failed != "" {
				return nil, failed // there is but one error, so that it does not matter whose it is
			}
			all = append(all, out)
		}
		return with(in, name, all)
	}), name)
}

func (d *drawing) each(depth int) part {
	name, inner := d.name(), d.sequence(depth-1)
	return d.caught(single(name, fmt.Sprintf(`"Type":"Map","ItemsPath":"$.list","MaxConcurrency":%d,
		"ItemSelector":{"n.$":"$$.Map.Item.Value","list.$":"$.list"},"ItemProcessor":%s,"ResultPath":"$.%s"`, d.choose("at once", 2), machineOf(inner), name),
		func(in data) (data, string) {
			all := []any{}
			for _, n := range in["list"].([]any) {
				out, failed := inner.means(data{"n": n, "list": in["list"]})
				if failed != "" {
					return nil, failed
				}
				all = append(all, out)
			}
			return with(in, name, all)
		}), name)
}

// tasks are the functions of random machines.
func tasks(w workflow.Workflow, seen *sync.Map) workflow.Task {
	return func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
		var r struct {
			Do, Token string
			Value     json.RawMessage
		}
		if err := json.Unmarshal(input, &r); err != nil {
			return nil, err
		}
		switch r.Do {
		case "fail":
			return nil, &workflow.Error{Code: "Sorry", Cause: "no"}
		case "flaky":
			if _, before := seen.LoadOrStore(string(r.Value), true); !before {
				return nil, &workflow.Error{Code: "Busy", Cause: "again"}
			}
		case "answer":
			return nil, w.Succeed(ctx, r.Token, r.Value)
		}
		return r.Value, nil
	}
}

// Random machines, whose engine is ended and begun anew at random moves, end as their meaning says.
func TestRandomMachinesEndAsTheirMeaningSays(t *testing.T) {
	folder, began, n := t.TempDir(), quick{time.Now()}, 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		d := &drawing{t: rt}
		p := d.sequence(2)
		give := data{"n": float64(d.choose("n", 4)), "list": []any{1.0, 3.0}[:d.choose("items", 2)]}
		want, failed := p.means(give)
		input, err := json.Marshal(give)
		if err != nil {
			rt.Fatal(err)
		}
		file, err := sqlitefile.Open(filepath.Join(folder, fmt.Sprint(n)))
		if err != nil {
			rt.Fatal(err)
		}
		defer file.Close()
		e := runThrough(rt, file, began, machineOf(p), input, d.choose("moves until a restart", 12))
		if failed != "" {
			if e.Status != sqlite.Failed || e.Error != failed {
				rt.Fatalf("%s %s %s, want the error %s of\n%s", e.Status, e.Error, e.Cause, failed, machineOf(p))
			}
			return
		}
		var got data
		if err := json.Unmarshal(e.Output, &got); err != nil {
			rt.Fatalf("%s %s %s: %v, of\n%s", e.Status, e.Error, e.Cause, err, machineOf(p))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("(-want +got):\n%s\nof %s", diff, machineOf(p))
		}
	})
}

// runThrough runs an execution to its end, with a new engine after every so many moves; 0: with one engine.
func runThrough(rt *rapid.T, file *sqlitefile.File, c quick, definition string, input json.RawMessage, moves int) sqlite.Execution {
	var seen sync.Map
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		w, err := sqlite.Open(file, c, slog.New(slog.DiscardHandler))
		if err != nil {
			rt.Fatal(err)
		}
		if err := w.Define("m", []byte(definition), map[string]workflow.Task{"Tasks": tasks(w, &seen)}); err != nil {
			rt.Fatalf("%v\nof %s", err, definition)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var mu sync.Mutex
		left := moves
		w.Reach(func(place string) {
			if place != "move" { // what is ended before it moves anything would not come to an end
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if left--; left == 0 {
				cancel()
			}
		})
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		if err := w.Start(context.Background(), "m", "e", input); err != nil {
			rt.Fatal(err)
		}
		var e sqlite.Execution
		for ctx.Err() == nil && time.Now().Before(deadline) {
			if e, err = w.Execution(context.Background(), "m", "e"); err != nil || e.Status != sqlite.Running {
				break
			}
			time.Sleep(time.Millisecond)
		}
		cancel()
		if err := <-ended; err != nil {
			rt.Fatal(err)
		}
		if e, err = w.Execution(context.Background(), "m", "e"); err != nil {
			rt.Fatal(err)
		}
		if e.Status != sqlite.Running {
			return e
		}
	}
	rt.Fatalf("the execution did not end, of\n%s", definition)
	return sqlite.Execution{}
}
