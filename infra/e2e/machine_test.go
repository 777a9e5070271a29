package e2e

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// machineEnded waits until the approval's execution knows of the decision and has ended well.
func (s *stage) machineEnded() {
	s.Helper()
	client := sfn.NewFromConfig(s.aws)
	machines, err := client.ListStateMachines(s.Context(), &sfn.ListStateMachinesInput{})
	if err != nil || len(machines.StateMachines) != 1 {
		s.Fatalf("state machines: %v, %v", machines, err)
	}
	s.until("the approval's execution ends well", patience, func() bool {
		all, err := client.ListExecutions(s.Context(), &sfn.ListExecutionsInput{StateMachineArn: machines.StateMachines[0].StateMachineArn})
		if err != nil || len(all.Executions) != 1 {
			s.Fatalf("executions: %v, %v", all, err)
		}
		if status := all.Executions[0].Status; status != types.ExecutionStatusSucceeded && status != types.ExecutionStatusRunning {
			s.Fatalf("execution %s is %s", aws.ToString(all.Executions[0].Name), status)
		}
		return all.Executions[0].Status == types.ExecutionStatusSucceeded
	})
}

// mailed waits until SES was given a mail for each of these people.
func (s *stage) mailed(people ...string) {
	s.Helper()
	s.until("those who are to be told were told", patience, func() bool {
		reply, err := http.Get(aws.ToString(s.aws.BaseEndpoint) + "/_ministack/ses/messages")
		if err != nil {
			s.Fatal(err)
		}
		var sent any
		err = json.NewDecoder(reply.Body).Decode(&sent)
		if err := reply.Body.Close(); err != nil {
			s.Fatal(err)
		}
		if err != nil {
			s.Fatal(err)
		}
		all := texts(sent)
		return !slices.ContainsFunc(people, func(p string) bool { return !slices.Contains(all, p) })
	})
}

// texts lists every text in a JSON document.
func texts(v any) []string {
	var all []string
	switch v := v.(type) {
	case string:
		all = append(all, v)
	case []any:
		for _, e := range v {
			all = append(all, texts(e)...)
		}
	case map[string]any:
		for _, e := range v {
			all = append(all, texts(e)...)
		}
	}
	return all
}
