package accounts

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/nacl/box"
	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// news says how the operation of a generation ended.
func (w *world) news(account, operation string, generation int64, state operations.State, code string) {
	w.Helper()
	w.must(w.ended(events.OperationEnded{
		Operation: operation, Account: account, Generation: generation, State: string(state), Code: code, UsedBytes: 7,
	}))
}

func (w *world) suspend(account string) View {
	w.Helper()
	v, err := w.Suspend(as(w.seller, authz.Owner), w.seller, account)
	w.must(err)
	return v
}

func (w *world) addDevice(account, name string) View {
	w.Helper()
	v, _, err := w.AddDevice(as(w.seller, authz.Owner), w.seller, account, name, nil)
	w.must(err)
	return v
}

func (w *world) attention(account string, want Trouble) {
	w.Helper()
	a := w.get(account)
	if got := a.Attention(); got != want {
		w.Fatalf("attention %+v, want %+v", got, want)
	}
	if (a.State() == Attention) != (want != Trouble{}) {
		w.Fatalf("state %s with %+v", a.State(), want)
	}
}

func TestALostPasswordIsSeenThoughSomethingNewerWentWell(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	suspended := w.suspend(v.ID)
	w.news(v.ID, v.Operation, 1, operations.NeedsAttention, "new_password_needed")
	w.news(v.ID, suspended.Operation, 2, operations.Succeeded, "")
	w.attention(v.ID, Trouble{v.Operation, "new_password_needed"})

	renewed, _, err := w.NewPassword(as(w.seller, authz.Owner), w.seller, v.ID, v.Devices[0].ID)
	w.must(err)
	w.attention(v.ID, Trouble{})
	w.news(v.ID, v.Operation, 1, operations.Cancelled, "")
	w.news(v.ID, renewed.Operation, 3, operations.Succeeded, "")
	w.attention(v.ID, Trouble{})
}

func TestAPasswordThatArrivesAfterARetryIsNotLost(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.suspend(v.ID)
	w.news(v.ID, v.Operation, 1, operations.NeedsAttention, "login_taken")
	w.attention(v.ID, Trouble{v.Operation, "login_taken"})
	w.news(v.ID, v.Operation, 1, operations.Succeeded, "")
	w.attention(v.ID, Trouble{})
	w.news(v.ID, v.Operation, 1, operations.NeedsAttention, "login_taken") // told late
	w.attention(v.ID, Trouble{})
}

func TestTroubleToldAfterTheSuccessIsNoNews(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	suspended := w.suspend(v.ID)
	w.news(v.ID, suspended.Operation, 2, operations.Succeeded, "")
	for _, state := range []operations.State{operations.NeedsAttention, operations.Cancelled} {
		w.news(v.ID, suspended.Operation, 2, state, "attempts_used_up")
		w.attention(v.ID, Trouble{})
	}
}

func TestACancelledChangeIsNotPassedOffAsDoneAndCanBeAskedForAgain(t *testing.T) {
	quota, modules := int64(60_000_000), []string{"files", "mysql"}
	for _, c := range []struct {
		name string
		ask  func(w *world, v View) (View, error)
	}{
		{"suspend", func(w *world, v View) (View, error) { return w.Suspend(as(w.seller, authz.Owner), w.seller, v.ID) }},
		{"quota", func(w *world, v View) (View, error) {
			return w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{QuotaBytes: &quota})
		}},
		{"modules", func(w *world, v View) (View, error) {
			return w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{Modules: &modules})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			v, _ := w.create()
			w.news(v.ID, v.Operation, 1, operations.Succeeded, "")
			asked, err := c.ask(w, v)
			w.must(err)
			w.news(v.ID, asked.Operation, 2, operations.Cancelled, "")
			w.attention(v.ID, Trouble{asked.Operation, "cancelled"})

			again, err := c.ask(w, v)
			w.must(err)
			if again.Generation != 3 || again.Operation == asked.Operation {
				t.Fatalf("generation %d by %s: nobody was told again", again.Generation, again.Operation)
			}
			w.attention(v.ID, Trouble{})
		})
	}
}

func TestADeviceWhosePasswordNeverCameDoesNotHoldUpTheRest(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.news(v.ID, v.Operation, 1, operations.Succeeded, "")
	added := w.addDevice(v.ID, "laptop")
	laptop := added.Devices[1].ID
	if s := w.spec(w.suspend(v.ID).Operation); len(s.Devices) != 2 {
		t.Fatalf("%d devices while the password is on its way, want 2", len(s.Devices))
	}
	w.news(v.ID, added.Operation, 2, operations.Cancelled, "")
	resumed, err := w.Resume(as(w.seller, authz.Owner), w.seller, v.ID)
	w.must(err)
	if s := w.spec(resumed.Operation); len(s.Devices) != 1 || s.Devices[0].Device != v.Devices[0].ID || s.State != driver.Active {
		t.Fatalf("%+v", s)
	}

	_, l, err := w.NewPassword(as(w.seller, authz.Owner), w.seller, v.ID, laptop)
	w.must(err)
	s := w.spec(w.get(v.ID).Operation)
	if len(s.Devices) != 2 {
		t.Fatalf("%d devices with the new password, want 2", len(s.Devices))
	}
	if plain, ok := box.OpenAnonymous(nil, s.Devices[1].SealedPassword, w.public, w.private); !ok || string(plain) != l.Password.Reveal() {
		t.Fatal("the laptop's password does not come with it")
	}
}

func TestTheOnlyDeviceIsAlwaysNamed(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.news(v.ID, v.Operation, 1, operations.Cancelled, "")
	if s := w.spec(w.suspend(v.ID).Operation); len(s.Devices) != 1 || s.Validate() != nil {
		t.Fatalf("%+v", s)
	}
}

// expected is what the rules say of an account, told in as few words as possible: the account is where the newest success
// brought it; what was wanted last has the trouble that was told before it succeeded; a password has the trouble that was
// told before it arrived.
type expected struct {
	observed  int64
	last      Trouble
	passwords map[int64]Trouble // by generation; those that arrived are gone
}

func (e *expected) hear(p events.OperationEnded, wanted int64) {
	trouble := Trouble{p.Operation, p.Code}
	if p.State == string(operations.Cancelled) {
		trouble.Code = "cancelled"
	}
	_, waits := e.passwords[p.Generation]
	switch {
	case p.State == string(operations.Succeeded):
		delete(e.passwords, p.Generation)
		if e.observed < p.Generation {
			e.observed = p.Generation
		}
		if p.Generation == wanted {
			e.last = Trouble{}
		}
		return
	case waits:
		e.passwords[p.Generation] = trouble
	}
	if p.Generation == wanted && e.observed < wanted {
		e.last = trouble
	}
}

func (e *expected) attention() bool {
	for _, t := range e.passwords {
		if t != (Trouble{}) {
			return true
		}
	}
	return e.last != Trouble{}
}

// TestWhateverOrderNewsComesIn lets an account be changed and its operations end, in any order, late and twice.
func TestWhateverOrderNewsComesIn(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := Account{ID: "acc_x", Wanted: driver.Active}
		want := expected{passwords: map[int64]Trouble{}}
		operation := func(generation int64) string { return fmt.Sprintf("op_%d", generation) }
		wantMore := func(device string) {
			sealed := map[string][]byte{}
			if device != "" {
				sealed[device] = []byte("sealed")
				delete(want.passwords, a.device(device).Password)
			}
			a.wantMore(sealed)
			a.Operation, want.last = operation(a.Generation), Trouble{}
			if device != "" {
				want.passwords[a.Generation] = Trouble{}
			}
		}
		add := func() {
			a.Devices = append(a.Devices, Device{ID: fmt.Sprintf("dev_%d", len(a.Devices))})
			wantMore(a.Devices[len(a.Devices)-1].ID)
		}
		add() // as accounts are created
		r.Repeat(map[string]func(*rapid.T){
			"State": func(r *rapid.T) {
				a.Wanted = rapid.SampledFrom([]driver.AccountState{driver.Active, driver.Suspended}).Draw(r, "wanted")
				wantMore("")
			},
			"Device": func(*rapid.T) { add() },
			"Password": func(r *rapid.T) {
				wantMore(rapid.SampledFrom(a.Devices).Draw(r, "device").ID)
			},
			"News": func(r *rapid.T) {
				g := rapid.Int64Range(max(1, a.Generation-3), a.Generation).Draw(r, "generation")
				p := events.OperationEnded{
					Operation: operation(g), Account: a.ID, Generation: g, Code: "login_taken", UsedBytes: g,
					State: rapid.SampledFrom([]string{"succeeded", "succeeded", "needs_attention", "cancelled"}).Draw(r, "state"),
				}
				before := a.clone()
				made := a.observe(p)
				if unchanged := cmp.Equal(before, a); made.nothing != unchanged {
					r.Fatalf("says that nothing changed: %v, and something did: %v", made.nothing, !unchanged)
				}
				if again := a.clone(); !again.observe(p).nothing {
					r.Fatal("the same news twice is news twice")
				}
				want.hear(p, a.Generation)
			},
			"": func(r *rapid.T) {
				if a.Observed != want.observed || a.UsedBytes != want.observed {
					r.Fatalf("observed %d with %d bytes, want %d", a.Observed, a.UsedBytes, want.observed)
				}
				if (a.Attention() != Trouble{}) != want.attention() {
					r.Fatalf("attention %+v, want %+v", a.Attention(), want)
				}
				state := Active
				switch {
				case want.attention():
					state = Attention
				case want.observed == 0:
					state = Pending
				case a.Wanted == driver.Suspended:
					state = Suspended
				}
				if a.State() != state {
					r.Fatalf("%s, want %s", a.State(), state)
				}
				named := map[string]bool{}
				for _, d := range a.spec(nil).Devices {
					named[d.Device] = true
				}
				for _, d := range a.Devices {
					if lost := d.Lost != (Trouble{}); named[d.ID] == lost && len(named) < len(a.Devices) {
						r.Fatalf("%s, lost %v, is asked for: %v", d.ID, lost, named[d.ID])
					}
				}
				if len(named) == 0 {
					r.Fatal("no device is asked for")
				}
			},
		})
	})
}
