package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queuesqlite "github.com/tierkeep/tierkeep/shared/port/queue/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/port/schedule/scheduletest"
	"github.com/tierkeep/tierkeep/shared/port/schedule/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
)

func TestConformance(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "data.sqlite"), clock.NewFake(time.Now())
	scheduletest.Run(t, func(t *testing.T) scheduletest.Harness { return harness(t, path, c) })
}

func harness(t *testing.T, path string, c *clock.Fake) scheduletest.Harness {
	t.Helper()
	file, err := sqlitefile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() }) // a restart has closed it before
	q := openQueue(t, file, c)
	s := open(t, file, c, q)
	return scheduletest.Harness{
		Schedule: s, Queue: q, Clock: c,
		Fire: func(t *testing.T) {
			t.Helper()
			if err := s.Fire(t.Context()); err != nil {
				t.Fatalf("Fire: %v", err)
			}
		},
		Restart: func(t *testing.T) scheduletest.Harness {
			t.Helper()
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			return harness(t, path, c)
		},
	}
}

func TestRunFiresWhatBecomesDueUntilItIsEnded(t *testing.T) {
	c := clock.NewFake(time.Now())
	file := filetest.Open(t)
	q := openQueue(t, file, c)
	s := open(t, file, c, q)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()

	for _, after := range []time.Duration{0, time.Hour} {
		set(t, s, timer("t", after.String(), c.Now().Add(after)))
		c.Advance(after)
		if got := receive(t, q); got.ID != after.String() {
			t.Errorf("fired %s, want %s", got.ID, after)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// refusing is a queue that refuses to send as often as it is told, or always what has a certain ID.
type refusing struct {
	queue.Queue
	times  int
	always string
	then   func()
}

var errRefused = errors.New("refused")

func (r *refusing) Send(ctx context.Context, name string, messages ...queue.Message) error {
	if r.times > 0 {
		r.times--
		return errRefused
	}
	if slices.ContainsFunc(messages, func(m queue.Message) bool { return m.ID == r.always }) {
		return errRefused
	}
	err := r.Queue.Send(ctx, name, messages...)
	if r.then != nil {
		r.then()
	}
	return err
}

func TestATimerThatCouldNotBeSentFiresLater(t *testing.T) {
	c := clock.NewFake(time.Now())
	file := filetest.Open(t)
	q := &refusing{Queue: openQueue(t, file, c), times: 1}
	s := open(t, file, c, q)
	set(t, s, timer("t", "1", c.Now()))
	if err := s.Fire(t.Context()); !errors.Is(err, errRefused) {
		t.Errorf("Fire: %v, want the queue's error", err)
	}
	if err := s.Fire(t.Context()); err != nil {
		t.Errorf("Fire: %v", err)
	}
	if got := receive(t, q); got.ID != "1" {
		t.Errorf("fired %s", got.ID)
	}
}

func TestATimerThatCannotBeSentHoldsUpNoOther(t *testing.T) {
	c := clock.NewFake(time.Now())
	file := filetest.Open(t)
	q := &refusing{Queue: openQueue(t, file, c), always: "2"}
	s := open(t, file, c, q)
	set(t, s, timer("a", "1", c.Now()))
	set(t, s, timer("b", "2", c.Now()))
	set(t, s, timer("c", "3", c.Now()))
	set(t, s, timer("0", "4", c.Now().Add(time.Second)))
	c.Advance(time.Minute)
	if err := s.Fire(t.Context()); !errors.Is(err, errRefused) {
		t.Errorf("Fire: %v, want the queue's error", err)
	}
	for _, want := range []string{"1", "3", "4"} {
		if got := receive(t, q); got.ID != want {
			t.Errorf("fired %s, want %s", got.ID, want)
		}
	}
	q.always = ""
	if err := s.Fire(t.Context()); err != nil {
		t.Errorf("Fire: %v", err)
	}
	if got := receive(t, q); got.ID != "2" {
		t.Errorf("fired %s, want the one that was held up", got.ID)
	}
}

func TestATimerSetWhileItsNameFiresIsNotLost(t *testing.T) {
	c := clock.NewFake(time.Now())
	file := filetest.Open(t)
	q := &refusing{Queue: openQueue(t, file, c)}
	s := open(t, file, c, q)
	q.then = func() {
		q.then = nil
		set(t, s, timer("t", "2", c.Now()))
	}
	set(t, s, timer("t", "1", c.Now()))
	if err := s.Fire(t.Context()); err != nil {
		t.Fatalf("Fire: %v", err)
	}
	for _, want := range []string{"1", "2"} {
		if got := receive(t, q); got.ID != want {
			t.Errorf("fired %s, want %s", got.ID, want)
		}
	}
}

func TestDueTimersFireTheEarliestFirst(t *testing.T) {
	c := clock.NewFake(time.Now())
	file := filetest.Open(t)
	q := openQueue(t, file, c)
	s := open(t, file, c, q)
	for n, name := range []string{"b", "a", "d", "c"} { // neither by name nor by the order of setting
		set(t, s, timer(name, fmt.Sprint(n), c.Now().Add(time.Duration(10-n)*time.Second)))
	}
	c.Advance(time.Hour)
	if err := s.Fire(t.Context()); err != nil {
		t.Fatalf("Fire: %v", err)
	}
	for _, want := range []string{"3", "2", "1", "0"} {
		if got := receive(t, q); got.ID != want {
			t.Errorf("fired %s, want %s", got.ID, want)
		}
	}
}

func timer(name, id string, at time.Time) schedule.Timer {
	return schedule.Timer{Name: name, At: at, Queue: "timers", Message: queue.Message{ID: id, Group: "g", Body: []byte("{}")}}
}

func set(t *testing.T, s schedule.Schedule, timer schedule.Timer) {
	t.Helper()
	if err := s.Set(t.Context(), timer); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

// receive waits for the next message and ends it.
func receive(t *testing.T, q queue.Queue) queue.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, err := q.Receive(ctx, "timers", 1, time.Minute)
	if err != nil || len(got) != 1 {
		t.Fatalf("received %v, %v", got, err)
	}
	if err := q.Ack(t.Context(), got[0]); err != nil {
		t.Fatalf("Ack: %v", err)
	}
	return got[0].Message
}

func openQueue(t *testing.T, file *sqlitefile.File, c clock.Clock) queue.Queue {
	t.Helper()
	q, err := queuesqlite.Open(file, c)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func open(t *testing.T, file *sqlitefile.File, c clock.Clock, q queue.Queue) *sqlite.Schedule {
	t.Helper()
	s, err := sqlite.Open(file, c, q, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
