package rest

import "time"

// Moment is an instant as replies carry it: nil, and with omitempty absent, where it has not come.
func Moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
