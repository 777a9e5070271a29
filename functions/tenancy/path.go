package tenancy

import (
	"crypto/rand"
	"strings"
)

// Path is a tenant's place below the root: "/ABC234/K7M2QX/". Paths order a subtree behind its top, and a path that is a
// prefix of another belongs to a tenant above it.
type Path string

const (
	segmentLength  = 6
	segmentLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // 32 letters, none of which is read as another
)

// newSegment draws the immutable step of a new tenant.
func newSegment() string {
	b := make([]byte, segmentLength)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	for i := range b {
		b[i] = segmentLetters[int(b[i])%len(segmentLetters)]
	}
	return string(b)
}

// Child is the path of a tenant directly below.
func (p Path) Child(segment string) Path {
	if p == "" {
		p = "/"
	}
	return p + Path(segment) + "/"
}

// Last is the tenant's own segment.
func (p Path) Last() string {
	trimmed := strings.TrimSuffix(string(p), "/")
	return trimmed[strings.LastIndex(trimmed, "/")+1:]
}

// Layers is how many tenants the path has.
func (p Path) Layers() int { return strings.Count(string(p), "/") - 1 }
