package asl

import (
	"math"
	"time"
)

// Retrier says how often and after which waits a state is tried again after certain errors.
type Retrier struct {
	Errors      []string
	Interval    time.Duration
	MaxAttempts int
	BackoffRate float64
	MaxDelay    time.Duration // 0: none
	Jitter      bool          // wait a random part of the delay
}

// Retried counts, for one visit of a state, how often each of its retriers was used.
type Retried []int

// Again tells whether a state is tried again after an error and after which wait; it counts the try. The first
// retrier that names the error decides, also when it is used up. Random is in [0, 1).
func (s *State) Again(e *Error, retried Retried, random float64) (wait time.Duration, after Retried, again bool) {
	for i, r := range s.Retry {
		if !matches(r.Errors, e) {
			continue
		}
		after = make(Retried, len(s.Retry))
		copy(after, retried)
		if after[i] >= r.MaxAttempts {
			return 0, retried, false
		}
		wait = r.delay(after[i])
		if r.Jitter {
			wait = time.Duration(random * float64(wait))
		}
		after[i]++
		return wait, after, true
	}
	return 0, retried, false
}

// delay is the wait before a retrier's try, counted from 0.
func (r Retrier) delay(n int) time.Duration {
	longest := float64(maxSeconds * time.Second)
	if r.MaxDelay > 0 {
		longest = float64(r.MaxDelay)
	}
	return time.Duration(min(float64(r.Interval)*math.Pow(r.BackoffRate, float64(n)), longest))
}

// caught returns the state that goes on after an error, and its input.
func (s *State) caught(e *Error, input any) (next string, output any, caught bool, failed *Error) {
	for _, c := range s.Catch {
		if !matches(c.Errors, e) {
			continue
		}
		if c.resultPath == nil {
			return c.Next, input, true, nil
		}
		told := map[string]any{"Error": e.Name, "Cause": e.Cause}
		output, err := c.resultPath.put(input, told)
		if err != nil {
			return "", nil, false, &Error{ErrResultPathMatch, err.Error()}
		}
		return c.Next, output, true, nil
	}
	return "", nil, false, nil
}

func asSeconds(n int64) time.Duration { return time.Duration(n) * time.Second }
