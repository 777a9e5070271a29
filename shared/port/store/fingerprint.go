package store

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// Fingerprint tells writes apart. Adapters remember it with a token.
func (w Write) Fingerprint() ([]byte, error) {
	type condition struct {
		Absent, Present bool
		Version         *int64
	}
	var conditions []condition
	add := func(c Condition) {
		var wants condition
		wants.Absent, wants.Present, wants.Version = c.Wants()
		conditions = append(conditions, wants)
	}
	for _, p := range w.Puts {
		add(p.If)
	}
	for _, d := range w.Deletes {
		add(d.If)
	}
	for _, c := range w.Checks {
		add(c.If)
	}
	h := sha256.New()
	if err := json.NewEncoder(h).Encode([]any{w, conditions}); err != nil {
		return nil, fmt.Errorf("tell a write from others: %w", err)
	}
	return h.Sum(nil), nil
}
