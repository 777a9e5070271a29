package reports

import (
	"strings"
	"time"
)

const (
	shownDays = 28
	keptDays  = 35
)

// strip is one letter per day of a backup set, the last one for the day Last. Days that it does not reach have none.
type strip struct {
	Last    string `json:"last,omitempty"` // a date
	Letters string `json:"letters,omitempty"`
}

const noLetter = "-"

// on returns the letter of a date.
func (s strip) on(date string) string {
	if i, ok := s.index(date); ok && i >= 0 && i < len(s.Letters) {
		return s.Letters[i : i+1]
	}
	return noLetter
}

// with returns the strip with another letter on a date. Dates too old to be kept change nothing.
func (s strip) with(date, letter string) strip {
	i, ok := s.index(date)
	switch {
	case !ok:
		return strip{date, letter}
	case i <= len(s.Letters)-keptDays-1:
		return s
	case i < 0:
		return strip{s.Last, letter + strings.Repeat(noLetter, -i-1) + s.Letters}
	case i < len(s.Letters):
		return strip{s.Last, s.Letters[:i] + letter + s.Letters[i+1:]}
	case i >= len(s.Letters)+keptDays:
		return strip{date, letter}
	}
	all := s.Letters + strings.Repeat(noLetter, i-len(s.Letters)) + letter
	return strip{date, all[max(0, len(all)-keptDays):]}
}

// index is the place of a date among the letters; it may lie before or behind them. It is false while there are none.
func (s strip) index(date string) (int, bool) {
	last, err := time.Parse(time.DateOnly, s.Last)
	if err != nil {
		return 0, false
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, false
	}
	return len(s.Letters) - 1 + int(day.Sub(last)/(24*time.Hour)), true
}
