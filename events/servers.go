package events

// AgentEnrolled says that an agent got its identity for a server. Replaced is the agent that was bound before.
type AgentEnrolled struct {
	Agent    string `json:"agent"`
	Server   string `json:"server"`
	Replaced string `json:"replaced,omitempty"`
}

func (AgentEnrolled) EventType() Type   { return "agent.enrolled" }
func (AgentEnrolled) EventVersion() int { return 1 }
