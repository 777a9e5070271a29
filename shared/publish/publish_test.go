package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queuesqlite "github.com/tierkeep/tierkeep/shared/port/queue/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storesqlite "github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/publish/inbox"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const seller = tenant.ID("ten_01J00000000000000000000001")

// world is an outbox, its queues and one consumer.
type world struct {
	testing.TB
	clock     *clock.Fake
	rows      *storesqlite.Store
	queue     queue.Queue
	publisher publish.Publisher
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	file := filetest.Open(t)
	rows, err := storesqlite.Open(file, c)
	if err != nil {
		t.Fatal(err)
	}
	queues, err := queuesqlite.Open(file, c)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	return &world{t, c, rows, queues, publish.Publisher{Feed: rows, Rows: rows, Queue: queues, Log: log}}
}

// decide commits a change with one event about an account.
func (w *world) decide(account string, n int) {
	w.Helper()
	key := store.Key{PK: "T#" + string(seller) + "#x", SK: fmt.Sprintf("%s-%d", account, n)}
	rows := store.Write{Puts: []store.Put{{Item: store.Item{Key: key, Value: []byte("{}"), Version: 1}, If: store.Absent}}}
	err := change.Log{Store: w.rows, Clock: w.clock}.Commit(context.Background(), rows, change.Change{
		Tenant: seller, Action: "x", Subject: account, Events: []events.Payload{events.OperationEnded{Account: account, Generation: int64(n)}},
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) publish() {
	w.Helper()
	for {
		ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
		n, err := w.publisher.Next(ctx)
		stop()
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// consume lets a handler take in what waits, until nothing does.
func (w *world) consume(handle publish.Handler) {
	w.Helper()
	r := publish.Runner{Queue: w.queue, Handlers: map[events.Consumer]publish.Handler{events.Accounts: handle}, Log: slog.New(slog.DiscardHandler)}
	for {
		ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
		n, err := r.Next(ctx, events.Accounts)
		stop()
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestEventsReachTheirConsumersInOrderPerSubject(t *testing.T) {
	w := newWorld(t)
	for n := range 30 {
		w.decide("acc_a", n)
		w.decide("acc_b", n)
	}
	w.publish()
	var mu sync.Mutex
	seen := map[string]int64{}
	w.consume(func(ctx context.Context, e events.Event) error {
		p, err := events.Decode[events.OperationEnded](e)
		if err != nil {
			return err
		}
		if who, _ := authz.From(ctx); who.System != "accounts" {
			t.Errorf("handled as %+v", who)
		}
		mu.Lock()
		defer mu.Unlock()
		if p.Generation != seen[p.Account] {
			t.Errorf("%s: %d came in place of %d", p.Account, p.Generation, seen[p.Account])
		}
		seen[p.Account]++
		return nil
	})
	if seen["acc_a"] != 30 || seen["acc_b"] != 30 {
		t.Fatalf("%v", seen)
	}
}

func TestWhatIsPublishedTwiceIsDeliveredOnce(t *testing.T) {
	w := newWorld(t)
	w.decide("acc_a", 1)
	w.publish()
	forgetful := store.Key{PK: "P#publisher", SK: "position"} // as if killed between sending and remembering
	if err := w.rows.AtomicWrite(context.Background(), store.Write{Deletes: []store.Delete{{Key: forgetful}}}); err != nil {
		t.Fatal(err)
	}
	w.publish()
	count := 0
	w.consume(func(context.Context, events.Event) error { count++; return nil })
	if count != 1 {
		t.Fatalf("delivered %d times", count)
	}
}

func TestAFailingEventIsTriedAgainAndHoldsUpItsSubjectOnly(t *testing.T) {
	w := newWorld(t)
	w.decide("acc_bad", 1)
	w.decide("acc_bad", 2)
	w.decide("acc_good", 1)
	w.publish()
	tried := map[string]int{}
	var mu sync.Mutex
	handle := func(_ context.Context, e events.Event) error {
		mu.Lock()
		defer mu.Unlock()
		tried[e.Subject]++
		if e.Subject == "acc_bad" && tried["acc_bad"] < 3 {
			return errors.New("not now")
		}
		return nil
	}
	w.consume(handle)
	if tried["acc_bad"] != 1 || tried["acc_good"] != 1 {
		t.Fatalf("at first %v", tried)
	}
	for range 3 {
		w.clock.Advance(2 * time.Minute)
		w.consume(handle)
	}
	if tried["acc_bad"] != 4 { // twice in vain, then both
		t.Fatalf("in the end %v", tried)
	}
}

func TestWhatNeverSucceedsBecomesADeadLetterThatCanBeReplayed(t *testing.T) {
	w := newWorld(t)
	w.decide("acc_a", 1)
	w.publish()
	healthy := false
	handled := 0
	handle := func(context.Context, events.Event) error {
		if !healthy {
			panic("a fault of ours")
		}
		handled++
		return nil
	}
	for range queue.MaxReceives + 1 {
		w.consume(handle)
		w.clock.Advance(5 * time.Minute)
	}
	dead, _, err := w.queue.Dead(context.Background(), string(events.Accounts))
	if err != nil || dead != 1 {
		t.Fatalf("%d dead letters, %v", dead, err)
	}
	healthy = true
	if n, err := w.queue.Replay(context.Background(), string(events.Accounts)); err != nil || n != 1 {
		t.Fatalf("replayed %d, %v", n, err)
	}
	w.consume(handle)
	if handled != 1 {
		t.Fatalf("handled %d times", handled)
	}
}

func TestAMessageThatIsNoEventIsAnError(t *testing.T) {
	err := publish.Handle(context.Background(), events.Accounts, func(context.Context, events.Event) error { return nil }, []byte("not JSON"))
	if err == nil {
		t.Fatal("taken")
	}
}

func TestAMarkKeepsASecondDeliveryFromCounting(t *testing.T) {
	w := newWorld(t)
	take := func() error {
		mark := inbox.Mark(seller, events.Accounts, "evt_1", w.clock.Now())
		return w.rows.AtomicWrite(context.Background(), store.Write{Puts: []store.Put{mark}})
	}
	if err := take(); err != nil {
		t.Fatal(err)
	}
	if err := take(); !inbox.Done(err, seller, events.Accounts, "evt_1") {
		t.Fatalf("got %v", err)
	}
	if err := take(); inbox.Done(err, seller, events.Reports, "evt_1") {
		t.Fatal("another consumer's mark counts")
	}
}

func FuzzHandle(f *testing.F) {
	good, err := json.Marshal(events.Event{ID: "evt_1", Type: "operation.ended", Version: 1, Data: []byte("{}")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, body []byte) {
		_ = publish.Handle(context.Background(), events.Accounts, func(_ context.Context, e events.Event) error {
			_, err := events.Decode[events.OperationEnded](e)
			return err
		}, body)
	})
}
