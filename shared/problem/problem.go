// Package problem holds the one error type that reaches a user: a stable code, a sentence, and the fields that are
// wrong. What each code means over HTTP stands in one table. Details never repeat a submitted value.
package problem

import (
	"errors"
	"net/http"
	"time"
)

// Code names the violated rule. Codes are part of the API and never change their meaning.
type Code string

// The codes that any feature may answer.
const (
	Unreadable         Code = "unreadable"             // the request cannot be parsed
	InvalidInput       Code = "invalid_input"          // fields break their schema or a rule
	Unauthenticated    Code = "unauthenticated"        // no valid session, key or signature
	Forbidden          Code = "forbidden"              // known, but the right is missing; Detail carries the reason
	NotFound           Code = "not_found"              // does not exist for this caller
	MethodNotAllowed   Code = "method_not_allowed"     //
	Conflict           Code = "conflict"               // the object's state does not allow it
	VersionConflict    Code = "version_conflict"       // If-Match does not match: somebody changed it meanwhile
	IdempotencyReused  Code = "idempotency_key_reuse"  // the same Idempotency-Key with another request
	InProgress         Code = "in_progress"            // the first request with this Idempotency-Key has not ended
	RateLimited        Code = "rate_limited"           // try again after RetryAfter
	TooLarge           Code = "too_large"              //
	ClockSkew          Code = "clock_skew"             // an agent's clock is wrong; the reply tells the server's time
	OriginRefused      Code = "origin_refused"         // a browser sent a write from another origin
	Unavailable        Code = "unavailable"            // a dependency is away; nothing was done
	Internal           Code = "internal"               // unknown failure, logged under the request id
	SignInFailed       Code = "sign_in_failed"         // e-mail or password is wrong
	SecondFactorNeeded Code = "second_factor_required" // the first step was right; a code is asked for as well
	SecondStepOver     Code = "second_step_over"       // the time for the code has passed, or nothing waits for one
	LinkSpent          Code = "link_spent"             // a one-time link is unknown, used or expired
	NameTaken          Code = "name_taken"             // a value that must be unique is in use
	TreeTooDeep        Code = "tree_too_deep"          //
	LevelNotAllowed    Code = "level_not_allowed"      // such a tenant may not stand below this one
	VariantNotAllowed  Code = "variant_not_allowed"    //
	RoleNotAllowed     Code = "role_not_allowed"       // nobody gives a permission he lacks
	LastOwner          Code = "last_owner"             // a tenant keeps at least one owner
	ApprovalRequired   Code = "approval_required"      // needs a second person up the line
	OwnRequest         Code = "own_request"            // nobody decides what he asked for himself
	NotAbove           Code = "decider_not_above"      // the person's home does not stand above the selling tenant, or may not decide
	DeciderNoFactor    Code = "decider_no_factor"      // deciding takes a second factor, and a session opened with it
	DeciderNotApart    Code = "decider_not_apart"      // the asker made or changed the decider's user, role, factor or password
	DeciderTooNew      Code = "decider_too_new"        // the decider's user, role, factor or password is too young
	ApprovalOver       Code = "approval_over"          // decided, withdrawn or expired meanwhile
	ServerNotAllowed   Code = "server_not_allowed"     // the seller may not sell this type on this server
	CapabilityMissing  Code = "capability_missing"     // the backup server cannot do it
	NoAgent            Code = "server_has_no_agent"    // no agent has enrolled: nobody could carry it out
	StaleAttempt       Code = "stale_attempt"          // a newer attempt of the operation exists; recorded, not applied
	SecretAlreadyShown Code = "secret_already_shown"   // a replayed creation does not show its secret again
	BatchRefused       Code = "batch_refused"          // one entry of a batch is bad: fields name its index
	EnrolmentSpent     Code = "enrolment_spent"        // the enrolment token is unknown, used or expired
)

// Meaning is how a code is told over HTTP.
type Meaning struct {
	Status int
	Title  string
}

var meanings = map[Code]Meaning{
	Unreadable:         {http.StatusBadRequest, "The request cannot be read"},
	InvalidInput:       {http.StatusUnprocessableEntity, "Some fields are not right"},
	Unauthenticated:    {http.StatusUnauthorized, "Sign in first"},
	Forbidden:          {http.StatusForbidden, "Not allowed"},
	NotFound:           {http.StatusNotFound, "Not found"},
	MethodNotAllowed:   {http.StatusMethodNotAllowed, "Method not allowed"},
	Conflict:           {http.StatusConflict, "Not possible in this state"},
	VersionConflict:    {http.StatusPreconditionFailed, "Changed by somebody else meanwhile"},
	IdempotencyReused:  {http.StatusUnprocessableEntity, "This Idempotency-Key belongs to another request"},
	InProgress:         {http.StatusConflict, "The first request with this Idempotency-Key is still running"},
	RateLimited:        {http.StatusTooManyRequests, "Too many requests"},
	TooLarge:           {http.StatusRequestEntityTooLarge, "Too large"},
	ClockSkew:          {http.StatusUnauthorized, "The clock is wrong"},
	OriginRefused:      {http.StatusForbidden, "Sent from another site"},
	Unavailable:        {http.StatusServiceUnavailable, "Not available at the moment"},
	Internal:           {http.StatusInternalServerError, "Something went wrong"},
	SignInFailed:       {http.StatusUnauthorized, "E-mail address or password is wrong"},
	SecondFactorNeeded: {http.StatusUnauthorized, "A code is asked for as well"},
	SecondStepOver:     {http.StatusGone, "Sign in once more"},
	LinkSpent:          {http.StatusGone, "This link no longer works"},
	NameTaken:          {http.StatusConflict, "Already in use"},
	TreeTooDeep:        {http.StatusUnprocessableEntity, "Too many layers"},
	LevelNotAllowed:    {http.StatusUnprocessableEntity, "Such a tenant may not stand here"},
	VariantNotAllowed:  {http.StatusUnprocessableEntity, "This variant does not fit the level"},
	RoleNotAllowed:     {http.StatusUnprocessableEntity, "This role may not be given"},
	LastOwner:          {http.StatusConflict, "The last owner stays"},
	ApprovalRequired:   {http.StatusConflict, "A second person must agree"},
	OwnRequest:         {http.StatusForbidden, "Your own request"},
	NotAbove:           {http.StatusForbidden, "Decided further up the line"},
	DeciderNoFactor:    {http.StatusForbidden, "Sign in with a second factor"},
	DeciderNotApart:    {http.StatusForbidden, "Too close to whoever asks"},
	DeciderTooNew:      {http.StatusForbidden, "Too new to decide"},
	ApprovalOver:       {http.StatusConflict, "No longer waiting"},
	ServerNotAllowed:   {http.StatusUnprocessableEntity, "Not sold on this server"},
	CapabilityMissing:  {http.StatusUnprocessableEntity, "The backup server cannot do this"},
	NoAgent:            {http.StatusConflict, "No agent stands beside this server yet"},
	StaleAttempt:       {http.StatusConflict, "A newer attempt exists"},
	SecretAlreadyShown: {http.StatusConflict, "The secret was shown once already"},
	BatchRefused:       {http.StatusUnprocessableEntity, "The batch was refused whole"},
	EnrolmentSpent:     {http.StatusGone, "This enrolment token no longer works"},
}

// Codes lists every code with its meaning, for the documentation and the portal's texts.
func Codes() map[Code]Meaning {
	all := make(map[Code]Meaning, len(meanings))
	for code, meaning := range meanings {
		all[code] = meaning
	}
	return all
}

// Field is one wrong field: Name is its JSON pointer ("/customer/email"), or its name for a query or path parameter.
type Field struct {
	Name   string `json:"name"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Error is what a service returns when it refuses. Its text is for logs; Detail and Fields are for the caller.
type Error struct {
	Code       Code
	Detail     string
	Fields     []Field
	RetryAfter time.Duration
	cause      error
}

// New returns a refusal with a sentence for the caller.
func New(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// Wrap returns a refusal that keeps its cause for the log.
func Wrap(cause error, code Code, detail string) *Error {
	return &Error{Code: code, Detail: detail, cause: cause}
}

// Invalid returns a refusal of one field.
func Invalid(name, code, detail string) *Error {
	return &Error{Code: InvalidInput, Fields: []Field{{Name: name, Code: code, Detail: detail}}}
}

func (e *Error) Error() string {
	text := string(e.Code)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	for _, f := range e.Fields {
		text += " [" + f.Name + " " + f.Code + "]"
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.cause }

// Meaning returns how this problem is told over HTTP.
func (e *Error) Meaning() Meaning {
	if m, ok := meanings[e.Code]; ok {
		return m
	}
	return meanings[Internal]
}

// DetailOf returns the sentence of a refusal, empty where the error is none.
func DetailOf(err error) string {
	var p *Error
	if errors.As(err, &p) {
		return p.Detail
	}
	return ""
}

// Has tells whether err is, or wraps, a problem with this code.
func Has(err error, code Code) bool {
	var p *Error
	return errors.As(err, &p) && p.Code == code
}

// Fields collects wrong fields while an input is checked, so that a caller hears of all of them at once.
type Fields []Field

// Add records a wrong field.
func (f *Fields) Add(name, code, detail string) { *f = append(*f, Field{name, code, detail}) }

// Err returns nil when nothing was recorded, and one InvalidInput problem otherwise.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: InvalidInput, Fields: f}
}
