package operations

import (
	"errors"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// errApplied says that a result was applied before.
var errApplied = errors.New("the result was applied before")

func (r Result) validate() error {
	var fields problem.Fields
	if r.ID == "" || len(r.ID) > 64 {
		fields.Add("/result_id", "id", "1 to 64 characters")
	}
	if r.Outcome != Done && r.Outcome != Failed && r.Outcome != Refused {
		fields.Add("/outcome", "enum", "done, failed or refused")
	}
	if len(r.Code) > 64 {
		fields.Add("/code", "text", "at most 64 bytes")
	}
	if len(r.Detail) > 1000 {
		fields.Add("/detail", "text", "at most 1,000 bytes")
	}
	if r.UsedBytes < 0 {
		fields.Add("/observed/used_bytes", "range", "0 or more")
	}
	return fields.Err()
}
