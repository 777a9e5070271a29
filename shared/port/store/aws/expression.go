package aws

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// expression builds a condition. Every attribute is named by a placeholder, since DynamoDB reserves hundreds of words, and
// only those placeholders are sent that occur, since it refuses others.
type expression struct {
	names  map[string]string
	values row
}

func newExpression() expression { return expression{names: map[string]string{}, values: row{}} }

func (e expression) name(attribute string) string {
	e.names["#"+attribute] = attribute
	return "#" + attribute
}

func (e expression) value(name string, v types.AttributeValue) string {
	e.values[":"+name] = v
	return ":" + name
}

func (e expression) unexpired(now types.AttributeValue) string {
	x := e.name(attrExpires)
	return "(attribute_not_exists(" + x + ") OR " + x + " > " + e.value("now", now) + ")"
}

func (e expression) absent(now types.AttributeValue) string {
	return "attribute_not_exists(" + e.name(attrPK) + ") OR " + e.name(attrExpires) + " <= " + e.value("now", now)
}

// condition says what must hold of the row at a key, or "" where nothing must.
func (e expression) condition(c store.Condition, now types.AttributeValue) string {
	switch absent, present, version := c.Wants(); {
	case absent:
		return e.absent(now)
	case present:
		return "attribute_exists(" + e.name(attrPK) + ") AND " + e.unexpired(now)
	case version != nil:
		return e.name(attrVersion) + " = " + e.value("version", number(*version)) + " AND " + e.unexpired(now)
	default:
		return ""
	}
}

// within selects the rows of a query by their keys.
func (e expression) within(q store.Query) string {
	pk, sk := attrPK, attrSK
	switch q.Index {
	case store.First:
		pk, sk = attrI1PK, attrI1SK
	case store.Second:
		pk, sk = attrI2PK, attrI2SK
	case store.Table:
	}
	parts := []string{e.name(pk) + " = " + e.value("pk", text(q.PK))}
	switch r := q.Range; {
	case r.Prefix != "":
		parts = append(parts, "begins_with("+e.name(sk)+", "+e.value("prefix", text(r.Prefix))+")")
	case r.From != "" && r.To != "":
		parts = append(parts, e.name(sk)+" BETWEEN "+e.value("from", text(r.From))+" AND "+e.value("to", text(r.To)))
	case r.From != "":
		parts = append(parts, e.name(sk)+" >= "+e.value("from", text(r.From)))
	case r.To != "":
		parts = append(parts, e.name(sk)+" <= "+e.value("to", text(r.To)))
	}
	return strings.Join(parts, " AND ")
}

// orNil is nil where there are none: DynamoDB refuses empty maps and texts.
func (e expression) orNil() (names map[string]string, values row) {
	if len(e.names) > 0 {
		names = e.names
	}
	if len(e.values) > 0 {
		values = e.values
	}
	return names, values
}
