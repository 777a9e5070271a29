package store

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits, which are DynamoDB's: transactions of 100 actions and 4 MB, items of 400 KB, partition keys of 2,048 and
// sort keys of 1,024 bytes.
const (
	MaxActions    = 100
	MaxWriteBytes = 4 << 20
	MaxItemBytes  = 400 << 10
	MaxPKBytes    = 2048
	MaxSKBytes    = 1024
	MaxPage       = 1000
	DefaultPage   = 100
	maxTokenBytes = 36
	tokenBytes    = 256 // what a token takes of a write
)

// Validate checks a write against the limits; every adapter calls it before anything else.
func (w Write) Validate() error {
	seen := map[Key]bool{}
	total := 0
	once := func(k Key) error {
		if err := k.Validate(); err != nil {
			return err
		}
		if seen[k] {
			return fmt.Errorf("%w: two actions on one key %s %s", ErrLimit, k.PK, k.SK)
		}
		seen[k] = true
		return nil
	}
	for _, p := range w.Puts {
		if err := once(p.Item.Key); err != nil {
			return err
		}
		size := p.Item.size()
		if size > MaxItemBytes {
			return fmt.Errorf("%w: item of %d bytes at %s %s", ErrLimit, size, p.Item.PK, p.Item.SK)
		}
		total += size
		for _, i := range []IndexKey{p.Item.I1, p.Item.I2} {
			if i == (IndexKey{}) {
				continue
			}
			if err := Key(i).Validate(); err != nil {
				return err
			}
		}
	}
	for _, d := range w.Deletes {
		if err := once(d.Key); err != nil {
			return err
		}
	}
	for _, c := range w.Checks {
		if err := once(c.Key); err != nil {
			return err
		}
		if c.If == (Condition{}) {
			return fmt.Errorf("%w: a check without a condition at %s %s", ErrLimit, c.Key.PK, c.Key.SK)
		}
	}
	if w.Token != "" {
		total += tokenBytes
	}
	switch n := len(seen); {
	case n == 0:
		return fmt.Errorf("%w: nothing to write", ErrLimit)
	case n > MaxActions, n == MaxActions && w.Token != "":
		return fmt.Errorf("%w: %d actions", ErrLimit, n)
	case total > MaxWriteBytes:
		return fmt.Errorf("%w: %d bytes", ErrLimit, total)
	case len(w.Token) > maxTokenBytes:
		return fmt.Errorf("%w: token of %d bytes", ErrLimit, len(w.Token))
	}
	return nil
}

// Validate checks a query and fills in the default limit; every adapter calls it first.
func (q *Query) Validate() error {
	switch q.Index {
	case Table, First, Second:
	default:
		return fmt.Errorf("%w: there is no such index", ErrLimit)
	}
	if err := validateKeyPart(q.PK, MaxPKBytes); err != nil {
		return err
	}
	if q.Range.Prefix != "" && (q.Range.From != "" || q.Range.To != "") {
		return fmt.Errorf("%w: a prefix and an interval in one query", ErrLimit)
	}
	for _, end := range []string{q.Range.Prefix, q.Range.From, q.Range.To} {
		if end == "" {
			continue
		}
		if err := validateKeyPart(end, MaxSKBytes); err != nil {
			return err
		}
	}
	if q.Limit == 0 {
		q.Limit = DefaultPage
	}
	if q.Limit < 0 || q.Limit > MaxPage {
		return fmt.Errorf("%w: a page of %d", ErrLimit, q.Limit)
	}
	return nil
}

// Validate tells whether a row can have this key. Get answers ErrNotFound for a key that none can have.
func (k Key) Validate() error {
	if err := validateKeyPart(k.PK, MaxPKBytes); err != nil {
		return err
	}
	return validateKeyPart(k.SK, MaxSKBytes)
}

func validateKeyPart(s string, most int) error {
	if s == "" || len(s) > most {
		return fmt.Errorf("%w: a part of a key of %d bytes", ErrLimit, len(s))
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return fmt.Errorf("%w: a part of a key that is not text", ErrLimit)
	}
	return nil
}

// size counts as DynamoDB does, roughly: names and values of keys, index keys and the record.
func (i Item) size() int {
	return len(i.PK) + len(i.SK) + len(i.Value) + len(i.I1.PK) + len(i.I1.SK) + len(i.I2.PK) + len(i.I2.SK) + 64
}
