package tenancy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAPathIsAPrefixOfWhatStandsBelowAndOfNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segment := rapid.StringMatching(`[A-Z2-9]{6}`)
		above := Path("")
		for range rapid.IntRange(1, 8).Draw(t, "layers") {
			above = above.Child(segment.Draw(t, "segment"))
		}
		own, other := segment.Draw(t, "own"), segment.Draw(t, "other")
		below := above.Child(own)
		if !strings.HasPrefix(string(below), string(above)) || below.Last() != own || below.Layers() != above.Layers()+1 {
			t.Fatalf("%s below %s", below, above)
		}
		if sibling := above.Child(other); own != other && strings.HasPrefix(string(sibling.Child("AAAAAA")), string(below)) {
			t.Fatalf("%s takes %s for its own", below, sibling)
		}
	})
}

func TestSegmentsAreSixLettersThatNobodyMisreads(t *testing.T) {
	for range 1000 {
		s := newSegment()
		if len(s) != 6 || strings.ContainsAny(s, "IO01l") {
			t.Fatalf("drew %q", s)
		}
	}
}
