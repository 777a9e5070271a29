package identity

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// Codes are those of RFC 6238 with what every authenticator app takes: SHA-1, six digits, a new one every 30 seconds. One
// step before and after the present one counts too (5.2 of the RFC), for clocks that differ and people who type slowly.
const (
	stepSeconds  = 30
	stepsAside   = 1
	codeDigits   = 6
	longestInput = 64 // bytes of what somebody typed as a code
)

var codeForm = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// codeKind says what somebody typed.
type codeKind int

const (
	timeCode codeKind = iota
	recoveryCode
)

// readCode tells what was typed as a code, without the spaces and dashes that people put in.
func readCode(typed string) (code string, kind codeKind, err error) {
	if len(typed) <= longestInput {
		code = strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || r == '-' {
				return -1
			}
			return unicode.ToLower(r)
		}, typed)
	}
	switch {
	case len(code) == codeDigits && madeOf(code, "0123456789"):
		return code, timeCode, nil
	case len(code) == recoveryChars && madeOf(code, recoveryAlphabet):
		return code, recoveryCode, nil
	}
	return "", 0, problem.Invalid("/code", "code", "six digits from the app, or one of the recovery codes")
}

func madeOf(s, alphabet string) bool { return strings.Trim(s, alphabet) == "" }

// newFactorSecret makes a secret of 160 random bits, as RFC 4226 recommends, in the form that apps read.
func newFactorSecret(issuer, account string) (*otp.Key, error) {
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: labelled(issuer), AccountName: labelled(account), Period: stepSeconds, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return nil, fmt.Errorf("make a second factor: %w", err)
	}
	return key, nil
}

// labelled is a text fit for the label of an otpauth address, where a colon parts the issuer from the account.
func labelled(s string) string { return strings.ReplaceAll(s, ":", " ") }

// stepAt is the number of the 30 seconds in which a time lies.
func stepAt(t time.Time) int64 { return t.Unix() / stepSeconds }

// stepOf returns the step whose code it is, among those that count now and come after the last one that was used.
func stepOf(secret, code string, now time.Time, last int64) (step int64, right bool, err error) {
	present := stepAt(now)
	for candidate := present - stepsAside; candidate <= present+stepsAside; candidate++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(candidate), codeForm)
		if err != nil {
			return 0, false, fmt.Errorf("compute a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && candidate > last {
			step, right = candidate, true
		}
	}
	return step, right, nil
}
