package events

// JobRecorded says that a backup job began, ended or was corrected.
type JobRecorded struct {
	Job     string `json:"job"`
	Account string `json:"account"`
	Device  string `json:"device"`
	Kind    string `json:"kind"`
	State   string `json:"state"`
}

func (JobRecorded) EventType() Type   { return "job.recorded" }
func (JobRecorded) EventVersion() int { return 1 }
