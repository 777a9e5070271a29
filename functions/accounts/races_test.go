package accounts

import (
	"context"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// quicker is a store on which somebody else is quicker: before a write it lets the other one write, as often as it is told.
type quicker struct {
	store.Store
	times int
	other func(w store.Write) (store.Write, bool)
}

func (q *quicker) AtomicWrite(ctx context.Context, w store.Write) error {
	if theirs, takes := q.other(w); takes && q.times > 0 {
		q.times--
		if err := q.Store.AtomicWrite(ctx, theirs); err != nil {
			return err
		}
	}
	return q.Store.AtomicWrite(ctx, w)
}

// takesLogin gives a login that was drawn to somebody else.
func takesLogin(w store.Write) (store.Write, bool) {
	for _, p := range w.Puts {
		if strings.HasPrefix(p.Item.PK, "L#"+string(lookup.Login)+"#") {
			return store.Write{Puts: []store.Put{{Item: p.Item, If: store.Absent}}}, true
		}
	}
	return store.Write{}, false
}

// movesLane makes the lane that is to be moved move before.
func (w *world) movesLane(write store.Write) (store.Write, bool) {
	for _, p := range write.Puts {
		if !strings.HasSuffix(p.Item.PK, "#lane") {
			continue
		}
		lane, err := w.rows.Get(context.Background(), p.Item.Key)
		w.must(err)
		was := lane.Version
		lane.Version++
		return store.Write{Puts: []store.Put{{Item: lane, If: store.VersionIs(was)}}}, true
	}
	return store.Write{}, false
}

// opened is a password as the agent reads it.
func (w *world) opened(sealed []byte) string {
	w.Helper()
	plain, ok := box.OpenAnonymous(nil, sealed, w.public, w.private)
	if !ok {
		w.Fatal("the agent cannot open it")
	}
	return string(plain)
}

func TestALoginThatIsTakenIsDrawnAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		times int
		want  problem.Code
	}{{"twice taken", 2, ""}, {"always taken", 1000, problem.Conflict}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			v, _ := w.create()
			calm := w.Changes.Store
			check := func(what string, err error) {
				t.Helper()
				if c.want == "" && err != nil || c.want != "" && !problem.Has(err, c.want) {
					t.Errorf("%s: %v, want %q", what, err, c.want)
				}
			}
			w.Changes.Store = &quicker{calm, c.times, takesLogin}
			made, l, err := w.Create(as(w.seller, authz.Owner), w.seller, w.draft())
			check("create", err)
			if err == nil && made.Devices[0].Login != l.Login {
				t.Errorf("shows %s and keeps %s", l.Login, made.Devices[0].Login)
			}
			w.Changes.Store = &quicker{calm, c.times, takesLogin}
			more, l, err := w.AddDevice(as(w.seller, authz.Owner), w.seller, v.ID, "laptop", nil)
			check("add a device", err)
			if err == nil && (len(more.Devices) != 2 || more.Devices[1].Login != l.Login) {
				t.Errorf("shows %s and keeps %+v", l.Login, more.Devices)
			}
		})
	}
}

func TestALaneThatMovedIsAskedAgain(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	calm := w.Changes.Store
	w.Changes.Store = &quicker{calm, 3, w.movesLane}
	suspended, err := w.Suspend(as(w.seller, authz.Owner), w.seller, v.ID)
	w.must(err)
	if suspended.Generation != 2 || suspended.Version != v.Version+1 {
		t.Fatalf("generation %d, version %d: a lost try left something behind", suspended.Generation, suspended.Version)
	}
	page, _, err := operations.Reader{Rows: w.rows}.Newest(context.Background(), w.seller, v.ID, 10, "")
	w.must(err)
	if len(page) != 2 {
		t.Fatalf("%d operations, want one of each change", len(page))
	}

	w.Changes.Store = &quicker{calm, 1000, w.movesLane}
	_, err = w.Resume(as(w.seller, authz.Owner), w.seller, v.ID)
	w.refused(err, problem.Conflict)
	if a := w.get(v.ID); a.Generation != 2 {
		t.Fatalf("half done: %+v", a)
	}
}

func TestOfTwoPasswordsMadeAtOnceTheNewerOneCounts(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	logins := make([]Login, 2)
	errs := make([]error, 2)
	var all sync.WaitGroup
	for i := range logins {
		all.Go(func() {
			_, logins[i], errs[i] = w.NewPassword(as(w.seller, authz.Owner), w.seller, v.ID, v.Devices[0].ID)
		})
	}
	all.Wait()
	for _, err := range errs {
		w.must(err)
	}
	a := w.get(v.ID)
	if a.Generation != 3 || a.Devices[0].Password != 3 {
		t.Fatalf("generation %d, password of %d", a.Generation, a.Devices[0].Password)
	}
	newest := w.opened(w.spec(a.Operation).Devices[0].SealedPassword)
	if newest != logins[0].Password.Reveal() && newest != logins[1].Password.Reveal() {
		t.Fatal("what the server gets was shown to nobody")
	}
	if logins[0].Password == logins[1].Password {
		t.Fatal("both were shown the same password")
	}
}
