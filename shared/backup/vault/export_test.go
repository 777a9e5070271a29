package vault

import "golang.org/x/crypto/bcrypt"

// The tests let clients in by the hundred, and none of them is about how long bcrypt takes.
func init() { hashCost = bcrypt.MinCost }
