package store

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Place is where a row stands in a query: by its sort key there, and among equal ones by its own key.
type Place struct {
	Sort string `json:"s"`
	PK   string `json:"p,omitempty"`
	SK   string `json:"k,omitempty"`
}

// sealed is a cursor's inside. Of names the query, so that a cursor of another query is refused.
type sealed struct {
	Of string `json:"of"`
	Place
}

// CursorBehind returns the cursor that goes on behind a row of the query. All adapters give these, so that who passes over
// rows can say where it stopped.
func (q Query) CursorBehind(last Item) string {
	at := Place{Sort: last.SK, PK: last.PK, SK: last.SK}
	switch q.Index {
	case First:
		at.Sort = last.I1.SK
	case Second:
		at.Sort = last.I2.SK
	case Table:
	}
	b, err := json.Marshal(sealed{q.name(), at})
	if err != nil { // plain strings cannot fail to encode
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Begin returns the row behind which the query goes on, by its cursor. It lies within the query's range: ErrBadCursor
// otherwise, and for whatever is no cursor of this query.
func (q Query) Begin() (Place, error) {
	b, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil {
		return Place{}, ErrBadCursor
	}
	var c sealed
	if json.Unmarshal(b, &c) != nil || c.Of != q.name() || !q.holds(c.Place) {
		return Place{}, ErrBadCursor
	}
	return c.Place, nil
}

// holds tells whether a row of the query can stand at this place.
func (q Query) holds(at Place) bool {
	if validateKeyPart(at.Sort, MaxSKBytes) != nil || (Key{at.PK, at.SK}).Validate() != nil {
		return false
	}
	if q.Index == Table && (at.PK != q.PK || at.SK != at.Sort) {
		return false
	}
	return strings.HasPrefix(at.Sort, q.Range.Prefix) && at.Sort >= q.Range.From && (q.Range.To == "" || at.Sort <= q.Range.To)
}

// name tells queries apart, but for their limits and cursors.
func (q Query) name() string {
	b, err := json.Marshal([]any{q.Index, q.PK, q.Range, q.Descending})
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}
