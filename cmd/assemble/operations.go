package assemble

import (
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/publish"
)

func (a *Assembly) operationRows() operations.Reader { return operations.Reader{Rows: a.Ports.Store} }

// Operations makes the service of what servers are asked to do.
func (a *Assembly) Operations() *operations.Service {
	return &operations.Service{
		Guard: a.guard, Reader: a.operationRows(), Changes: a.changes, Clock: a.Ports.Clock, Sign: a.Sign,
	}
}

// OperationsConsumer makes the dispatcher.
func (a *Assembly) OperationsConsumer() publish.Handler {
	return operations.Consumer{Service: a.Operations(), Agents: a.ServerRows(), Waker: a.Ports.Waker, Log: a.Log}.Consume
}
