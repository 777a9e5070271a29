package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Bytes is an amount of data, from zero up. Its text is a whole number and a unit, such as 512B, 4MB or 10GiB; units of a
// thousand (kB, MB, GB, TB) and of 1024 (KiB, MiB, GiB, TiB) are told apart exactly.
type Bytes int64

var errBytes = errors.New("want a size such as 512B, 4MB or 10GiB")

var byteUnits = []struct {
	name string
	size Bytes
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3},
	{"B", 1},
}

// ParseBytes reads the text of a size. The error does not repeat the text.
func ParseBytes(text string) (Bytes, error) {
	for _, unit := range byteUnits {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 63)
		if err != nil || n > uint64(math.MaxInt64/unit.size) {
			return 0, errBytes // the cause would repeat the text
		}
		return Bytes(n) * unit.size, nil
	}
	return 0, errBytes
}

// String writes b in the largest unit that keeps it exact, so that ParseBytes reads it back.
func (b Bytes) String() string {
	for _, unit := range byteUnits {
		if b != 0 && b%unit.size == 0 {
			return strconv.FormatInt(int64(b/unit.size), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}
