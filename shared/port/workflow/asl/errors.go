package asl

import (
	"fmt"
	"slices"
)

// Error is an error of a state, by the name that Retry and Catch match.
type Error struct{ Name, Cause string }

func (e *Error) Error() string { return e.Name + ": " + e.Cause }

// The errors of the language (its appendix A, and what Step Functions adds).
const (
	ErrAll                = "States.ALL" // in ErrorEquals only
	ErrTimeout            = "States.Timeout"
	ErrHeartbeatTimeout   = "States.HeartbeatTimeout"
	ErrTaskFailed         = "States.TaskFailed"
	ErrNoChoiceMatched    = "States.NoChoiceMatched"
	ErrResultPathMatch    = "States.ResultPathMatchFailure"
	ErrParameterPath      = "States.ParameterPathFailure"
	ErrIntrinsic          = "States.IntrinsicFailure"
	ErrRuntime            = "States.Runtime"           // the data does not fit the definition: nothing catches it
	ErrDataLimit          = "States.DataLimitExceeded" // data beyond 256 KB: nothing catches it
	errBranchFailed       = "States.BranchFailed"
	errPermissions        = "States.Permissions"
	lambdaUnknownResource = "Lambda.ResourceNotFoundException"
)

// reserved are the names beginning with "States." that a definition may name; those that nothing raises here are known so
// that a definition may guard against AWS raising them.
var reserved = []string{
	ErrAll, ErrTimeout, ErrHeartbeatTimeout, ErrTaskFailed, ErrNoChoiceMatched, ErrResultPathMatch, ErrParameterPath, ErrIntrinsic,
	errBranchFailed, errPermissions,
}

// UnknownFunction is the error of a task whose function is not there.
func UnknownFunction(name string) *Error {
	return &Error{lambdaUnknownResource, "Function not found: " + name}
}

// Final tells whether nothing, not even States.ALL, catches or retries an error.
func (e *Error) Final() bool { return e.Name == ErrRuntime || e.Name == ErrDataLimit }

// matches tells whether an error is one of those that a Retrier or Catcher names.
func matches(names []string, e *Error) bool {
	if e.Final() {
		return false
	}
	return slices.ContainsFunc(names, func(name string) bool {
		switch name {
		case ErrAll:
			return true
		case ErrTaskFailed: // every error but a timeout
			return e.Name != ErrTimeout && e.Name != ErrHeartbeatTimeout
		case ErrTimeout: // a missed heartbeat is a timeout too
			return e.Name == ErrTimeout || e.Name == ErrHeartbeatTimeout
		}
		return name == e.Name
	})
}

func runtimeError(format string, args ...any) *Error {
	return &Error{ErrRuntime, fmt.Sprintf(format, args...)}
}
