package isolation

import (
	"time"

	"github.com/tierkeep/tierkeep/shared/id"
)

// body returns what a caller would send to an operation about somebody's things, good enough to pass every check of its
// form; known is false where nobody has said what that is.
func body(operation string, about seller, now time.Time) (content any, known bool) {
	ids := about.ids
	plan := map[string]any{"every": "day", "at": "22:00", "time_zone": "Europe/Amsterdam"}
	j := job(about, now)
	j.ID = id.New(id.Job, now)
	all := map[string]any{
		"edit-tenant":      map[string]any{"name": "Taken over"},
		"create-seller":    map[string]any{"name": "Intruded", "level": "reseller", "variant": "value_added", "owner": map[string]any{"name": "Intruder", "email": "new@intruder.example"}},
		"suspend-seller":   map[string]any{"reason": "because"},
		"change-rights":    map[string]any{"edition": "basic"},
		"create-customer":  map[string]any{"kind": "business", "name": "Intruded", "email": "new@intruder.example"},
		"edit-customer":    map[string]any{"name": "Taken over"},
		"suspend-customer": map[string]any{"reason": "because"},
		"create-site":      map[string]any{"name": "Intruded"},

		"create-user":           map[string]any{"name": "Intruder", "email": "new@intruder.example", "role": "administrator"},
		"edit-user":             map[string]any{"name": "Taken over"},
		"create-key":            map[string]any{"name": "Intruded", "scopes": []string{"accounts:read"}},
		"edit-session":          map[string]any{"locale": "nl"},
		"change-password":       map[string]any{"current": secret, "new": secret + " and more"},
		"sign-in-with-code":     map[string]any{"code": secret},
		"begin-second-factor":   map[string]any{"current": secret},
		"confirm-second-factor": map[string]any{"code": secret},
		"renew-recovery-codes":  map[string]any{"code": secret},
		"remove-second-factor":  map[string]any{"current": secret, "code": secret},
		"sign-in":               map[string]any{"email": "owner@victim.example", "password": secret},
		"open-link":             map[string]any{"token": secret},
		"follow-link":           map[string]any{"token": secret, "password": secret},
		"put-brand":             map[string]any{"product": "Taken over", "company": "Intruder", "slug": "taken-over", "radius": 4},

		"create-server": map[string]any{"name": "Intruded", "host": "intruder.example", "types": []string{"online"}},
		"edit-server":   map[string]any{"name": "Taken over", "host": "intruder.example"},
		"set-access":    map[string]any{"items": []any{map[string]any{"tenant": ids["child"], "types": []string{"online"}}}},

		"create-account": map[string]any{"customer": ids["customer"], "server": ids["server"], "type": "online", "quota_bytes": 5_000_000},
		"edit-account":   map[string]any{"quota_bytes": 90_000_000_000},
		"add-device":     map[string]any{"name": "Intruded", "plan": plan},
		"edit-set":       map[string]any{"name": "Taken over", "plan": plan},
		"write-note":     map[string]any{"text": "Read by an intruder"},
		"delete-account": map[string]any{"reason": "Intruded"},
		"purge-account":  map[string]any{"reason": "Intruded"},

		"approve-request": map[string]any{"reason": "Intruded"},
		"refuse-request":  map[string]any{"reason": "Intruded"},

		"claim-operations": map[string]any{"claim_id": id.New("clm", now), "servers": []string{ids["server"]}, "max": 20},
		"heartbeat":        map[string]any{"lease": "", "attempt": 0},
		"operation-result": map[string]any{"result_id": id.New("res", now), "lease": "", "attempt": 0, "outcome": "done"},
		"agent-hello": map[string]any{
			"protocol": []int{1}, "agent_version": "1", "clock_offset_ms": 0, "quarantined": 0,
			"servers": []any{map[string]any{"server": ids["server"], "info": map[string]any{
				"product": "restic-vault", "version": "1", "driver": "restic-vault/1", "total_bytes": 1, "free_bytes": 1,
				"capabilities": map[string]any{"rename": "none", "suspend": false, "quota": false, "sets_per_device": 1},
			}}},
		},
		"report-jobs": map[string]any{"batch_id": id.New("bat", now), "jobs": []any{map[string]any{"server": ids["server"], "job": j}}},
		"report-events": map[string]any{"batch_id": id.New("bat", now), "events": []any{map[string]any{"server": ids["server"], "event": map[string]any{
			"id": id.New(id.AccountEvent, now), "revision": 1, "account": ids["account"], "device": ids["device"], "kind": "login_refused",
			"first": now, "last": now, "count": 1, "address": "203.0.113.7",
		}}}},
		"report-usage": map[string]any{"batch_id": id.New("bat", now), "usage": []any{map[string]any{"server": ids["server"], "usage": map[string]any{
			"account": ids["account"], "device": ids["device"], "at": now, "bytes": 1, "files": 1,
		}}}},
		"enrol-agent": map[string]any{"token": secret, "sign_key": make([]byte, 32), "seal_key": make([]byte, 32), "agent_version": "1"},
	}
	content, known = all[operation]
	return content, known
}

// secret is given wherever an operation takes one.
const secret = "canary-5c1d-of-a-secret"
