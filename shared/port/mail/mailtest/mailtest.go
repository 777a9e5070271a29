// Package mailtest is the suite that every adapter of the mail port passes.
package mailtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/mail"
)

// World is a sender and what became of what it sent.
type World struct {
	Sender mail.Sender
	// Arrived reads back what was delivered since the world began. Nil where nobody can, as on AWS.
	Arrived func(t *testing.T) []mail.Message
	// Address turns the address of an example into one that this world delivers to. Nil: as it is.
	Address func(email string) string
}

// Run proves the promises of the port. Open makes a world in which nothing was sent yet.
func Run(t *testing.T, open func(t *testing.T) World) {
	for name, m := range Messages() {
		t.Run("it arrives as it was written: "+name, func(t *testing.T) {
			w := open(t)
			m := w.own(m)
			w.mustSend(t, m)
			w.wantArrived(t, m)
		})
	}

	t.Run("what can never be delivered is refused and sends nothing", func(t *testing.T) {
		w := open(t)
		for name, m := range Refused() {
			if _, err := w.Sender.Send(t.Context(), m); !errors.Is(err, mail.ErrRefused) {
				t.Errorf("%s: got %v, want ErrRefused", name, err)
			}
		}
		w.wantArrived(t)
	})

	t.Run("each message has a name of its own at the carrier", func(t *testing.T) {
		w := open(t)
		first, second := w.own(Messages()["plain"]), w.own(Messages()["plain"])
		if a, b := w.mustSend(t, first), w.mustSend(t, second); a == "" || a == b {
			t.Errorf("the names are %q and %q", a, b)
		}
		w.wantArrived(t, first, second)
	})

	t.Run("what is sent again can be known by its ID", func(t *testing.T) {
		w := open(t)
		m := w.own(Messages()["plain"])
		w.mustSend(t, m)
		w.mustSend(t, m)
		if w.Arrived == nil {
			return
		}
		arrived := w.Arrived(t)
		if len(arrived) == 0 || len(arrived) > 2 {
			t.Fatalf("%d messages arrived", len(arrived))
		}
		for _, got := range arrived {
			if got.ID != m.ID {
				t.Errorf("the ID is %q", got.ID)
			}
		}
	})
}

// own makes the message one that nobody sent before.
func (w World) own(m mail.Message) mail.Message {
	m.ID = fmt.Sprintf("mailtest-%016x", rand.Uint64())
	if w.Address != nil {
		m.From.Email, m.To.Email = w.Address(m.From.Email), w.Address(m.To.Email)
	}
	return m
}

func (w World) mustSend(t *testing.T, m mail.Message) string {
	t.Helper()
	id, err := w.Sender.Send(t.Context(), m)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	return id
}

func (w World) wantArrived(t *testing.T, want ...mail.Message) {
	t.Helper()
	if w.Arrived == nil {
		return
	}
	byID := map[string]mail.Message{}
	for _, m := range want {
		byID[m.ID] = AsRead(m)
	}
	got := map[string]mail.Message{}
	for _, m := range w.Arrived(t) {
		got[m.ID] = m
	}
	if diff := cmp.Diff(byID, got); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}
