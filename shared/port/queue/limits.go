package queue

import "fmt"

const maxNameBytes = 128

// ValidateSend checks messages against the limits, which are those of SQS; every adapter calls it first.
func ValidateSend(queue string, messages []Message) error {
	if queue == "" || len(messages) == 0 || len(messages) > 10 {
		return fmt.Errorf("%w: 1 to 10 messages to a named queue", ErrLimit)
	}
	for _, m := range messages {
		if !nameable(m.ID) || !nameable(m.Group) {
			return fmt.Errorf("%w: an id or group that SQS does not take", ErrLimit)
		}
		if len(m.Body) == 0 || len(m.Body) > MaxBodyBytes {
			return fmt.Errorf("%w: a body of %d bytes", ErrLimit, len(m.Body))
		}
	}
	return nil
}

// nameable tells whether SQS takes a text as id or group: letters, digits and ASCII punctuation.
func nameable(s string) bool {
	if s == "" || len(s) > maxNameBytes {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
