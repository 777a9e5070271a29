package vault_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

func TestUploadsSideBySideCannotPassTheQuotaTogether(t *testing.T) {
	w, s, c := opened(t)
	used := w.wantExact(*s)
	w.change(s, func(s *driver.AccountSpec) { s.QuotaBytes = used + 25_000 })
	var taken, refused atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			o := newObject(10_000)
			switch c.status(http.MethodPost, "/data/"+o.name, o.content) {
			case http.StatusOK:
				taken.Add(1)
			case http.StatusForbidden:
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if taken.Load() != 2 || refused.Load() != 6 {
		t.Fatalf("%d taken, %d refused", taken.Load(), refused.Load())
	}
	if got := w.wantExact(*s); got != used+20_000 {
		t.Fatalf("%d bytes used, want %d", got, used+20_000)
	}
	c.save("data", 5_000) // what was reserved for the refused is free again, to the byte
	o := newObject(1)
	c.want(http.StatusForbidden, http.MethodPost, "/data/"+o.name, o.content)
}

func TestAnUploadUnderWayHoldsItsSpaceAndGivesItBackWhenItBreaksOff(t *testing.T) {
	w, s, c := opened(t)
	w.change(s, func(s *driver.AccountSpec) { s.QuotaBytes = w.wantExact(*s) + 25_000 })
	slow := w.slowUpload(c, *s, newObject(20_000))
	o := newObject(10_000)
	c.want(http.StatusForbidden, http.MethodPost, "/data/"+o.name, o.content)
	slow.breakOff()
	waitFor(t, "the space to be free", func() bool { return c.status(http.MethodPost, "/data/"+o.name, o.content) == http.StatusOK })
	w.wantExact(*s)
}

// slowUpload is half an upload, under way.
type slowUpload struct {
	t        testing.TB
	body     *io.PipeWriter
	answered chan int // the status, 0 when there was no answer
}

func (w *world) slowUpload(c *client, s driver.AccountSpec, o object) *slowUpload {
	w.t.Helper()
	body, upload := io.Pipe()
	slow := &slowUpload{w.t, upload, make(chan int, 1)}
	go func() {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.url+"/"+c.login+"/data/"+o.name, body)
		if err != nil {
			panic(err)
		}
		r.ContentLength = int64(len(o.content))
		r.SetBasicAuth(c.login, c.password)
		reply, err := c.http.Do(r)
		if err != nil {
			slow.answered <- 0
			return
		}
		_ = reply.Body.Close()
		slow.answered <- reply.StatusCode
	}()
	if _, err := upload.Write(o.content[:len(o.content)/2]); err != nil {
		w.t.Fatal(err)
	}
	waitFor(w.t, "the upload to be under way", func() bool {
		found, err := filepath.Glob(filepath.Join(w.folder, "data", s.Account, "*", "data", "*", "*temp*"))
		return err == nil && len(found) == 1
	})
	return slow
}

// breakOff ends the upload and returns how it was answered.
func (s *slowUpload) breakOff() int {
	_ = s.body.CloseWithError(io.ErrUnexpectedEOF)
	return <-s.answered
}

func TestWhatIsRemovedCanBeUsedAgain(t *testing.T) {
	w, s, c := opened(t)
	pack := c.save("data", 10_000)
	w.change(s, func(s *driver.AccountSpec) { s.QuotaBytes = w.wantExact(*s) })
	o := newObject(10_000)
	c.want(http.StatusForbidden, http.MethodPost, "/data/"+o.name, o.content)
	c.remove("data", pack)
	c.remove("data", pack) // a repeated removal gives nothing back twice
	c.want(http.StatusOK, http.MethodPost, "/data/"+o.name, o.content)
	w.wantExact(*s)
}

func TestLocksPassTheQuotaButHideNoData(t *testing.T) {
	w, s, c := opened(t)
	w.change(s, func(s *driver.AccountSpec) { s.QuotaBytes = 1 })
	c.remove("locks", c.save("locks", 150))
	o := newObject(2 << 20)
	c.want(http.StatusForbidden, http.MethodPost, "/locks/"+o.name, o.content)
}

func TestAnUploadThatDoesNotSayHowLongItIsIsRefused(t *testing.T) {
	_, _, c := opened(t)
	o := newObject(1000)
	status, _ := c.do(http.MethodPost, "/data/"+o.name, io.MultiReader(bytes.NewReader(o.content))) // of no known length
	if status != http.StatusLengthRequired {
		t.Fatalf("got %d", status)
	}
}

func TestAnUploadThatIsNotWhatItsNameSaysIsRefusedAndNotCounted(t *testing.T) {
	w, s, c := opened(t)
	before := w.wantExact(*s)
	c.want(http.StatusBadRequest, http.MethodPost, "/data/"+newObject(1).name, []byte("something else"))
	if after := w.wantExact(*s); after != before {
		t.Fatalf("%d bytes before, %d after", before, after)
	}
}

func TestOneObjectSavedSideBySideCountsOnce(t *testing.T) {
	w, s, c := opened(t)
	before := w.wantExact(*s)
	o := newObject(200_000)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.url+"/"+c.login+"/data/"+o.name, bytes.NewReader(o.content))
			if err != nil {
				t.Error(err)
				return
			}
			r.SetBasicAuth(c.login, c.password)
			if reply, err := c.http.Do(r); err == nil { // the earlier ones are cut off, as their client has given them up
				_ = reply.Body.Close()
			}
		})
	}
	all.Wait()
	c.want(http.StatusForbidden, http.MethodPost, "/data/"+o.name, o.content) // somebody's was taken, and stands
	w.wantExact(*s)
	if after := w.ensure(*s).UsedBytes; after != before+200_000 {
		t.Fatalf("%d bytes, want %d", after, before+200_000)
	}
}

func TestALoginReachesItsOwnRepositoryOnly(t *testing.T) {
	w, _, c := opened(t)
	other := newSpec("shop-zzzzz")
	w.ensure(other)
	for _, path := range []string{"/shop-zzzzz/config", "/shop-zzzzz/../shop-a1b2c/config", "//config", "/", "/healthz/config"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path = path
		r.SetBasicAuth(c.login, c.password)
		reply, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = reply.Body.Close()
		if reply.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, reply.StatusCode)
		}
	}
	if c.status(http.MethodGet, "/data/../../../../vault.db", nil) == http.StatusOK {
		t.Fatal("the vault's own database was given away")
	}
	r, err := c.http.Get(w.url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusNoContent {
		t.Fatalf("healthz: %d", r.StatusCode)
	}
}

func TestDevicesOfAnAccountShareItsQuotaAndNothingElse(t *testing.T) {
	w := newWorld(t)
	s := newSpec("shop-first")
	s.Devices = append(s.Devices, driver.DeviceSpec{Device: id.New(id.Device, start), Login: "shop-second", Password: password})
	w.ensure(s)
	a, b := w.client("shop-first"), w.client("shop-second")
	a.create()
	b.create()
	pack := a.save("data", 10_000)
	b.want(http.StatusNotFound, http.MethodGet, "/data/"+pack, nil)
	o := w.ensure(s)
	if o.Devices[0].UsedBytes-o.Devices[1].UsedBytes != 10_000 || o.UsedBytes != o.Devices[0].UsedBytes+o.Devices[1].UsedBytes {
		t.Fatalf("%+v", o)
	}
	w.change(&s, func(s *driver.AccountSpec) { s.QuotaBytes = o.UsedBytes })
	b.want(http.StatusForbidden, http.MethodPost, "/data/"+newObject(5).name, []byte("12345"))

	// They exchange their logins in one change, and each keeps its data.
	w.change(&s, func(s *driver.AccountSpec) {
		s.Devices[0].Login, s.Devices[1].Login = "shop-second", "shop-first"
		s.Devices[0].Password, s.Devices[1].Password = "", ""
	})
	w.client("shop-second").want(http.StatusOK, http.MethodGet, "/data/"+pack, nil)
	w.reopen()
	w.client("shop-second").want(http.StatusOK, http.MethodGet, "/data/"+pack, nil)
	w.wantExact(s)
}

func TestARefusedChangeLeavesNothingBehind(t *testing.T) {
	w, s, c := opened(t)
	other := newSpec("shop-zzzzz")
	w.ensure(other)
	for name, test := range map[string]struct {
		change func(*driver.AccountSpec)
		want   error
	}{
		"a login of another account":  {func(s *driver.AccountSpec) { s.Devices[0].Login = "shop-zzzzz" }, driver.ErrLoginTaken},
		"a device of another account": {func(s *driver.AccountSpec) { s.Devices[0] = other.Devices[0]; s.Devices[0].Login = "shop-yyyyy" }, driver.ErrInvalid},
		"a new device without a password": {func(s *driver.AccountSpec) {
			s.Devices[0].Device = id.New(id.Device, start)
			s.Devices[0].Login = "shop-xxxxx"
			s.Devices[0].Password = ""
		}, driver.ErrInvalid},
		"a password beyond bcrypt": {func(s *driver.AccountSpec) { s.Devices[0].Password = driver.Secret(make([]byte, 73)) }, driver.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			before := w.ensure(*s)
			changed := *s
			changed.Generation += 5
			changed.Devices = slices.Clone(s.Devices)
			test.change(&changed)
			if _, err := w.vault.Ensure(t.Context(), changed); !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if diff := cmp.Diff(before, w.ensure(*s)); diff != "" {
				t.Fatal(diff)
			}
			c.want(http.StatusOK, http.MethodHead, "/config", nil)
		})
	}
}

func TestATrashedAccountEndsAnUploadUnderWayAndIsNotMadeAgainByIt(t *testing.T) {
	w, s, c := opened(t)
	kept := diskUse(t, filepath.Join(w.folder, "data", s.Account))
	slow := w.slowUpload(c, *s, newObject(100_000))
	for range 2 { // twice is once
		if err := w.vault.Trash(t.Context(), s.Account, s.Generation+1); err != nil {
			t.Fatal(err)
		}
	}
	if status := slow.breakOff(); status == http.StatusOK {
		t.Fatal("the upload was taken")
	}
	if _, err := os.Stat(filepath.Join(w.folder, "data", s.Account)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the account's folder is there: %v", err)
	}
	if in := diskUse(t, filepath.Join(w.folder, "trash")); in != kept {
		t.Fatalf("%d bytes in the trash, %d before", in, kept)
	}
	c.want(http.StatusUnauthorized, http.MethodHead, "/config", nil)

	w.reopen()
	for _, generation := range []int64{s.Generation, s.Generation + 2} {
		again := *s
		again.Generation = generation
		if _, err := w.vault.Ensure(t.Context(), again); !errors.Is(err, driver.ErrUnknownAccount) {
			t.Fatalf("generation %d brought it back: %v", generation, err)
		}
	}
	got, err := w.vault.Restore(t.Context(), s.Account, s.Generation+2)
	if err != nil || got.UsedBytes != kept {
		t.Fatalf("%+v, %v", got, err)
	}
	c.want(http.StatusOK, http.MethodHead, "/config", nil)
}

func TestWhatAKillLeftOfATrashedAccountIsMovedAtTheNextStart(t *testing.T) {
	w, s, _ := opened(t)
	data, trash := filepath.Join(w.folder, "data", s.Account), filepath.Join(w.folder, "trash")
	if err := w.vault.Trash(t.Context(), s.Account, 2); err != nil {
		t.Fatal(err)
	}
	in, err := os.ReadDir(trash)
	if err != nil || len(in) != 1 {
		t.Fatalf("%v, %v", in, err)
	}
	w.stop()
	if err := os.Rename(filepath.Join(trash, in[0].Name()), data); err != nil { // as if it had been killed before the move
		t.Fatal(err)
	}
	w.open()
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("still there: %v", err)
	}
}

func TestUsedSpaceIsSampledEveryHourAndAfterEachJob(t *testing.T) {
	w, s, c := opened(t)
	w.reports()
	lock := c.save("locks", 150)
	c.save("data", 1000)
	c.save("snapshots", 300)
	c.remove("locks", lock)
	want := w.wantExact(*s)
	for range 3 {
		usage := w.reports().Usage
		if u := usage[len(usage)-1]; u.Bytes != want || u.Files != 4 || u.Validate() != nil { // configuration, key, pack, snapshot
			t.Fatalf("%+v, want %d bytes", u, want)
		}
		samples := len(usage)
		w.advance(time.Hour)
		if usage = w.reports().Usage; len(usage) != samples+1 {
			t.Fatalf("%d samples, then %d", samples, len(usage))
		}
	}
}

func TestReportsAreForgottenAfterTwoMonthsAndNotBefore(t *testing.T) {
	w, _, _ := opened(t)
	first := w.jobs()[0].ID
	has := func() bool {
		return slices.ContainsFunc(w.reports().Jobs, func(j driver.Job) bool { return j.ID == first })
	}
	w.advance(59 * 24 * time.Hour)
	if !has() {
		t.Fatal("forgotten too early")
	}
	w.advance(2 * 24 * time.Hour)
	if has() {
		t.Fatal("kept for ever")
	}
}

func TestACursorThatTheVaultCannotHaveGivenIsRefused(t *testing.T) {
	w, _, _ := opened(t)
	last := w.reports().Next
	for _, cursor := range []string{"x", "-1", last + "0", "1.5", " 1"} {
		if _, err := w.vault.Reports(t.Context(), cursor, 10); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
	if _, err := w.vault.Reports(t.Context(), last, 0); !errors.Is(err, driver.ErrInvalid) {
		t.Errorf("a page of nothing: %v", err)
	}
	if _, err := w.vault.Reports(t.Context(), last, 10); err != nil {
		t.Error(err)
	}
}
