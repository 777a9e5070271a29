package id

import (
	"slices"
	"testing"
	"time"
)

func TestIdentifiersOfOneMillisecondSortInTheOrderTheyWereMade(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var got []string
	for range 1000 {
		got = append(got, New(Account, at))
	}
	if !slices.IsSorted(got) {
		t.Fatal("identifiers made one after another do not sort")
	}
	if !Time(got[0]).Equal(at) {
		t.Fatalf("made at %v, want %v", Time(got[0]), at)
	}
}

func TestValidRefusesWhatNewDoesNotWrite(t *testing.T) {
	good := New(Tenant, time.Now())
	for _, c := range []struct {
		name, give string
		want       bool
	}{
		{"its own identifier", good, true},
		{"another kind's", New(Account, time.Now()), false},
		{"no identifier at all", "", false},
		{"a prefix alone", "ten_", false},
		{"one character short", good[:len(good)-1], false},
		{"lower case", "ten_01j0000000000000000000000a", false},
		{"a key separator inside", "ten_01J00000000000000000#00000", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Valid(Tenant, c.give); got != c.want {
				t.Fatalf("Valid = %v, want %v", got, c.want)
			}
		})
	}
}

func FuzzValid(f *testing.F) {
	f.Add("ten_01J00000000000000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		if Valid(Tenant, s) && (len(s) != 30 || Time(s).IsZero() && s != "ten_00000000000000000000000000") {
			t.Fatalf("accepted %q", s)
		}
	})
}
