package assemble

import "github.com/tierkeep/tierkeep/functions/identity"

// hashesAtOnce bounds the memory that signing in takes: each hash needs some of it for a while.
const hashesAtOnce = 4

// Identity makes the service of people, sessions and keys. It is made once, so that the bound on hashes is one.
func (a *Assembly) Identity() *identity.Service {
	if a.identity == nil {
		a.identity = &identity.Service{
			Guard: a.guard, Rows: a.Ports.Store, Changes: a.changes, Clock: a.Ports.Clock, Realms: a.knownHosts(),
			Passwords: identity.NewPasswords(identity.DefaultCost, hashesAtOnce),
			Seal:      identity.NewSeal(a.Ports.Secrets),
			Settings:  identity.Settings{SessionIdle: a.Settings.SessionIdle, SessionLongest: a.Settings.SessionLongest},
		}
	}
	return a.identity
}
