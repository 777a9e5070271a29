package sign

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// Operation returns the bytes that the platform signs when it hands an operation to an agent: whatever is changed on the
// way, down to one byte of the content, makes the signature false. Identifiers hold no line break.
func Operation(tenant, operation string, attempt int, kind, account, server string, spec []byte) []byte {
	sum := sha256.Sum256(spec)
	return []byte(strings.Join([]string{
		"tierkeep-operation-1", tenant, operation, strconv.Itoa(attempt), kind, account, server, hex.EncodeToString(sum[:]),
	}, "\n"))
}
