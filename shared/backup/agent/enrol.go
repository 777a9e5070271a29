package agent

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
)

// Version is the agent's version, set when it is built.
var Version = "dev"

// protocols lists the versions of the calls that this agent speaks.
var protocols = []int{1}

// Enrol makes the agent's keys, trades the one-time token for an identity and keeps it in the folder. The private keys
// never leave this machine.
func Enrol(ctx context.Context, platform, token, folder string) (Identity, error) {
	i, err := newKeys()
	if err != nil {
		return Identity{}, err
	}
	i.Platform = platform
	body, err := json.Marshal(enrolRequest{Token: token, SignKey: i.signKey().Public().(ed25519.PublicKey), SealKey: i.SealPublic, AgentVersion: Version})
	if err != nil {
		return Identity{}, err
	}
	c := &Client{HTTP: &http.Client{Timeout: 30 * time.Second}, Clock: clock.System{}, Identity: i}
	req, err := c.request(ctx, "/agent/v1/enrol", body)
	if err != nil {
		return Identity{}, err
	}
	var reply enrolReply
	if err := c.do(req, &reply); err != nil {
		return Identity{}, fmt.Errorf("enrol: %w", err)
	}
	i.Agent, i.Servers, i.WakeURL, i.PlatformKey = reply.Agent, []string{reply.Server}, reply.WakeURL, reply.PlatformKey
	if err := i.validate(); err != nil {
		return Identity{}, fmt.Errorf("enrol: %w", err)
	}
	return i, i.save(folder)
}
