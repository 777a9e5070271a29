package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// maxDepth is how deep objects and lists may stand within each other.
const maxDepth = 32

// checkJSON refuses what encoding/json would let pass or repair, because two readers could take it for different things: a
// doubled field, something behind the value, broken UTF-8. It also bounds the depth. The problem names the place.
func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return unreadable("", "encoding", "not UTF-8")
	}
	c := checker{json.NewDecoder(bytes.NewReader(body))}
	c.decoder.UseNumber()
	if err := c.value("", 0); err != nil {
		return err
	}
	if _, err := c.decoder.Token(); !errors.Is(err, io.EOF) {
		return unreadable("", "trailing", "something follows the value")
	}
	return nil
}

func unreadable(pointer, code, detail string) error {
	return &problem.Error{Code: problem.Unreadable, Fields: []problem.Field{{Name: short(pointer), Code: code, Detail: detail}}}
}

type checker struct{ decoder *json.Decoder }

func (c checker) value(at string, depth int) error {
	token, err := c.decoder.Token()
	if err != nil {
		return unreadable(at, "syntax", "not JSON")
	}
	open, isDelim := token.(json.Delim)
	if !isDelim {
		return nil
	}
	if depth == maxDepth {
		return unreadable(at, "too_deep", "at most 32 levels")
	}
	if open == '[' {
		for i := 0; c.decoder.More(); i++ {
			if err := c.value(at+"/"+strconv.Itoa(i), depth+1); err != nil {
				return err
			}
		}
	} else if err := c.fields(at, depth); err != nil {
		return err
	}
	if _, err := c.decoder.Token(); err != nil {
		return unreadable(at, "syntax", "not JSON")
	}
	return nil
}

func (c checker) fields(at string, depth int) error {
	seen := map[string]bool{}
	for c.decoder.More() {
		token, err := c.decoder.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return unreadable(at, "syntax", "not JSON")
		}
		here := at + "/" + escape(name)
		if seen[name] {
			return unreadable(here, "doubled", "given twice")
		}
		seen[name] = true
		if err := c.value(here, depth+1); err != nil {
			return err
		}
	}
	return nil
}
