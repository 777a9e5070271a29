package sqlite

import (
	"context"
	"sync"
)

// Settle goes on with all executions, instead of Run, until nothing is left to do at this instant of the clock, and tells
// whether there was anything. It is for those who move the clock themselves.
func (w *Workflow) Settle(ctx context.Context) (moved bool, err error) {
	for {
		waiting, err := w.attempts(ctx)
		if err != nil {
			return moved, err
		}
		var calls sync.WaitGroup
		some, err := w.pass(ctx, &calls)
		calls.Wait()
		if err != nil || !some && len(waiting) == 0 {
			return moved, err
		}
		moved = true
	}
}
