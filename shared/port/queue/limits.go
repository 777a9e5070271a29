package queue

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/pattern"
)

// The limits, which are those of SQS.
const (
	// MaxReceives is how often a message is tried before it becomes a dead letter.
	MaxReceives = 5
	// MaxBodyBytes is the largest body.
	MaxBodyBytes = 256 << 10
	// MaxMessages is how many messages are sent or received at once.
	MaxMessages = 10
	// MaxInvisible is the longest time for which a message is taken or delayed. Times are kept in whole seconds.
	MaxInvisible = 12 * time.Hour

	maxNameBytes = 128
)

// names are what SQS takes for a queue, 80 characters, less the prefix that a deployment adds, "-dead" and ".fifo".
var names = pattern.New(`^[0-9A-Za-z_-]{1,50}$`)

// ValidateSend checks messages against the limits; every adapter calls it first.
func ValidateSend(queue string, messages []Message) error {
	if err := validateName(queue); err != nil {
		return err
	}
	if len(messages) == 0 || len(messages) > MaxMessages {
		return fmt.Errorf("%w: %d messages at once", ErrLimit, len(messages))
	}
	for _, m := range messages {
		if !nameable(m.ID) || !nameable(m.Group) {
			return fmt.Errorf("%w: an id or group that SQS does not take", ErrLimit)
		}
		if len(m.Body) == 0 || len(m.Body) > MaxBodyBytes {
			return fmt.Errorf("%w: a body of %d bytes", ErrLimit, len(m.Body))
		}
		if !text(m.Body) {
			return fmt.Errorf("%w: a body that is not text", ErrLimit)
		}
	}
	return nil
}

// ValidateReceive checks what is asked for against the limits and returns the time in whole seconds, rounded up; every
// adapter calls it first.
func ValidateReceive(queue string, most int, visible time.Duration) (time.Duration, error) {
	if err := validateName(queue); err != nil {
		return 0, err
	}
	if most < 1 || most > MaxMessages {
		return 0, fmt.Errorf("%w: %d messages at once", ErrLimit, most)
	}
	if visible <= 0 || visible > MaxInvisible {
		return 0, fmt.Errorf("%w: taken for %s", ErrLimit, visible)
	}
	return seconds(visible), nil
}

// ValidateDelay checks a delay and returns it in whole seconds, rounded up; every adapter calls it first.
func ValidateDelay(delay time.Duration) (time.Duration, error) {
	if delay < 0 || delay > MaxInvisible {
		return 0, fmt.Errorf("%w: a delay of %s", ErrLimit, delay)
	}
	return seconds(delay), nil
}

func seconds(d time.Duration) time.Duration { return (d + time.Second - 1).Truncate(time.Second) }

func validateName(queue string) error {
	if !names.MatchString(queue) {
		return fmt.Errorf("%w: a queue's name is 1 to 50 letters, digits, dashes and underscores", ErrLimit)
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

// text tells whether SQS takes a body: the characters of XML 1.0, as every JSON text can be written.
func text(body []byte) bool {
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		if r == utf8.RuneError && size <= 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return false
		}
		body = body[size:]
	}
	return true
}
