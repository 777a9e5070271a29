package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// huma keeps its error type, its messages and its strictness in package variables, one set per process. They are set here,
// by the only package that uses huma's engine.
func init() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError { return told(nil, status, errs) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return told(ctx, status, errs)
	}
	codeMessages()
}

// mark parts code, detail and the name of a missing property in huma's messages. A message that does not begin with a code
// of ours was not written by us and is never shown, because it may repeat what was submitted.
const mark = "\x1f"

var ours = map[string]bool{}

// codeMessages makes huma's messages carry our codes. Its messages are templates; %.0v drops an argument that could repeat
// what was submitted.
func codeMessages() {
	for message, coded := range map[*string]string{
		&validation.MsgUnexpectedProperty:             "unknown" + mark + "there is no such field",
		&validation.MsgExpectedRFC3339DateTime:        "format" + mark + "a time as in 2026-01-31T12:00:00Z",
		&validation.MsgExpectedRFC3339Date:            "format" + mark + "a date as in 2026-01-31",
		&validation.MsgExpectedRFC3339Time:            "format" + mark + "a time of day as in 12:00:00Z",
		&validation.MsgExpectedRFC5322Email:           "format" + mark + "an e-mail address%.0v",
		&validation.MsgExpectedRFC5890Hostname:        "format" + mark + "a host name",
		&validation.MsgExpectedRFCIPAddr:              "format" + mark + "an IP address",
		&validation.MsgExpectedRFC3986URI:             "format" + mark + "a URL%.0v",
		&validation.MsgExpectedDuration:               "format" + mark + "a duration as in 1h30m%.0v",
		&validation.MsgExpectedBase64String:           "format" + mark + "base64",
		&validation.MsgExpectedBoolean:                "type" + mark + "true or false",
		&validation.MsgExpectedNumber:                 "type" + mark + "a number",
		&validation.MsgExpectedInteger:                "type" + mark + "a whole number",
		&validation.MsgExpectedString:                 "type" + mark + "a text",
		&validation.MsgExpectedArray:                  "type" + mark + "a list",
		&validation.MsgExpectedObject:                 "type" + mark + "an object",
		&validation.MsgExpectedArrayItemsUnique:       "doubled" + mark + "each item once",
		&validation.MsgExpectedOneOf:                  "enum" + mark + `one of "%s"`,
		&validation.MsgExpectedMinimumNumber:          "minimum" + mark + "at least %v",
		&validation.MsgExpectedExclusiveMinimumNumber: "minimum" + mark + "more than %v",
		&validation.MsgExpectedMaximumNumber:          "maximum" + mark + "at most %v",
		&validation.MsgExpectedExclusiveMaximumNumber: "maximum" + mark + "less than %v",
		&validation.MsgExpectedMinLength:              "too_short" + mark + "at least %d characters",
		&validation.MsgExpectedMaxLength:              "too_long" + mark + "at most %d characters",
		&validation.MsgExpectedBePattern:              "pattern" + mark + "%s",
		&validation.MsgExpectedMatchPattern:           "pattern" + mark + "must match %s",
		&validation.MsgExpectedMinItems:               "too_few" + mark + "at least %d items",
		&validation.MsgExpectedMaxItems:               "too_many" + mark + "at most %d items",
		&validation.MsgExpectedMinProperties:          "too_few" + mark + "at least %d entries",
		&validation.MsgExpectedMaxProperties:          "too_many" + mark + "at most %d entries",
		&validation.MsgExpectedRequiredProperty:       "required" + mark + "must be given" + mark + "%s",
	} {
		*message = coded
		code, _, _ := strings.Cut(coded, mark)
		ours[code] = true
	}
}

// told makes a problem of one of huma's refusals.
func told(ctx huma.Context, status int, errs []error) *Problem {
	p := &problem.Error{Code: codeOf(status)}
	if p.Code == problem.InvalidInput || p.Code == problem.Unreadable {
		for _, err := range errs {
			p.Fields = append(p.Fields, fieldOf(ctx, err))
		}
	}
	if ctx == nil {
		return newProblem(nowhere, p)
	}
	if p.Code == problem.Internal {
		return toldOf(ctx.Context(), errors.Join(errs...))
	}
	return newProblem(ctx.Context(), p)
}

func codeOf(status int) problem.Code {
	switch status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusRequestTimeout:
		return problem.Unreadable
	case http.StatusRequestEntityTooLarge:
		return problem.TooLarge
	case http.StatusUnprocessableEntity:
		return problem.InvalidInput
	case http.StatusNotFound:
		return problem.NotFound
	}
	return problem.Internal
}

// fieldOf names the field that one of huma's errors is about.
func fieldOf(ctx huma.Context, err error) problem.Field {
	var known *problem.Error
	if errors.As(err, &known) && len(known.Fields) > 0 {
		return known.Fields[0] // from a resolver of ours
	}
	var detail *huma.ErrorDetail
	if !errors.As(err, &detail) {
		return problem.Field{Code: "invalid", Detail: "is not right"}
	}
	where, rest, _ := strings.Cut(detail.Location, ".")
	if body, isBody := strings.CutPrefix(detail.Location, "body"); isBody {
		code, text, missing := message(detail.Message)
		return problem.Field{Name: pointer(body, missing), Code: code, Detail: text}
	}
	code, text, _ := message(detail.Message)
	if code == "invalid" {
		code, text = parameter(ctx, where, rest, detail)
	}
	return problem.Field{Name: short(rest), Code: code, Detail: text}
}

func message(coded string) (code, text, missing string) {
	parts := strings.SplitN(coded, mark, 3)
	if len(parts) < 2 || !ours[parts[0]] {
		return "invalid", "is not right", ""
	}
	if len(parts) == 3 {
		missing = parts[2]
	}
	return parts[0], parts[1], missing
}

// parameter tells apart what huma says of parameters in words only: whether one is missing, unknown or cannot be read.
func parameter(ctx huma.Context, where, name string, detail *huma.ErrorDetail) (code, text string) {
	if ctx == nil || detail.Value != "" {
		return "type", "cannot be read"
	}
	for _, p := range ctx.Operation().Parameters {
		if p.In == where && p.Name == name {
			return "required", "must be given"
		}
	}
	return "unknown", "there is no such parameter"
}

// pointer makes the JSON pointer (RFC 6901) of one of huma's paths: ".items[3].tag" becomes "/items/3/tag".
func pointer(path, missing string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		b.WriteString("/" + escape(part))
	}
	if missing != "" {
		b.WriteString("/" + escape(missing))
	}
	return short(b.String())
}

func escape(token string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(token) }

// short keeps names that came from outside from filling a reply.
func short(name string) string {
	if len(name) > 200 {
		return strings.ToValidUTF8(name[:200], "") + "…"
	}
	return name
}
