package identity

import (
	"context"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestPasswords(t *testing.T) {
	ctx := context.Background()
	p := NewPasswords(cheap, 2)
	hash, err := p.Hash(ctx, good)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Hash(ctx, good); err != nil || again == hash {
		t.Fatalf("the same password hashes to the same text: %v, %v", again, err)
	}
	dearer := NewPasswords(Cost{MemoryKiB: 16, Passes: 1, Lanes: 1}, 2)
	for _, c := range []struct {
		name            string
		by              *Passwords
		hash, password  string
		right, outdated bool
	}{
		{"the password is right", p, hash, good, true, false},
		{"another password is wrong", p, hash, better, false, false},
		{"nobody has any password", p, "", good, false, false},
		{"nobody has not even the dummy's", p, "", "", false, false},
		{"a right password of another cost should be hashed anew", dearer, hash, good, true, true},
		{"a wrong password says nothing of the cost", dearer, hash, better, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			right, outdated, err := c.by.Verify(ctx, c.hash, c.password)
			if err != nil || right != c.right || outdated != c.outdated {
				t.Fatalf("got %v, %v, %v", right, outdated, err)
			}
		})
	}
	if _, _, err := p.Verify(ctx, "$argon2id$v=19$m=99999999,t=1,p=1$AAAA$AAAA", good); err == nil {
		t.Fatal("a tampered hash may ask for any memory")
	}
}

func TestTheDefaultCostIsTheLeastThatOWASPRecommends(t *testing.T) {
	hash, err := NewPasswords(DefaultCost, HashesAtOnce).Hash(context.Background(), good)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("got %s, %v", hash, err)
	}
}

func TestHashingIsBounded(t *testing.T) {
	p := NewPasswords(cheap, 1)
	p.turns <- struct{}{} // somebody is at work and does not end
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Hash(ctx, good); err == nil {
		t.Fatal("waits for its turn although the caller has gone")
	}
	for range cap(p.queue) {
		p.queue <- struct{}{}
	}
	_, err := p.Hash(context.Background(), good)
	if !problem.Has(err, problem.RateLimited) {
		t.Fatalf("a full queue answers %v", err)
	}
}

func FuzzDecodeHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA")
	f.Add("$argon2id$v=19$m=-1,t=0,p=+1$$")
	f.Fuzz(func(t *testing.T, encoded string) {
		cost, salt, hash, err := decodeHash(encoded)
		if err != nil {
			return
		}
		if cost.MemoryKiB > mostMemoryKiB || cost.Passes > mostPasses || cost.Passes == 0 || cost.Lanes == 0 {
			t.Fatalf("accepts %+v", cost)
		}
		if back := encodeHash(cost, salt, hash); back != encoded {
			t.Fatalf("%q is written as %q", encoded, back)
		}
	})
}

func TestNewPasswords(t *testing.T) {
	for _, c := range []struct{ name, password, want string }{
		{"a sentence", good, ""},
		{"letters of any script", "пароль-которого-нет", ""},
		{"the longest", strings.Repeat("abcde", 25) + "xyz", ""},
		{"eleven characters", "abcdefgh123", "too_short"},
		{"eleven characters of two bytes", strings.Repeat("é", 11), "too_short"},
		{"one more than the longest", strings.Repeat("abcde", 25) + "wxyz", "too_long"},
		{"one character over and over", "aaaaaaaaaaaaaaaa", "too_usual"},
		{"a scrap over and over", "abcabcabcabcab", "too_usual"},
		{"a usual one", "password1234", "too_usual"},
		{"a usual one in capitals", "QwertyUiop123", "too_usual"},
		{"the e-mail address", "Somebody.Long@Example.com", "is_email"},
		{"what stands before the @", "somebody.long", "is_email"},
		{"no text", "\xff\xfe\xfd\xff\xfe\xfd\xff\xfe\xfd\xff\xfe\xfd", "text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := checkPassword("/password", c.password, "somebody.long@example.com")
			var got string
			if p := (*problem.Error)(nil); asProblem(err, &p) {
				got = p.Fields[0].Code
				if strings.Contains(p.Fields[0].Detail, c.password) {
					t.Fatal("repeats the password")
				}
			}
			if got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
	for word := range usual() {
		if len(word) < ShortestPassword || word != foldEmail(word) {
			t.Errorf("%q can never match", word)
		}
	}
}
