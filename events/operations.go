package events

// OperationReady says that an operation may be carried out now; the dispatcher hints or runs it.
type OperationReady struct {
	Operation string `json:"operation"`
	Account   string `json:"account"`
	Server    string `json:"server"`
}

func (OperationReady) EventType() Type   { return "operation.ready" }
func (OperationReady) EventVersion() int { return 1 }

// OperationEnded says how an operation ended for now. State is succeeded, needs_attention or cancelled.
type OperationEnded struct {
	Operation  string `json:"operation"`
	Kind       string `json:"kind"` // account.ensure, …
	Account    string `json:"account"`
	Server     string `json:"server"`
	State      string `json:"state"`
	Generation int64  `json:"generation"`
	UsedBytes  int64  `json:"used_bytes"`
	Code       string `json:"code,omitempty"` // why it did not succeed
}

func (OperationEnded) EventType() Type   { return "operation.ended" }
func (OperationEnded) EventVersion() int { return 1 }
