package rest

import (
	"strconv"
	"strings"
)

// IfMatch is embedded in the input of every change of something that people edit: without the version that the caller
// read, the request is refused.
type IfMatch struct {
	IfMatch string `header:"If-Match" required:"true" pattern:"^(W/)?\"[0-9]{1,18}\"$" patternDescription:"the ETag of the version that was read" doc:"The ETag of the version that was read"`
}

// Version returns the version that the caller read.
func (i IfMatch) Version() int64 {
	v, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(i.IfMatch, "W/"), `"`), 10, 64)
	if err != nil { // the pattern was checked before
		return -1
	}
	return v
}

// Versioned is embedded in the output of everything that has a version.
type Versioned struct {
	ETag string `header:"ETag" doc:"The version, for If-Match"`
}

// Version returns the header of a version.
func Version(v int64) Versioned { return Versioned{ETag: strconv.Quote(strconv.FormatInt(v, 10))} }
