package agent

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

type jobsBatch struct {
	Jobs []struct {
		Server string     `json:"server"`
		Job    driver.Job `json:"job"`
	} `json:"jobs"`
}

func (b jobsBatch) ids() (ids []string) {
	for _, j := range b.Jobs {
		ids = append(ids, j.Job.ID)
	}
	return ids
}

func TestAnEntryThatThePlatformRefusesIsPutAsideAndTheRestArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.server.reports = driver.Reports{Next: "5", Jobs: []driver.Job{{ID: "a"}, {ID: "bad"}, {ID: "b"}, {ID: "worse"}}}
		s.play("jobs", func(body []byte) answer {
			var b jobsBatch
			if err := json.Unmarshal(body, &b); err != nil {
				t.Error(err)
			}
			for i, name := range b.ids() {
				if name == "bad" || name == "worse" {
					return answer{status: http.StatusUnprocessableEntity, body: Refusal{
						Code: "batch_refused", Fields: []RefusedField{{Name: fmt.Sprintf("/jobs/%d/job/state", i), Code: "unknown"}},
					}}
				}
			}
			return answer{body: struct{}{}}
		})
		s.report(t.Context())
		batches := sent[jobsBatch](t, s, "jobs")
		if len(batches) != 3 {
			t.Fatalf("%d batches", len(batches))
		}
		if diff := cmp.Diff([]string{"a", "b"}, batches[2].ids()); diff != "" {
			t.Errorf("taken (-want +got):\n%s", diff)
		}
		s.restart(t)
		s.report(t.Context())
		if again := sent[jobsBatch](t, s, "jobs"); len(again) != 3 {
			t.Errorf("sent again: %v", again[3:])
		}
		s.hello(t.Context())
		if hellos := sent[helloRequest](t, s, "hello"); len(hellos) != 1 || hellos[0].Quarantined != 2 {
			t.Errorf("hello %+v", hellos)
		}
	})
}

func TestReportsThatDidNotArriveAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.server.reports = driver.Reports{Next: "1", Jobs: []driver.Job{{ID: "a"}}}
		s.play("jobs", func([]byte) answer { return answer{status: http.StatusBadGateway, body: "<html>"} })
		s.report(t.Context())
		s.play("jobs", nil)
		s.restart(t)
		s.report(t.Context())
		s.report(t.Context())
		batches := sent[jobsBatch](t, s, "jobs")
		if len(batches) != 2 || !cmp.Equal(batches[0].ids(), batches[1].ids()) {
			t.Errorf("batches %+v", batches)
		}
	})
}

func TestABatchThatIsRefusedWithoutAnEntryIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.server.reports = driver.Reports{Next: "1", Jobs: []driver.Job{{ID: "a"}}}
		s.play("jobs", func([]byte) answer {
			return answer{status: http.StatusUnprocessableEntity, body: Refusal{Code: "batch_refused"}}
		})
		s.report(t.Context())
		s.play("jobs", nil)
		s.report(t.Context())
		if batches := sent[jobsBatch](t, s, "jobs"); len(batches) != 2 || !cmp.Equal(batches[1].ids(), []string{"a"}) {
			t.Errorf("batches %+v", batches)
		}
	})
}

func TestAServerThatWasPutBackIsReadFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.server.reports = driver.Reports{Next: "9", Jobs: []driver.Job{{ID: "a"}}}
		s.report(t.Context())
		s.server.reports = driver.Reports{Next: "2", Jobs: []driver.Job{{ID: "b"}}}
		s.report(t.Context())
		batches := sent[jobsBatch](t, s, "jobs")
		if len(batches) != 2 || !cmp.Equal(batches[1].ids(), []string{"b"}) {
			t.Errorf("batches %+v", batches)
		}
	})
}

func TestAWrongClockIsMeasuredAndTheCallGoesThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		const ahead = 3 * time.Hour
		s.play("hello", func([]byte) answer {
			s.mu.Lock()
			signed, err := sign.ReadStamp(s.calls[len(s.calls)-1].header.Get(sign.TimeHeader))
			s.mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			now := time.Now().Add(ahead)
			if off := now.Sub(signed).Abs(); off > 5*time.Minute {
				return answer{
					status: http.StatusUnauthorized, body: Refusal{Code: "clock_skew"},
					header: http.Header{sign.ServerTimeHeader: {sign.Stamp(now)}},
				}
			}
			return answer{body: helloReply{}}
		})
		s.hello(t.Context())
		if off := (s.Client.Offset() - ahead).Abs(); off > time.Second {
			t.Errorf("measured %s", s.Client.Offset())
		}
		s.hello(t.Context())
		hellos := sent[helloRequest](t, s, "hello")
		if len(hellos) != 3 || hellos[2].ClockOffsetMS < ahead.Milliseconds()-1000 {
			t.Errorf("hellos %+v", hellos)
		}
		if text := s.log.String(); strings.Contains(text, "hello") {
			t.Errorf("a wrong clock is said to be an error:\n%s", text)
		}
	})
}

// What a platform, or whatever stands on the way to it, answers never makes the agent put aside an entry that is not there.
func FuzzRefusals(f *testing.F) {
	f.Add([]byte(`{"code":"batch_refused","fields":[{"name":"/jobs/1/job/state","code":"unknown"}]}`), 3)
	f.Add([]byte(`{"code":"batch_refused","fields":[{"name":"jobs/-1","code":"x"},{"name":"/jobs/99999999999999999999/","code":"x"}]}`), 1)
	f.Add([]byte(`<html>`), 0)
	f.Fuzz(func(t *testing.T, body []byte, count int) {
		err := (&Client{}).refusal(&http.Response{StatusCode: http.StatusUnprocessableEntity, Header: http.Header{}}, body, time.Time{})
		if err == nil || err.Error() == "" {
			t.Fatal("a refusal is no error")
		}
		index, reason, named := badEntry(err, "jobs", count)
		if named && (index < 0 || index >= count || reason == "") {
			t.Errorf("entry %d of %d: %q", index, count, reason)
		}
	})
}
