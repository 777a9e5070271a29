package agent

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

func TestAResultIsBroughtUntilThePlatformTookIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		away := 2
		s.play("result", func([]byte) answer {
			if away--; away >= 0 {
				return answer{status: http.StatusServiceUnavailable, body: struct{}{}}
			}
			return answer{body: struct{}{}}
		})
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 3}))
		results := sent[resultRequest](t, s, "result")
		if len(results) != 3 {
			t.Fatalf("brought %d times", len(results))
		}
		for _, r := range results {
			if r.ResultID != results[0].ResultID || r.Outcome != Done || r.Observed == nil || r.Observed.Generation != 3 {
				t.Errorf("brought %+v, first %+v", r, results[0])
			}
		}
		s.bringPending(t.Context())
		if again := sent[resultRequest](t, s, "result"); len(again) != 3 {
			t.Errorf("brought again although it was taken")
		}
	})
}

func TestAResultThatNobodyTookIsBroughtByTheNextRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.play("result", func([]byte) answer { return answer{lost: errors.New("no route")} })
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1}))
		lost := len(sent[resultRequest](t, s, "result"))
		s.restart(t)
		s.play("result", func([]byte) answer { return answer{body: struct{}{}} })
		s.bringPending(t.Context())
		s.bringPending(t.Context())
		results := sent[resultRequest](t, s, "result")
		if len(results) != lost+1 || results[lost].ResultID != results[0].ResultID {
			t.Errorf("%d before the restart, then %+v", lost, results[lost:])
		}
	})
}

func TestARepeatIsAnsweredFromTheJournalWithoutTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 7}))
		s.restart(t)
		s.carryOut(t.Context(), s.lease(t, 2, driver.AccountSpec{Account: "acc_x", Generation: 7}))
		results := sent[resultRequest](t, s, "result")
		if len(s.server.ensured) != 1 || len(results) != 2 {
			t.Fatalf("the server was asked %d times, %d results", len(s.server.ensured), len(results))
		}
		if r := results[1]; r.Attempt != 2 || r.Outcome != Done || r.Observed == nil || r.Observed.Generation != 7 {
			t.Errorf("answered %+v", r)
		}
	})
}

func TestARefusalByAProxyOnTheWayLosesNoResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		away := true
		s.play("result", func([]byte) answer {
			if away {
				away = false
				return answer{status: http.StatusForbidden, body: "<html>"}
			}
			return answer{body: struct{}{}}
		})
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1}))
		if results := sent[resultRequest](t, s, "result"); len(results) != 2 {
			t.Errorf("brought %d times", len(results))
		}
	})
}

func TestAnOrderWhoseContentIsForAnotherAccountIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_y", Generation: 1}))
		results := sent[resultRequest](t, s, "result")
		if len(s.server.ensured) != 0 || len(results) != 1 || results[0].Code != "operation_refused" {
			t.Errorf("results %+v", results)
		}
	})
}

func TestAFailedAttemptIsTriedOnTheServerAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.server.ensure = func(context.Context) error { return errors.New("disk is full") }
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1}))
		s.server.ensure = nil
		s.carryOut(t.Context(), s.lease(t, 2, driver.AccountSpec{Account: "acc_x", Generation: 1}))
		results := sent[resultRequest](t, s, "result")
		if len(results) != 2 || results[0].Outcome != Failed || results[0].Detail != "disk is full" || results[1].Outcome != Done {
			t.Errorf("results %+v", results)
		}
	})
}

func TestNothingIsDoneThatThePlatformDidNotOrder(t *testing.T) {
	for name, spoil := range map[string]func(*Lease){
		"another attempt":       func(l *Lease) { l.Attempt++ },
		"another account":       func(l *Lease) { l.Account = "acc_y" },
		"another tenant":        func(l *Lease) { l.Tenant = "ten_y" },
		"another content":       func(l *Lease) { l.Spec = []byte(`{"account":"acc_x","generation":9}`) },
		"another kind":          func(l *Lease) { l.Kind = kindTrash },
		"no signature":          func(l *Lease) { l.Signature = nil },
		"a server of others":    func(l *Lease) { l.Server = "srv_y" },
		"a signature of others": func(l *Lease) { l.Signature[0] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				l := s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1})
				spoil(&l)
				s.carryOut(t.Context(), l)
				results := sent[resultRequest](t, s, "result")
				if len(s.server.ensured) != 0 {
					t.Error("the server was asked")
				}
				if len(results) != 1 || results[0].Outcome != Refused || results[0].Code != "operation_refused" {
					t.Errorf("results %+v", results)
				}
			})
		})
	}
}

func TestWhatWasDoneIsNotToldToAnOrderThatIsNotThePlatforms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1}))
		again := s.lease(t, 2, driver.AccountSpec{Account: "acc_x", Generation: 1})
		again.Signature = nil
		s.carryOut(t.Context(), again)
		results := sent[resultRequest](t, s, "result")
		if len(results) != 2 || results[1].Outcome != Refused || results[1].Observed != nil {
			t.Errorf("results %+v", results)
		}
	})
}

func TestAPasswordReachesOnlyTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		const password = "correct horse battery staple"
		spec := driver.AccountSpec{Account: "acc_x", Generation: 1, Devices: []driver.DeviceSpec{{
			Device: "dev_x", SealedPassword: sealed(t, password, s.Client.Identity.SealPublic),
		}}}
		s.server.ensure = func(context.Context) error { return errors.New("out of order") }
		s.carryOut(t.Context(), s.lease(t, 1, spec))
		if len(s.server.ensured) != 1 || string(s.server.ensured[0].Devices[0].Password) != password {
			t.Fatal("the server did not get the password")
		}
		for _, c := range s.calls {
			if strings.Contains(string(c.body), password) {
				t.Errorf("the password was sent to %s", c.path)
			}
		}
		if text := s.log.String(); text == "" || strings.Contains(text, password) {
			t.Errorf("the log says:\n%s", text)
		}
	})
}

func TestAPasswordSealedToAnotherKeyNeedsANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		other, err := newKeys()
		if err != nil {
			t.Fatal(err)
		}
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1, Devices: []driver.DeviceSpec{{
			Device: "dev_x", SealedPassword: sealed(t, "for somebody else", other.SealPublic),
		}}}))
		results := sent[resultRequest](t, s, "result")
		if len(s.server.ensured) != 0 || len(results) != 1 || results[0].Outcome != Refused || results[0].Code != "new_password_needed" {
			t.Errorf("results %+v", results)
		}
	})
}

func TestTheLeaseIsKeptWhileTheServerWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.server.ensure = func(context.Context) error { time.Sleep(65 * time.Second); return nil }
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1}))
		beats := sent[heartbeatRequest](t, s, "heartbeat")
		if len(beats) != 3 || beats[0].Lease != "lea_x" || beats[0].Attempt != 1 {
			t.Errorf("heartbeats %+v", beats)
		}
		time.Sleep(time.Hour)
		if after := sent[heartbeatRequest](t, s, "heartbeat"); len(after) != 3 {
			t.Errorf("%d heartbeats after the end", len(after)-3)
		}
	})
}

func TestWorkThatWasGivenToSomebodyElseIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.play("heartbeat", func([]byte) answer {
			return answer{status: http.StatusConflict, body: Refusal{Code: "stale_attempt"}}
		})
		s.server.ensure = func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(5 * time.Minute):
				return nil
			}
		}
		s.carryOut(t.Context(), s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1}))
		if results := sent[resultRequest](t, s, "result"); len(results) != 1 || results[0].Outcome != Failed {
			t.Errorf("results %+v", results)
		}
	})
}

func TestAnAgentThatIsStoppedLetsTheServerFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		given := false
		s.play("claim", func([]byte) answer {
			if given {
				return answer{body: claimReply{Leases: []Lease{}}}
			}
			given = true
			return answer{body: claimReply{Leases: []Lease{s.lease(t, 1, driver.AccountSpec{Account: "acc_x", Generation: 1})}}}
		})
		ctx, stop := context.WithCancel(t.Context())
		s.server.ensure = func(ctx context.Context) error {
			stop()
			time.Sleep(30 * time.Second)
			return ctx.Err()
		}
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if results := sent[resultRequest](t, s, "result"); len(results) != 1 || results[0].Outcome != Done {
			t.Errorf("results %+v", results)
		}
		if text := s.log.String(); strings.Contains(text, "ERROR") {
			t.Errorf("an orderly stop logs errors:\n%s", text)
		}
	})
}

func TestAClaimWhoseReplyGotLostIsMadeAgainUnderItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		lost := true
		s.play("claim", func([]byte) answer {
			if lost {
				lost = false
				return answer{lost: errors.New("connection reset")}
			}
			return answer{body: claimReply{Leases: []Lease{}}}
		})
		s.drain(t.Context())
		claims := sent[claimRequest](t, s, "claim")
		if len(claims) != 2 || claims[0].ClaimID != claims[1].ClaimID {
			t.Errorf("claims %+v", claims)
		}
	})
}

func TestAnAgentThatIsToldOfWorkClaimsAtOnceAlsoWithoutAHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.play("claim", func([]byte) answer { return answer{body: claimReply{Leases: []Lease{}, PollSeconds: 600}} })
		waits := false
		s.play("hello", func([]byte) answer { return answer{body: helloReply{PollSeconds: 600, Work: waits}} })
		s.connected.Store(true) // the hints of a connection that went dead in silence are lost
		s.wake = make(chan struct{}, 1)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			s.claimLoop(ctx)
			close(done)
		}()
		synctest.Wait()
		before := len(sent[claimRequest](t, s, "claim"))
		s.hello(ctx)
		synctest.Wait()
		if n := len(sent[claimRequest](t, s, "claim")); n != before {
			t.Errorf("claimed %d times more for nothing", n-before)
		}
		waits = true
		s.hello(ctx)
		synctest.Wait()
		if n := len(sent[claimRequest](t, s, "claim")); n == before {
			t.Error("did not claim")
		}
		stop()
		<-done
	})
}
