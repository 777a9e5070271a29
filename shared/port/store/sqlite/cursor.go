package sqlite

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// cursor is where a page ended. Of names the query, so that a cursor of another query is refused.
type cursor struct {
	Of   string `json:"of"`
	Sort string `json:"s"`
	PK   string `json:"p,omitempty"`
	SK   string `json:"k,omitempty"`
}

func of(q store.Query) string {
	b, err := json.Marshal([]any{q.Index, q.PK, q.Range, q.Descending})
	if err != nil { // plain strings cannot fail to encode
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

func sealCursor(q store.Query, last store.Item) string {
	c := cursor{Of: of(q), PK: last.PK, SK: last.SK, Sort: last.SK}
	switch q.Index {
	case store.First:
		c.Sort = last.I1.SK
	case store.Second:
		c.Sort = last.I2.SK
	case store.Table:
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func openCursor(q store.Query) (cursor, error) {
	b, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil {
		return cursor{}, store.ErrBadCursor
	}
	var c cursor
	if json.Unmarshal(b, &c) != nil || c.Of != of(q) {
		return cursor{}, store.ErrBadCursor
	}
	return c, nil
}
