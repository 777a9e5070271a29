package identity

import (
	"context"
	"encoding/base32"
	"strings"
	"testing"
	"time"

	secretfile "github.com/tierkeep/tierkeep/shared/port/secret/file"
)

// The vectors of RFC 6238, appendix B, for SHA-1, in six digits.
func TestCodesAreThoseOfTheRFC(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for unix, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		step, right, err := stepOf(secret, code, time.Unix(unix, 0), 0)
		if err != nil || !right || step != unix/stepSeconds {
			t.Errorf("%d: %s is step %d, %v, %v", unix, code, step, right, err)
		}
	}
}

func TestReadCode(t *testing.T) {
	for give, want := range map[string]string{
		"123456": "123456", " 123 456\u00a0": "123456", "123-456": "123456", "abcde-23456": "abcde23456", "ABCDE 23456": "abcde23456",
		"": "", "12345": "", "1234567": "", "12345a": "", "１２３４５６": "", "abcde-2345": "", "abcdl-23456": "", "abcde-23450": "",
		strings.Repeat(" ", 60) + "123456": "",
	} {
		code, kind, err := readCode(give)
		if code != want && want != "" || (err == nil) != (want != "") {
			t.Errorf("%q reads as %q, %v", give, code, err)
		}
		if err == nil && (kind == timeCode) != (len(code) == codeDigits) {
			t.Errorf("%q is of kind %d", give, kind)
		}
	}
}

func FuzzReadCode(f *testing.F) {
	for _, seed := range []string{"123456", "12 34-56", "abcde-fghij", "", "\xff123456", "١٢٣٤٥٦", strings.Repeat("-", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, kind, err := readCode(typed)
		if err != nil {
			return
		}
		again, same, err := readCode(code)
		if err != nil || again != code || same != kind {
			t.Errorf("%q reads as %q, and that as %q", typed, code, again)
		}
		alphabet, length := recoveryAlphabet, recoveryChars
		if kind == timeCode {
			alphabet, length = "0123456789", codeDigits
		}
		if len(code) != length || !madeOf(code, alphabet) {
			t.Errorf("%q reads as %q", typed, code)
		}
	})
}

func TestASealedSecretOpensForItsPersonAndKeyOnly(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	seal := NewSeal(secretfile.Secrets{Folder: folder})
	u := User{ID: "usr_a", Home: seller}
	sealed, err := seal.close(ctx, u, []byte("secret"))
	if err != nil || strings.Contains(string(sealed), "secret") {
		t.Fatalf("%q, %v", sealed, err)
	}
	another, err := seal.close(ctx, u, []byte("secret"))
	if err != nil || string(another) == string(sealed) {
		t.Fatal("two seals of one secret are alike")
	}
	if got, err := NewSeal(secretfile.Secrets{Folder: folder}).open(ctx, u, sealed); err != nil || string(got) != "secret" {
		t.Fatalf("%q, %v", got, err)
	}
	tampered := []byte(string(sealed))
	tampered[len(tampered)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another person":  func() ([]byte, error) { return seal.open(ctx, User{ID: "usr_b", Home: seller}, sealed) },
		"another tenant":  func() ([]byte, error) { return seal.open(ctx, User{ID: "usr_a", Home: rival}, sealed) },
		"a tampered row":  func() ([]byte, error) { return seal.open(ctx, u, tampered) },
		"a cut-off row":   func() ([]byte, error) { return seal.open(ctx, u, sealed[:sealNonceBytes-1]) },
		"an empty row":    func() ([]byte, error) { return seal.open(ctx, u, nil) },
		"another key":     func() ([]byte, error) { return NewSeal(secretfile.Secrets{Folder: t.TempDir()}).open(ctx, u, sealed) },
		"only the person": func() ([]byte, error) { return seal.open(ctx, u, ownerOf(u)) },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: opens %q", name, got)
		}
	}
}

func TestAPictureHasItsFinderPatternsAndQuietZone(t *testing.T) {
	p, err := pictureOf("otpauth://totp/Tierkeep:owner@example.com?secret=JBSWY3DPEHPK3PXP")
	if err != nil || p.Size < 21+2*quiet || (p.Size-2*quiet-21)%4 != 0 { // ISO/IEC 18004: 21 modules, and 4 more for each version
		t.Fatalf("%d, %v", p.Size, err)
	}
	if !strings.HasPrefix(p.Path, "M4 4h7v1h-7z") {
		t.Fatalf("begins %q", p.Path[:min(len(p.Path), 40)])
	}
	if _, err := pictureOf(strings.Repeat("x", 10_000)); err == nil {
		t.Fatal("draws what no code can hold")
	}
}
