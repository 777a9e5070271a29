//go:build !killpoints

package killpoint

// Reached marks the place.
func Reached(Point) {}
