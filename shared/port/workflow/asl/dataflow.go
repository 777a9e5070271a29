package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// MaxDataBytes is how much data passes between states at most.
const MaxDataBytes = 256 << 10

// Context is what the context object tells a state.
type Context struct {
	ExecutionID, ExecutionName string
	ExecutionInput             any
	StartedAt                  time.Time
	State                      string
	EnteredAt                  time.Time
	Token                      string // empty outside a task that waits for its token
	Item                       *Item  // of the Map around the state
}

// Item is what an iteration of a Map runs for.
type Item struct {
	Index int             `json:"index"`
	Value json.RawMessage `json:"value"`
}

// object is the context object in the shape that paths read.
func (c Context) object() (any, error) {
	object := map[string]any{
		"Execution": map[string]any{
			"Id": c.ExecutionID, "Name": c.ExecutionName, "Input": c.ExecutionInput, "StartTime": timestamp(c.StartedAt),
		},
		"State": map[string]any{"Name": c.State, "EnteredTime": timestamp(c.EnteredAt)},
	}
	if c.Token != "" {
		object["Task"] = map[string]any{"Token": c.Token}
	}
	if c.Item != nil {
		value, err := decode(c.Item.Value)
		if err != nil {
			return nil, err
		}
		object["Map"] = map[string]any{"Item": map[string]any{"Index": json.Number(fmt.Sprint(c.Item.Index)), "Value": value}}
	}
	return object, nil
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Visit is one visit of a state: what it was given and what it knows.
type Visit struct {
	state   *State
	raw     any // what the state before gave on
	input   any // what InputPath selects of it
	context any
	about   Context
}

// Enter begins a visit. It fails where the state's InputPath selects nothing.
func (s *State) Enter(input json.RawMessage, about Context) (*Visit, *Error) {
	about.State = s.Name
	raw, err := decode(input)
	if err != nil {
		return nil, runtimeError("state %q: %s", s.Name, err)
	}
	v := &Visit{state: s, raw: raw, about: about}
	if v.context, err = about.object(); err != nil {
		return nil, runtimeError("state %q: %s", s.Name, err)
	}
	if v.input, err = v.selected(s.inputPath, raw); err != nil {
		return nil, runtimeError("state %q: InputPath: %s", s.Name, err)
	}
	return v, nil
}

func (v *Visit) selected(p *path, data any) (any, error) {
	if p == nil {
		return map[string]any{}, nil
	}
	return p.get(data, v.context)
}

// effective is the input after Parameters.
func (v *Visit) effective() (any, *Error) {
	if v.state.parameters == nil {
		return v.input, nil
	}
	filled, err := fill(v.state.parameters, v.input, v.context)
	if err != nil {
		return nil, v.templateError("Parameters", err)
	}
	return filled, nil
}

func (v *Visit) templateError(field string, err error) *Error {
	name := ErrParameterPath
	if errors.Is(err, errIntrinsicFailed) {
		name = ErrIntrinsic
	}
	return &Error{name, fmt.Sprintf("state %q: %s: %s", v.state.Name, field, err)}
}

// Payload is what a Task gives to its function.
func (v *Visit) Payload() (json.RawMessage, *Error) {
	filled, failed := v.effective()
	if failed != nil {
		return nil, failed
	}
	return v.give(filled.(map[string]any)["Payload"])
}

// Reply wraps what a function returned as Step Functions does, as far as definitions may read it.
func Reply(payload json.RawMessage) json.RawMessage {
	if len(payload) == 0 {
		payload = json.RawMessage("null")
	}
	return json.RawMessage(`{"Payload":` + string(payload) + `,"StatusCode":200}`)
}

// BranchInput is what every branch of a Parallel gets.
func (v *Visit) BranchInput() (json.RawMessage, *Error) {
	filled, failed := v.effective()
	if failed != nil {
		return nil, failed
	}
	return v.give(filled)
}

// Items are the items of a Map, and what the iteration of each gets.
func (v *Visit) Items() (items []Item, inputs []json.RawMessage, failed *Error) {
	list, err := v.state.items.get(v.input, v.context)
	if err != nil {
		return nil, nil, runtimeError("state %q: ItemsPath: %s", v.state.Name, err)
	}
	array, ok := list.([]any)
	if !ok {
		return nil, nil, runtimeError("state %q: ItemsPath: no array stands there", v.state.Name)
	}
	for i, value := range array {
		data, failed := v.give(value)
		if failed != nil {
			return nil, nil, failed
		}
		item := Item{i, data}
		if v.state.parameters != nil {
			about := v.about
			about.Item = &item
			context, err := about.object()
			if err != nil {
				return nil, nil, runtimeError("state %q: %s", v.state.Name, err)
			}
			filled, err := fill(v.state.parameters, v.input, context)
			if err != nil {
				return nil, nil, v.templateError("ItemSelector", err)
			}
			if data, failed = v.give(filled); failed != nil {
				return nil, nil, failed
			}
		}
		items, inputs = append(items, item), append(inputs, data)
	}
	return items, inputs, nil
}

// Passed is the output of a Pass.
func (v *Visit) Passed() (json.RawMessage, *Error) {
	result, failed := v.effective()
	if failed != nil {
		return nil, failed
	}
	if v.state.hasResult {
		result = v.state.result
	}
	return v.merge(result)
}

// Finish is the output of a Task, Parallel or Map that ended with a result.
func (v *Visit) Finish(result json.RawMessage) (json.RawMessage, *Error) {
	value, err := decode(result)
	if err != nil {
		return nil, runtimeError("state %q: %s", v.state.Name, err)
	}
	if v.state.resultSelector != nil {
		if value, err = fill(v.state.resultSelector, value, v.context); err != nil {
			return nil, v.templateError("ResultSelector", err)
		}
	}
	return v.merge(value)
}

// GoOn is the output of a state that has no result of its own.
func (v *Visit) GoOn() (json.RawMessage, *Error) { return v.output(v.input) }

// merge puts the result where ResultPath says, into what the state was given, and selects the output.
func (v *Visit) merge(result any) (json.RawMessage, *Error) {
	merged := v.raw
	if p := v.state.resultPath; p != nil {
		var err error
		if merged, err = p.put(v.raw, result); err != nil {
			return nil, &Error{ErrResultPathMatch, fmt.Sprintf("state %q: ResultPath: %s", v.state.Name, err)}
		}
	}
	return v.output(merged)
}

func (v *Visit) output(data any) (json.RawMessage, *Error) {
	selected, err := v.selected(v.state.outputPath, data)
	if err != nil {
		return nil, runtimeError("state %q: OutputPath: %s", v.state.Name, err)
	}
	return v.give(selected)
}

// give writes data for another state or a function.
func (v *Visit) give(data any) (json.RawMessage, *Error) {
	text, err := encode(data)
	if err != nil {
		return nil, runtimeError("state %q: %s", v.state.Name, err)
	}
	if len(text) > MaxDataBytes {
		return nil, &Error{ErrDataLimit, fmt.Sprintf("state %q: data of %d bytes", v.state.Name, len(text))}
	}
	return json.RawMessage(text), nil
}

// Choose returns the state that a Choice goes on with.
func (v *Visit) Choose() (next string, failed *Error) { return v.state.choose(v.input, v.context) }

// Caught returns the state that goes on after an error, and its input: what the state was given, with the error where the
// catcher says.
func (v *Visit) Caught(e *Error) (next string, input json.RawMessage, caught bool, failed *Error) {
	next, data, caught, failed := v.state.caught(e, v.raw)
	if !caught || failed != nil {
		return "", nil, false, failed
	}
	input, failed = v.give(data)
	return next, input, failed == nil, failed
}

// Until is the time at which a Wait ends.
func (v *Visit) Until() (time.Time, *Error) {
	s := v.state
	switch {
	case s.until != nil:
		return *s.until, nil
	case s.untils != nil:
		value, err := s.untils.get(v.input, v.context)
		if err != nil {
			return time.Time{}, runtimeError("state %q: TimestampPath: %s", s.Name, err)
		}
		text, _ := value.(string)
		t, err := parseTime(text)
		if err != nil {
			return time.Time{}, runtimeError("state %q: TimestampPath: %s", s.Name, err)
		}
		return t, nil
	}
	wait, failed := v.seconds(s.wait, "SecondsPath", 0)
	return v.about.EnteredAt.Add(wait), failed
}

// Timeouts are how long a Task may take, and how long it may be without a heartbeat; 0 where there is no such limit.
func (v *Visit) Timeouts() (timeout, heartbeat time.Duration, failed *Error) {
	if timeout, failed = v.seconds(v.state.timeout, "TimeoutSecondsPath", 1); failed != nil {
		return 0, 0, failed
	}
	heartbeat, failed = v.seconds(v.state.heartbeat, "HeartbeatSecondsPath", 1)
	return timeout, heartbeat, failed
}

func (v *Visit) seconds(s seconds, field string, least int64) (time.Duration, *Error) {
	if s.path == nil {
		return s.fixed, nil
	}
	value, err := s.path.get(v.input, v.context)
	if err != nil {
		return 0, runtimeError("state %q: %s: %s", v.state.Name, field, err)
	}
	number, _ := value.(json.Number)
	n, err := number.Int64()
	if err != nil || n < least || n > maxSeconds {
		return 0, runtimeError("state %q: %s: %v is no whole number from %d to %d", v.state.Name, field, value, least, maxSeconds)
	}
	return asSeconds(n), nil
}
