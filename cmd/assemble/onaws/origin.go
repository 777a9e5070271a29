package onaws

import (
	"context"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/secret"
)

// originKey is the secret that CloudFront shows; infra/functions names it too.
const originKey = "platform/origin-key"

// lookAgain is how long the secret is taken as read. After a change of the secret requests by the old one are not believed
// for so long at most.
const lookAgain = 5 * time.Minute

// origin keeps the secret of the origin in memory: every request asks for it, and each look costs money and time.
type origin struct {
	secrets secret.Secrets

	mu   sync.Mutex
	kept []byte
	read time.Time
}

func (o *origin) value(ctx context.Context) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept != nil && time.Since(o.read) < lookAgain {
		return o.kept, nil
	}
	v, err := o.secrets.GetOrCreate(ctx, originKey, func() ([]byte, error) { return nil, errOrigin })
	if err != nil {
		return nil, err
	}
	o.kept, o.read = v.Reveal(), time.Now()
	return o.kept, nil
}
