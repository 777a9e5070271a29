package identity

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature:
//
//	T#<home>#user                usr_…                a person
//	T#<home>#credential          usr_…                the hash of the person's password
//	T#<home>#factor              usr_…                the person's second factor
//	T#<home>#factor              usr_…#setup          one that is not confirmed yet
//	T#<home>#step                <hash of the token>  a sign-in that waits for its second step
//	T#<home>#brake#<usr_…>       code                 wrong codes of a person, from any address
//	T#<home>#lastseen            usr_…                when the person last did something
//	T#<home>#owner               owners               who the owners are: written with everybody who becomes or ceases to be one
//	T#<home>#session#<usr_…>     ses_…                a session
//	T#<home>#link                usr_…#<purpose>      the newest one-time link of a purpose
//	T#<tenant>#key               key_…                an API key, where it was made
//	T#<realm>#brake#<address>    all                  failures from an address
//	T#<realm>#brake#<address>    account#<hash>       failures from an address for one e-mail address
//	T#<realm>#brake#<address>    recovery#<usr_…>     wrong recovery codes of one person from an address
//	lookup email                 <realm>/<e-mail>     folded; the user
//	lookup session, api_key, link, step  <hash of the token>  the row that the token stands for

func userPartition(home tenant.ID) string { return "T#" + string(home) + "#user" }

func userKey(home tenant.ID, user string) store.Key {
	return store.Key{PK: userPartition(home), SK: user}
}

func credentialKey(home tenant.ID, user string) store.Key {
	return store.Key{PK: "T#" + string(home) + "#credential", SK: user}
}

func factorKey(home tenant.ID, user string) store.Key {
	return store.Key{PK: "T#" + string(home) + "#factor", SK: user}
}

func setupKey(home tenant.ID, user string) store.Key {
	return store.Key{PK: "T#" + string(home) + "#factor", SK: user + "#setup"}
}

func stepKey(home tenant.ID, tokenHash string) store.Key {
	return store.Key{PK: "T#" + string(home) + "#step", SK: tokenHash}
}

func codeBrakeKey(home tenant.ID, user string) store.Key {
	return store.Key{PK: "T#" + string(home) + "#brake#" + user, SK: "code"}
}

func recoveryBrakeKey(realm tenant.ID, address, user string) store.Key {
	return store.Key{PK: "T#" + string(realm) + "#brake#" + address, SK: "recovery#" + user}
}

func lastSeenPartition(home tenant.ID) string { return "T#" + string(home) + "#lastseen" }

func lastSeenKey(home tenant.ID, user string) store.Key {
	return store.Key{PK: lastSeenPartition(home), SK: user}
}

func ownersKey(home tenant.ID) store.Key {
	return store.Key{PK: "T#" + string(home) + "#owner", SK: "owners"}
}

func sessionPartition(home tenant.ID, user string) string {
	return "T#" + string(home) + "#session#" + user
}

func sessionKey(home tenant.ID, user, session string) store.Key {
	return store.Key{PK: sessionPartition(home, user), SK: session}
}

func linkKey(home tenant.ID, user string, p Purpose) store.Key {
	return store.Key{PK: "T#" + string(home) + "#link", SK: user + "#" + string(p)}
}

func apiKeyPartition(t tenant.ID) string { return "T#" + string(t) + "#key" }

func apiKeyKey(t tenant.ID, key string) store.Key { return store.Key{PK: apiKeyPartition(t), SK: key} }

func brakeKey(realm tenant.ID, address string) store.Key {
	return store.Key{PK: "T#" + string(realm) + "#brake#" + address, SK: "all"}
}

func accountBrakeKey(realm tenant.ID, address, email string) store.Key {
	return store.Key{PK: "T#" + string(realm) + "#brake#" + address, SK: "account#" + fingerprint(foldEmail(email))}
}

func emailValue(realm tenant.ID, email string) string { return string(realm) + "/" + foldEmail(email) }

func emailKey(realm tenant.ID, email string) store.Key {
	return lookup.Key(lookup.Email, emailValue(realm, email))
}

// fingerprint is the only form in which a token is kept. Tokens are 256 random bits, so that a fast hash is enough.
func fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
