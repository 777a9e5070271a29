package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/killtest"
)

// Opened is a queue that keeps its messages in a folder of this machine and tells times by the machine's clock.
type Opened struct {
	Queue queue.Queue
	Close func() error
}

// RunKilled proves, for a queue of this machine, that a process killed while it sends and receives loses nothing that was
// acknowledged, and that no message comes again after its Ack.
func RunKilled(t *testing.T, open func(folder string) (Opened, error)) {
	t.Run("a process killed while it sends and receives loses no acknowledged message and keeps the order", func(t *testing.T) {
		folder := t.TempDir()
		done := killtest.Kill(t, folder, 200, func(folder string, ack func(string)) { workUntilKilled(t, folder, open, ack) })
		sent, ended := map[string]int{}, map[string]int{} // the last of each group
		for _, what := range done {
			note(t, what, sent, ended)
		}
		o, err := open(folder)
		if err != nil {
			t.Fatalf("reopen: %v", err)
		}
		defer func() {
			if err := o.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}()
		left := drain(t, o.Queue)
		for i := range senders {
			group := fmt.Sprint("group-", i)
			got := left[group]
			if len(got) == 0 {
				if sent[group] > ended[group]+1 {
					t.Errorf("%s: nothing is left, %d were acknowledged and %d ended", group, sent[group], ended[group])
				}
				continue
			}
			for i, n := range got {
				if n != got[0]+i {
					t.Fatalf("%s: %d came after %d", group, n, got[i-1])
				}
			}
			first, last := got[0], got[len(got)-1]
			// One Ack may have been carried out whose news the kill cut off.
			if first <= ended[group] || first > ended[group]+2 {
				t.Errorf("%s: begins with %d after %d had ended", group, first, ended[group])
			}
			if last < sent[group] {
				t.Errorf("%s: ends with %d, but %d was acknowledged", group, last, sent[group])
			}
		}
	})
}

const (
	killedQueue = "killed"
	senders     = 3
	lastWord    = "last"
)

func note(t *testing.T, what string, sent, ended map[string]int) {
	t.Helper()
	fields := strings.Fields(what)
	n, err := strconv.Atoi(fields[2])
	if err != nil {
		t.Fatalf("an acknowledgement %q: %v", what, err)
	}
	into := sent
	if fields[0] == "ended" {
		into = ended
	}
	into[fields[1]] = max(into[fields[1]], n)
}

func workUntilKilled(t *testing.T, folder string, open func(string) (Opened, error), ack func(string)) {
	o, err := open(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			group := fmt.Sprint("group-", i)
			for n := 1; ; n++ {
				if err := o.Queue.Send(t.Context(), killedQueue, message(group, n)); err != nil {
					panic(fmt.Errorf("send: %w", err)) // the others would be killed before the test could say so
				}
				ack(fmt.Sprint("sent ", group, " ", n))
			}
		})
	}
	all.Go(func() {
		for {
			// Whatever is out at the kill comes again a second later.
			got, err := o.Queue.Receive(t.Context(), killedQueue, 1, time.Second)
			for _, d := range got {
				err = o.Queue.Ack(t.Context(), d)
				if errors.Is(err, queue.ErrExpired) {
					err = nil
					continue
				}
				_, n, _ := strings.Cut(strings.TrimPrefix(d.ID, "group-"), "-")
				ack("ended " + d.Group + " " + strings.TrimLeft(n, "0"))
			}
			if err != nil {
				panic(fmt.Errorf("receive: %w", err))
			}
		}
	})
	all.Wait()
}

// drain receives what is there, in order, for each group.
func drain(t *testing.T, q queue.Queue) map[string][]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range senders {
		group := fmt.Sprint("group-", i)
		if err := q.Send(ctx, killedQueue, queue.Message{ID: group + lastWord, Group: group, Body: []byte(lastWord)}); err != nil {
			t.Fatalf("send: %v", err)
		}
	}
	came := map[string][]int{}
	for open := senders; open > 0; {
		got, err := q.Receive(ctx, killedQueue, queue.MaxMessages, visible)
		if err != nil || len(got) == 0 {
			t.Fatalf("received %d, %v, with %d groups to come", len(got), err, open)
		}
		for _, d := range got {
			if err := q.Ack(ctx, d); err != nil {
				t.Fatalf("ack: %v", err)
			}
			if string(d.Body) == lastWord {
				open--
				continue
			}
			n, err := strconv.Atoi(strings.TrimPrefix(d.ID, d.Group+"-"))
			if err != nil {
				t.Fatalf("an ID %q: %v", d.ID, err)
			}
			came[d.Group] = append(came[d.Group], n)
		}
	}
	return came
}
