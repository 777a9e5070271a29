package events

// Consumer names a feature's queue.
type Consumer string

// The consumers: one queue each.
const (
	Operations    Consumer = "operations"
	Accounts      Consumer = "accounts"
	Reports       Consumer = "reports"
	Approvals     Consumer = "approvals"
	Notifications Consumer = "notifications"
)

// Routes is the bus: which consumers get which event. A type without consumers is audit only.
var Routes = map[Type][]Consumer{
	OperationReady{}.EventType():    {Operations},
	AgentEnrolled{}.EventType():     {Operations},
	OperationEnded{}.EventType():    {Accounts},
	SetScheduled{}.EventType():      {Reports},
	SetDue{}.EventType():            {Reports},
	TrashDue{}.EventType():          {Accounts},
	ApprovalRequested{}.EventType(): {Approvals, Notifications},
	ApprovalReminded{}.EventType():  {Notifications},
	ApprovalDecided{}.EventType():   {Approvals, Accounts, Notifications},
	ApprovalExpired{}.EventType():   {Accounts, Notifications},
	AccountCreated{}.EventType():    {},
	AccountChanged{}.EventType():    {},
	AccountObserved{}.EventType():   {},
	TenantCreated{}.EventType():     {},
	TenantChanged{}.EventType():     {},
}

// All lists one value of every payload, for schemas, golden examples and the test that every type has a route.
func All() []Payload {
	return []Payload{
		TenantCreated{}, TenantChanged{}, AccountCreated{}, AccountChanged{}, AccountObserved{}, SetScheduled{}, SetDue{}, TrashDue{},
		OperationReady{}, OperationEnded{}, AgentEnrolled{}, ApprovalRequested{}, ApprovalReminded{}, ApprovalDecided{}, ApprovalExpired{},
	}
}
