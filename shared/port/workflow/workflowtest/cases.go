package workflowtest

import "fmt"

// Case is a machine whose outcome follows from one rule of the language.
type Case struct {
	Rule       string
	Needs      Ability // empty: every endpoint can
	Definition string
	Input      string // empty: {}
	// What comes out: an output, or an error with, where it is given, its cause.
	Output, Error, Cause string
	Calls                []string // which tasks are called, in order; nil: whichever
}

// Cases returns one case for each rule of the Amazon States Language that the project's definitions use, as
// https://states-language.net/spec.html says it.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{passes(), choices(), waits(), ends(), paths(), intrinsics(), tasks(), handlers(), parallels(), maps()} {
		all = append(all, group...)
	}
	return all
}

func passes() []Case {
	return []Case{
		{Rule: "pass: gives its input on", Definition: single(`"Type":"Pass"`), Input: `{"a":1}`, Output: `{"a":1}`},
		{Rule: "pass: a Result is its output", Definition: single(`"Type":"Pass","Result":{"b.$":"$.a"}`), Input: `{"a":1}`, Output: `{"b.$":"$.a"}`},
		{Rule: "pass: a Result goes where ResultPath says", Definition: single(`"Type":"Pass","Result":2,"ResultPath":"$.x.y"`), Input: `{"a":1}`, Output: `{"a":1,"x":{"y":2}}`},
		{Rule: "pass: Parameters make its output", Definition: single(`"Type":"Pass","Parameters":{"fixed":[1,"$.a"],"deep":{"b.$":"$.a"}}`), Input: `{"a":[7]}`, Output: `{"fixed":[1,"$.a"],"deep":{"b":[7]}}`},
		{Rule: "pass: the output is the next state's input", Definition: machine(state("A", `"Type":"Pass","Result":1,"ResultPath":"$.a"`, "B"), state("B", `"Type":"Pass","Result":2,"ResultPath":"$.b"`, "")), Output: `{"a":1,"b":2}`},
	}
}

func paths() []Case {
	return []Case{
		{Rule: "paths: InputPath selects", Definition: single(`"Type":"Pass","InputPath":"$.a"`), Input: `{"a":{"b":1},"c":2}`, Output: `{"b":1}`},
		{Rule: "paths: an InputPath of null gives an empty object", Definition: machine(end("A", `"Type":"Succeed","InputPath":null`)), Input: `{"a":1}`, Output: `{}`},
		{Rule: "paths: OutputPath selects", Definition: machine(end("A", `"Type":"Succeed","OutputPath":"$.a"`)), Input: `{"a":[1]}`, Output: `[1]`},
		{Rule: "paths: an OutputPath of null gives an empty object", Definition: machine(end("A", `"Type":"Succeed","OutputPath":null`)), Input: `{"a":1}`, Output: `{}`},
		{Rule: "paths: ResultPath writes into the raw input, not into what InputPath selected", Definition: single(`"Type":"Pass","InputPath":"$.a","ResultPath":"$.r"`), Input: `{"a":{"b":1}}`, Output: `{"a":{"b":1},"r":{"b":1}}`},
		{Rule: "paths: a ResultPath of null throws the result away", Definition: single(`"Type":"Pass","Result":1,"ResultPath":null`), Input: `{"a":1}`, Output: `{"a":1}`},
		{Rule: "paths: ResultPath replaces what stands there", Definition: single(`"Type":"Pass","Result":2,"ResultPath":"$.a"`), Input: `{"a":{"b":1},"c":3}`, Output: `{"a":2,"c":3}`},
		{Rule: "paths: names in brackets and elements of arrays", Definition: single(`"Type":"Pass","Parameters":{"x.$":"$.list[1]['a name']"}`), Input: `{"list":[0,{"a name":5}]}`, Output: `{"x":5}`},
		{Rule: "paths: a ResultPath through what is no object fails", Needs: KeptValues, Definition: single(`"Type":"Pass","Result":2,"ResultPath":"$.a.b"`), Input: `{"a":1}`, Error: "States.ResultPathMatchFailure"},
		{Rule: "paths: a parameter from nowhere fails", Needs: MissingPaths, Definition: single(`"Type":"Pass","Parameters":{"x.$":"$.none"}`), Error: "States.ParameterPathFailure"},
		{Rule: "paths: an InputPath from nowhere fails", Needs: MissingPaths, Definition: single(`"Type":"Pass","InputPath":"$.none"`), Error: "States.Runtime"},
		{Rule: "context: the execution's name and input, and the state's name", Definition: single(`"Type":"Pass","Parameters":{"name.$":"$$.Execution.Name","input.$":"$$.Execution.Input.a","state.$":"$$.State.Name"}`), Input: `{"a":1}`, Output: `{"name":"e","input":1,"state":"A"}`},
		{Rule: "context: the times are timestamps", Needs: Timestamps, Definition: machine(
			end("A", `"Type":"Choice","Choices":[{"And":[{"Variable":"$$.Execution.StartTime","IsTimestamp":true},{"Variable":"$$.State.EnteredTime","IsTimestamp":true}],"Next":"Yes"}],"Default":"No"`),
			state("Yes", `"Type":"Pass","Result":{"yes":true}`, ""), state("No", `"Type":"Pass","Result":{"yes":false}`, "")), Output: `{"yes":true}`},
	}
}

func intrinsics() []Case {
	computed := func(expression string) string {
		return single(fmt.Sprintf(`"Type":"Pass","Parameters":{"x.$":%q}`, expression))
	}
	return []Case{
		{Rule: "intrinsics: States.Format fills its places in order", Definition: computed(`States.Format('{} of {}', $.a, 2)`), Input: `{"a":"one"}`, Output: `{"x":"one of 2"}`},
		{Rule: "intrinsics: a backslash takes a quote's and a brace's meaning", Needs: Escapes, Definition: computed(`States.Format('it\'s \{\} {}', 'a')`), Output: `{"x":"it's {} a"}`},
		{Rule: "intrinsics: States.Format shows booleans and null", Needs: Formats, Definition: computed(`States.Format('{} {}', true, null)`), Output: `{"x":"true null"}`},
		{Rule: "intrinsics: States.Array makes an array", Definition: computed(`States.Array($.a, 'b', 3)`), Input: `{"a":[1]}`, Output: `{"x":[[1],"b",3]}`},
		{Rule: "intrinsics: States.StringToJson reads", Definition: computed(`States.StringToJson($.a)`), Input: `{"a":"{\"b\":[1]}"}`, Output: `{"x":{"b":[1]}}`},
		{Rule: "intrinsics: States.JsonToString writes", Definition: computed(`States.JsonToString($.a)`), Input: `{"a":{"b":[1,"c"]}}`, Output: `{"x":"{\"b\":[1,\"c\"]}"}`},
		{Rule: "intrinsics: calls stand in calls", Definition: computed(`States.Format('{}', States.JsonToString(States.Array($.a)))`), Input: `{"a":1}`, Output: `{"x":"[1]"}`},
	}
}

func choices() []Case {
	var all []Case
	add := func(needs Ability, rule, input string, want bool) {
		answer := fmt.Sprintf(`{"yes":%v}`, want)
		all = append(all, Case{
			Rule: fmt.Sprintf("choice: %s of %s is %v", rule, input, want), Needs: needs, Input: input, Output: answer,
			Definition: machine(end("A", `"Type":"Choice","Choices":[{`+rule+`,"Next":"Yes"}],"Default":"No"`),
				state("Yes", `"Type":"Pass","Result":{"yes":true}`, ""), state("No", `"Type":"Pass","Result":{"yes":false}`, "")),
		})
	}
	// What is smaller, equal and greater, of every kind.
	for _, k := range []struct {
		kind, small, great string
	}{
		{"String", `"a"`, `"b"`}, {"Numeric", `9`, `10`},
		{"Timestamp", `"2026-11-24T12:00:00Z"`, `"2026-11-24T12:00:01Z"`},
	} {
		for _, o := range []struct {
			name string
			want [3]bool // of a smaller, an equal and a greater variable
		}{
			{"Equals", [3]bool{false, true, false}}, {"LessThan", [3]bool{true, false, false}}, {"LessThanEquals", [3]bool{true, true, false}},
			{"GreaterThan", [3]bool{false, false, true}}, {"GreaterThanEquals", [3]bool{false, true, true}},
		} {
			for i, pair := range [3][2]string{{k.small, k.great}, {k.small, k.small}, {k.great, k.small}} {
				add("", fmt.Sprintf(`"Variable":"$.v","%s%s":%s`, k.kind, o.name, pair[1]), fmt.Sprintf(`{"v":%s}`, pair[0]), o.want[i])
			}
			v, w := k.great, k.small
			switch {
			case o.want[0]:
				v, w = w, v
			case !o.want[2]:
				w = v
			}
			add(pathNeeds(k.kind, o.name), fmt.Sprintf(`"Variable":"$.v","%s%sPath":"$.w"`, k.kind, o.name), fmt.Sprintf(`{"v":%s,"w":%s}`, v, w), true)
		}
	}
	add(Timestamps, `"Variable":"$.v","TimestampEquals":"2026-11-24T13:00:00+01:00"`, `{"v":"2026-11-24T12:00:00Z"}`, true)
	add("", `"Variable":"$.v","NumericEquals":1`, `{"v":1.0}`, true)
	add("", `"Variable":"$.v","NumericEquals":1`, `{"v":"1"}`, false)
	add("", `"Variable":"$.v","BooleanEquals":true`, `{"v":true}`, true)
	add("", `"Variable":"$.v","BooleanEquals":true`, `{"v":false}`, false)
	add("", `"Variable":"$.v","StringMatches":"a*c"`, `{"v":"abbc"}`, true)
	add("", `"Variable":"$.v","StringMatches":"a*c"`, `{"v":"abbd"}`, false)
	add(EscapedStars, `"Variable":"$.v","StringMatches":"a\\*c"`, `{"v":"a*c"}`, true)
	add("", `"Variable":"$.v","StringMatches":"a\\*c"`, `{"v":"abc"}`, false)
	add("", `"Variable":"$.v","IsPresent":true`, `{"v":1}`, true)
	add("", `"Variable":"$.v","IsPresent":true`, `{}`, false)
	add("", `"Variable":"$.v","IsPresent":false`, `{}`, true)
	add(PresentNull, `"Variable":"$.v","IsPresent":true`, `{"v":null}`, true)
	add("", `"Variable":"$.v","IsNull":true`, `{"v":null}`, true)
	add("", `"Variable":"$.v","IsString":true`, `{"v":""}`, true)
	add("", `"Variable":"$.v","IsString":true`, `{"v":1}`, false)
	add("", `"Variable":"$.v","IsNumeric":true`, `{"v":1.5}`, true)
	add(Booleans, `"Variable":"$.v","IsNumeric":true`, `{"v":true}`, false)
	add("", `"Variable":"$.v","IsBoolean":true`, `{"v":false}`, true)
	add("", `"Variable":"$.v","IsTimestamp":true`, `{"v":"2026-11-24T12:00:00Z"}`, true)
	add("", `"Variable":"$.v","IsTimestamp":true`, `{"v":"today"}`, false)
	add("", `"And":[{"Variable":"$.v","IsPresent":true},{"Variable":"$.v","NumericEquals":1}]`, `{}`, false)
	add("", `"Or":[{"Variable":"$.v","NumericEquals":2},{"Variable":"$.v","NumericEquals":1}]`, `{"v":1}`, true)
	add("", `"Not":{"Variable":"$.v","NumericEquals":2}`, `{"v":1}`, true)
	two := func(fallback string) string {
		return machine(end("A", `"Type":"Choice","Choices":[{"Variable":"$.v","NumericGreaterThan":1,"Next":"B"},{"Variable":"$.v","NumericGreaterThan":0,"Next":"C"}]`+fallback),
			state("B", `"Type":"Pass","Result":"b"`, ""), state("C", `"Type":"Pass","Result":"c"`, ""))
	}
	return append(all,
		Case{Rule: "choice: the first rule that matches decides", Definition: two(``), Input: `{"v":2}`, Output: `"b"`},
		Case{Rule: "choice: without a match and a Default it fails", Needs: NoMatch, Definition: two(``), Input: `{"v":0}`, Error: "States.NoChoiceMatched"},
		Case{Rule: "choice: a variable that is not there fails", Needs: MissingPaths, Definition: two(`,"Default":"B"`), Input: `{}`, Error: "States.Runtime"},
	)
}

// pathNeeds says which comparisons with a path an endpoint may lack.
func pathNeeds(kind, operator string) Ability {
	if kind == "Timestamp" || kind == "String" && operator != "Equals" {
		return ComparedPaths
	}
	return ""
}

func waits() []Case {
	return []Case{
		{Rule: "wait: Seconds", Definition: single(`"Type":"Wait","Seconds":1`), Input: `{"a":1}`, Output: `{"a":1}`},
		{Rule: "wait: no seconds", Definition: single(`"Type":"Wait","Seconds":0`), Output: `{}`},
		{Rule: "wait: SecondsPath", Definition: single(`"Type":"Wait","SecondsPath":"$.s"`), Input: `{"s":1}`, Output: `{"s":1}`},
		{Rule: "wait: a Timestamp in the past", Definition: single(`"Type":"Wait","Timestamp":"2016-03-14T01:59:00Z"`), Output: `{}`},
		{Rule: "wait: a TimestampPath in the past", Needs: Timestamps, Definition: single(`"Type":"Wait","TimestampPath":"$.t"`), Input: `{"t":"2016-03-14T01:59:00+01:00"}`, Output: `{"t":"2016-03-14T01:59:00+01:00"}`},
	}
}

func ends() []Case {
	return []Case{
		{Rule: "succeed: ends with its input", Definition: machine(state("A", `"Type":"Pass"`, "B"), end("B", `"Type":"Succeed"`)), Input: `{"a":1}`, Output: `{"a":1}`},
		{Rule: "fail: ends with its error and cause", Definition: machine(end("A", `"Type":"Fail","Error":"Sorry","Cause":"no room"`)), Error: "Sorry", Cause: "no room"},
	}
}

func tasks() []Case {
	return []Case{
		{Rule: "task: the function gets the payload and its reply stands in Payload", Definition: single(task(`"task":"echo","value.$":"$"`, payloadOnly)), Input: `{"a":[1,null]}`, Output: `{"got":{"a":[1,null]}}`, Calls: []string{"echo"}},
		{Rule: "task: the reply says that the call went well", Definition: single(task(`"task":"echo","value":1`, `,"ResultSelector":{"code.$":"$.StatusCode"}`)), Output: `{"code":200}`},
		{Rule: "task: a function that returns nothing replies null", Definition: single(task(`"task":"nothing"`, payloadOnly)), Output: `{"got":null}`},
		{Rule: "task: ResultSelector builds the result, ResultPath places it", Definition: single(task(`"task":"echo","value":7`, `,"ResultSelector":{"n.$":"$.Payload","more":[true]},"ResultPath":"$.r"`)), Input: `{"a":1}`, Output: `{"a":1,"r":{"n":7,"more":[true]}}`},
		{Rule: "task: an error that nothing catches ends the execution", Definition: single(task(`"task":"fail","code":"Full","cause":"no room"`, ``)), Error: "Full", Calls: []string{"fail"}},
		{Rule: "task: an error without a code is Task.Failed", Definition: single(task(`"task":"break"`, ``)), Error: "Task.Failed"},
		{Rule: "task: a panic is an error", Definition: single(task(`"task":"panic"`, ``)), Error: "Task.Failed"},
		{Rule: "task: a timeout ends it", Definition: single(task(`"task":"block","value":"t"`, `,"TimeoutSeconds":1`)), Error: "States.Timeout"},
		{Rule: "task: a timeout may stand in the data", Needs: TimeoutPaths, Definition: single(task(`"task":"block","value":"t"`, `,"TimeoutSecondsPath":"$.s"`)), Input: `{"s":1}`, Error: "States.Timeout"},
		{Rule: "token: the task answers itself", Definition: single(waiting(`"task":"answer","value":{"a":1}`, `,"TimeoutSeconds":60,"ResultPath":"$.r"`)), Input: `{"b":2}`, Output: `{"b":2,"r":{"a":1}}`},
		{Rule: "token: the task denies itself", Definition: catching(waiting(`"task":"deny","code":"Refused","cause":"no"`, `,"TimeoutSeconds":60`), `"Refused"`), Output: `{"caught":"Refused"}`},
		{Rule: "token: a function that fails ends the task", Needs: TokenFailures, Definition: catching(waiting(`"task":"fail","code":"Full","cause":"no room"`, `,"TimeoutSeconds":60`), `"Full"`), Output: `{"caught":"Full"}`},
		{Rule: "token: is answered once", Needs: DeadTokens, Definition: single(waiting(`"task":"double","value":1`, `,"TimeoutSeconds":60`)), Output: `1`},
		{Rule: "token: every try has its own", Needs: TokensPerTry, Definition: single(waiting(`"task":"second"`, `,"TimeoutSeconds":60,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1}]`)), Output: `{"same":false}`, Calls: []string{"second", "second"}},
		{Rule: "token: a timeout ends it", Definition: catching(waiting(`"task":"keep"`, `,"TimeoutSeconds":1`), `"States.Timeout"`), Output: `{"caught":"States.Timeout"}`},
		{Rule: "token: a timeout may stand in the data", Needs: TimeoutPaths, Definition: catching(waiting(`"task":"keep"`, `,"TimeoutSecondsPath":"$.s"`), `"States.Timeout"`), Input: `{"s":1}`, Output: `{"caught":"States.Timeout"}`},
		{Rule: "token: a missed heartbeat lets States.Timeout catch", Needs: Heartbeats, Definition: machine(
			state("A", waiting(`"task":"keep"`, `,"TimeoutSeconds":60,"HeartbeatSeconds":1,"Catch":[{"ErrorEquals":["States.Timeout"],"ResultPath":null,"Next":"B"}]`), ""), end("B", `"Type":"Succeed"`)), Input: `{"a":1}`, Output: `{"a":1}`},
		{Rule: "token: a missed heartbeat ends it", Needs: HeartbeatNames, Definition: catching(waiting(`"task":"keep"`, `,"TimeoutSeconds":60,"HeartbeatSeconds":1`), `"States.HeartbeatTimeout"`), Output: `{"caught":"States.HeartbeatTimeout"}`},
		{Rule: "token: a missed heartbeat is a timeout", Needs: HeartbeatNames, Definition: catching(waiting(`"task":"keep"`, `,"TimeoutSeconds":60,"HeartbeatSeconds":1`), `"States.Timeout"`), Output: `{"caught":"States.HeartbeatTimeout"}`},
		{Rule: "token: the heartbeat's bound may stand in the data", Needs: HeartbeatNames, Definition: catching(waiting(`"task":"keep"`, `,"TimeoutSeconds":60,"HeartbeatSecondsPath":"$.s"`), `"States.HeartbeatTimeout"`), Input: `{"s":1}`, Output: `{"caught":"States.HeartbeatTimeout"}`},
	}
}

func handlers() []Case {
	full := task(`"task":"fail","code":"Full","cause":"no room"`, ``)
	// How the cause of a failed function is written differs in what stands beside these two.
	told := machine(
		state("A", full+caught(`"States.ALL"`), ""),
		state("Caught", `"Type":"Pass","Parameters":{"cause.$":"States.StringToJson($.error.Cause)","error.$":"$.error.Error","a.$":"$.a"}`, "Told"),
		state("Told", `"Type":"Pass","Parameters":{"message.$":"$.cause.errorMessage","type.$":"$.cause.errorType","error.$":"$.error","a.$":"$.a"}`, ""))
	return []Case{
		{Rule: "catch: by name", Definition: catching(full, `"Other","Full"`), Output: `{"caught":"Full"}`},
		{Rule: "catch: not by another name", Definition: catching(full, `"Other"`), Error: "Full"},
		{Rule: "catch: names are case-sensitive", Definition: catching(full, `"full"`), Error: "Full"},
		{Rule: "catch: States.ALL catches every name", Definition: catching(full, `"States.ALL"`), Output: `{"caught":"Full"}`},
		{Rule: "catch: States.ALL catches a timeout", Definition: catching(task(`"task":"block"`, `,"TimeoutSeconds":1`), `"States.ALL"`), Output: `{"caught":"States.Timeout"}`},
		{Rule: "catch: States.TaskFailed catches every name", Definition: catching(full, `"States.TaskFailed"`), Output: `{"caught":"Full"}`},
		{Rule: "catch: States.TaskFailed does not catch a timeout", Definition: catching(task(`"task":"block"`, `,"TimeoutSeconds":1`), `"States.TaskFailed"`), Error: "States.Timeout"},
		{Rule: "catch: nothing catches data that does not fit", Needs: Uncaught, Definition: catching(`"Type":"Parallel","Branches":[`+machine(state("BW", `"Type":"Wait","SecondsPath":"$.s"`, ""))+`]`, `"States.ALL"`), Input: `{"s":"soon"}`, Error: "States.Runtime"},
		{Rule: "catch: nothing catches a path to nothing", Needs: MissingPaths, Definition: catching(`"InputPath":"$.none",`+full, `"States.ALL"`), Error: "States.Runtime"},
		{Rule: "catch: the first catcher that matches decides", Definition: machine(
			state("A", full+`,"Catch":[{"ErrorEquals":["Other"],"Next":"B"},{"ErrorEquals":["Full"],"Next":"C"},{"ErrorEquals":["States.ALL"],"Next":"B"}]`, ""),
			state("B", `"Type":"Pass","Result":"b"`, ""), state("C", `"Type":"Pass","Result":"c"`, "")), Output: `"c"`},
		{Rule: "catch: the error stands where ResultPath says, and the cause is the function's reply", Definition: told, Input: `{"a":1}`, Output: `{"a":1,"error":"Full","type":"Full","message":"no room"}`},
		{Rule: "catch: without a ResultPath the error is all of the next state's input", Definition: machine(
			state("A", task(`"task":"fail","code":"Full","cause":"no room"`, `,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}]`), ""),
			state("Caught", `"Type":"Pass","Parameters":{"e.$":"$.Error"}`, "")), Input: `{"a":1}`, Output: `{"e":"Full"}`},
		{Rule: "catch: a ResultPath of null throws the error away", Definition: machine(
			state("A", task(`"task":"fail","code":"Full","cause":"no room"`, `,"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"Caught"}]`), ""),
			state("Caught", `"Type":"Pass"`, "")), Input: `{"a":1}`, Output: `{"a":1}`},
		{Rule: "retry: until it goes well", Definition: single(task(`"task":"flaky","code":"Busy","times":2`, payloadOnly+`,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"BackoffRate":1}]`)), Output: `{"got":3}`, Calls: []string{"flaky", "flaky", "flaky"}},
		{Rule: "retry: MaxAttempts times at most", Definition: single(task(`"task":"fail","code":"Busy"`, `,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"BackoffRate":1,"MaxAttempts":2}]`)), Error: "Busy", Calls: []string{"fail", "fail", "fail"}},
		{Rule: "retry: never with MaxAttempts 0", Definition: single(task(`"task":"fail","code":"Busy"`, `,"Retry":[{"ErrorEquals":["Busy"],"MaxAttempts":0}]`)), Error: "Busy", Calls: []string{"fail"}},
		{Rule: "retry: no other error", Definition: single(task(`"task":"fail","code":"Full"`, `,"Retry":[{"ErrorEquals":["Busy"]}]`)), Error: "Full", Calls: []string{"fail"}},
		{Rule: "retry: comes before Catch", Definition: catching(task(`"task":"fail","code":"Busy"`, `,"Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1}]`), `"Busy"`), Output: `{"caught":"Busy"}`, Calls: []string{"fail", "fail"}},
		{Rule: "retry: the first retrier that names the error decides", Definition: single(task(`"task":"fail","code":"Busy"`, `,"Retry":[{"ErrorEquals":["Busy"],"MaxAttempts":0},{"ErrorEquals":["States.ALL"],"MaxAttempts":1}]`)), Error: "Busy", Calls: []string{"fail"}},
		{Rule: "retry: waits no longer than MaxDelaySeconds", Needs: MaxDelays, Definition: single(task(`"task":"flaky","code":"Busy","times":2`, payloadOnly+`,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"BackoffRate":1000000,"MaxDelaySeconds":2}]`)), Output: `{"got":3}`},
		{Rule: "retry: a state that is visited anew counts anew", Definition: machine(
			state("A", task(`"task":"fail","code":"Busy"`, `,"Retry":[{"ErrorEquals":["Busy"],"MaxAttempts":1}],"Catch":[{"ErrorEquals":["Busy"],"ResultPath":null,"Next":"Again"}]`), ""),
			end("Again", `"Type":"Choice","Choices":[{"Variable":"$.again","BooleanEquals":true,"Next":"Once"}],"Default":"End"`),
			state("Once", `"Type":"Pass","Result":{"again":false}`, "A"),
			end("End", `"Type":"Succeed"`)), Input: `{"again":true}`, Output: `{"again":false}`, Calls: []string{"fail", "fail", "fail", "fail"}},
	}
}

func parallels() []Case {
	branches := func(more string, branches ...string) string {
		all := ""
		for i, b := range branches {
			if i > 0 {
				all += ","
			}
			all += b
		}
		return `"Type":"Parallel","Branches":[` + all + `]` + more
	}
	a := machine(state("BA", `"Type":"Pass","Parameters":{"a.$":"$.v"}`, ""))
	b := machine(state("BB", `"Type":"Wait","Seconds":0`, "BC"), state("BC", `"Type":"Pass","Result":"b"`, ""))
	failing := machine(end("BF", `"Type":"Fail","Error":"Sorry","Cause":"no"`))
	return []Case{
		{Rule: "parallel: gives the outputs of all branches in their order", Definition: single(branches(``, b, a)), Input: `{"v":1}`, Output: `["b",{"a":1}]`},
		{Rule: "parallel: every branch gets what Parameters make", Definition: single(branches(`,"Parameters":{"v.$":"$.x"}`, a)), Input: `{"x":5}`, Output: `[{"a":5}]`},
		{Rule: "parallel: ResultSelector and ResultPath", Definition: single(branches(`,"ResultSelector":{"second.$":"$[1]"},"ResultPath":"$.r"`, a, b)), Input: `{"v":1}`, Output: `{"v":1,"r":{"second":"b"}}`},
		{Rule: "parallel: a branch's error is its own", Definition: single(branches(``, a, failing)), Input: `{"v":1}`, Error: "Sorry"},
		{Rule: "parallel: a branch's error is caught by its name", Definition: catching(branches(``, a, failing), `"Sorry"`), Input: `{"v":1}`, Output: `{"caught":"Sorry"}`},
		{Rule: "parallel: a branch that fails does not wait for those beside it", Needs: StoppedBranches, Definition: single(branches(``, failing, machine(state("BW", `"Type":"Wait","Seconds":3600`, "")))), Error: "Sorry"},
		{Rule: "parallel: all branches are tried again", Definition: single(branches(`,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"BackoffRate":1}]`,
			machine(state("BT", task(`"task":"flaky","code":"Busy","times":1`, payloadOnly), "")))), Output: `[{"got":2}]`, Calls: []string{"flaky", "flaky"}},
		{Rule: "parallel: a Succeed ends only its branch", Definition: machine(state("A", branches(``, machine(end("BS", `"Type":"Succeed"`))), "B"), state("B", `"Type":"Pass"`, "")), Output: `[{}]`},
		{Rule: "parallel: a branch without a match fails it, and it can be caught", Needs: NoMatch, Definition: catching(branches(``,
			machine(end("BN", `"Type":"Choice","Choices":[{"Variable":"$.v","NumericEquals":7,"Next":"BX"}]`), end("BX", `"Type":"Succeed"`))), `"States.NoChoiceMatched"`), Input: `{"v":1}`, Output: `{"caught":"States.NoChoiceMatched"}`},
		{Rule: "parallel: stands in parallel", Definition: single(branches(``, a, machine(state("BP", branches(``, machine(state("CP", `"Type":"Pass","Result":1`, "")), machine(state("CQ", `"Type":"Pass","Result":2`, ""))), "")))), Input: `{"v":1}`, Output: `[{"a":1},[1,2]]`},
	}
}

func maps() []Case {
	each := func(more, processor string) string {
		return `"Type":"Map","ItemProcessor":` + processor[:len(processor)-1] + `,"ProcessorConfig":{"Mode":"INLINE"}}` + more
	}
	same := machine(state("MA", `"Type":"Pass"`, ""))
	return []Case{
		{Rule: "map: gives the outputs of all items in their order", Definition: single(each(`,"ItemsPath":"$.list"`, same)), Input: `{"list":[3,{"a":1},"x"]}`, Output: `[3,{"a":1},"x"]`},
		{Rule: "map: of no items gives an empty array", Definition: single(each(`,"ItemsPath":"$.list"`, same)), Input: `{"list":[]}`, Output: `[]`},
		{Rule: "map: ItemSelector builds each item's input", Definition: single(each(`,"ItemsPath":"$.list","ItemSelector":{"n.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value","all.$":"$.all"}`, same)), Input: `{"list":["a","b"],"all":1}`, Output: `[{"n":0,"v":"a","all":1},{"n":1,"v":"b","all":1}]`},
		{Rule: "map: states within know their item", Definition: single(each(`,"ItemsPath":"$.list"`, machine(state("MB", `"Type":"Pass"`, "MC"), state("MC", `"Type":"Pass","Parameters":{"n.$":"$$.Map.Item.Index"}`, "")))), Input: `{"list":["a","b"]}`, Output: `[{"n":0},{"n":1}]`},
		{Rule: "map: ResultSelector and ResultPath", Definition: single(each(`,"ItemsPath":"$.list","ResultSelector":{"all.$":"$"},"ResultPath":"$.r"`, same)), Input: `{"list":[1]}`, Output: `{"list":[1],"r":{"all":[1]}}`},
		{Rule: "map: one at a time where MaxConcurrency says so", Definition: single(each(`,"ItemsPath":"$.list","MaxConcurrency":1`, machine(state("MT", task(`"task":"linger","value.$":"$"`, payloadOnly), "")))), Input: `{"list":[1,2,3]}`, Output: `[{"got":1},{"got":2},{"got":3}]`},
		{Rule: "map: an item's error is caught by its name", Definition: catching(each(`,"ItemsPath":"$.list"`, machine(end("MF", `"Type":"Fail","Error":"Sorry","Cause":"no"`))), `"Sorry"`), Input: `{"list":[1,2]}`, Output: `{"caught":"Sorry"}`},
		{Rule: "map: stands in a map, and the inner item is the one that is known", Definition: single(each(`,"ItemsPath":"$.list"`, machine(state("MM", each(``, machine(state("MN", `"Type":"Pass","Parameters":{"n.$":"$$.Map.Item.Index","v.$":"$"}`, ""))), "")))), Input: `{"list":[[7],[8,9]]}`, Output: `[[{"n":0,"v":7}],[{"n":0,"v":8},{"n":1,"v":9}]]`},
	}
}
