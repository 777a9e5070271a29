package queuetest

import (
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// model is one queue told as plainly as possible. Adapters are compared with it.
type model struct {
	groups map[string][]*waiting // in the order of sending
	sent   map[string]time.Time  // when an ID was sent
	dead   map[string][]queue.Message
}

// waiting is a message that was neither acknowledged nor given up.
type waiting struct {
	queue.Message
	receives int
	visible  time.Time // from when it can be had
	receipt  string    // of the latest delivery, until that ends
}

const remembersIDs = 5 * time.Minute

func newModel() *model {
	return &model{groups: map[string][]*waiting{}, sent: map[string]time.Time{}, dead: map[string][]queue.Message{}}
}

func (m *model) send(now time.Time, messages ...queue.Message) {
	for _, message := range messages {
		if at, known := m.sent[message.ID]; known && now.Sub(at) < remembersIDs {
			continue
		}
		m.sent[message.ID] = now
		m.groups[message.Group] = append(m.groups[message.Group], &waiting{Message: message})
	}
}

// exhausted tells whether a message will not be tried again.
func (w *waiting) exhausted(now time.Time) bool {
	return w.receives == queue.MaxReceives && !w.visible.After(now)
}

// undecided tells whether there is a message that goes to the dead letters now or at the next Receive.
func (m *model) undecided(now time.Time) bool {
	for _, g := range m.groups {
		if len(g) > 0 && g[0].exhausted(now) {
			return true
		}
	}
	return false
}

// receivable is a Receive: it gives up what was tried often enough and returns what may be taken, by group.
func (m *model) receivable(now time.Time) map[string]*waiting {
	heads := map[string]*waiting{}
	for name, g := range m.groups {
		for len(g) > 0 && g[0].exhausted(now) {
			m.dead[name] = append(m.dead[name], g[0].Message)
			g = g[1:]
		}
		m.groups[name] = g
		if len(g) > 0 && !g[0].visible.After(now) {
			heads[name] = g[0]
		}
	}
	return heads
}

func (w *waiting) take(d queue.Delivery, until time.Time) {
	w.receives++
	w.receipt, w.visible = d.Receipt, until
}

// out returns the message of a delivery that has not ended.
func (m *model) out(now time.Time, d queue.Delivery) (*waiting, bool) {
	g := m.groups[d.Group]
	if len(g) == 0 || g[0].receipt != d.Receipt || !g[0].visible.After(now) {
		return nil, false
	}
	return g[0], true
}

func (m *model) ack(d queue.Delivery) { m.groups[d.Group] = m.groups[d.Group][1:] }

// retry ends a delivery. The last one is not followed by a delay.
func (w *waiting) retry(now time.Time, delay time.Duration) {
	if w.receives == queue.MaxReceives {
		delay = 0
	}
	w.receipt, w.visible = "", now.Add(delay)
}

func (m *model) replay() (count int) {
	for name, letters := range m.dead {
		for _, letter := range letters {
			m.groups[name] = append(m.groups[name], &waiting{Message: letter})
		}
		count += len(letters)
	}
	clear(m.dead)
	return count
}

func (m *model) deadCount() (count int) {
	for _, letters := range m.dead {
		count += len(letters)
	}
	return count
}

func (m *model) empty() bool {
	for _, g := range m.groups {
		if len(g) > 0 {
			return false
		}
	}
	return true
}

// oldestAgree tells whether letters, filtered by group, begin each group's dead letters.
func (m *model) oldestAgree(letters []queue.Message) bool {
	seen := map[string]int{}
	for _, letter := range letters {
		n := seen[letter.Group]
		if n >= len(m.dead[letter.Group]) || !same(letter, m.dead[letter.Group][n]) {
			return false
		}
		seen[letter.Group]++
	}
	return len(letters) == min(m.deadCount(), queue.MaxMessages)
}

func same(a, b queue.Message) bool {
	return a.ID == b.ID && a.Group == b.Group && slices.Equal(a.Body, b.Body)
}
