package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// story is what happens, and what it has to remember from one step to the next.
type story struct {
	ctx        context.Context
	folder     string
	platform   *platform
	api        *client
	reseller   string
	customer   string
	account    string
	repository string // restic's address of the account
	source     string
}

const megabyte = 1_000_000

func (s *story) signIn() error {
	c, err := newClient(s.platform.address)
	if err != nil {
		return err
	}
	s.api = c
	var session struct {
		Home struct{ ID, Name string } `json:"home"`
	}
	_, token, _ := strings.Cut(s.platform.link, "#")
	if err := c.post(s.ctx, "/v1/links/follow", map[string]string{"token": token, "password": "correct horse battery staple"}, &session); err != nil {
		return err
	}
	var children struct {
		Items []struct {
			ID          string `json:"id"`
			DirectSales bool   `json:"direct_sales"`
		} `json:"items"`
	}
	if err := c.get(s.ctx, "/v1/tenants/"+session.Home.ID+"/children", &children); err != nil {
		return err
	}
	for _, child := range children.Items {
		if child.DirectSales {
			s.reseller = child.ID
		}
	}
	if s.reseller == "" {
		return errors.New("the supplier has no direct sales")
	}
	fmt.Printf("signed in at %s\n", session.Home.Name)
	return nil
}

func (s *story) path(rest string) string { return "/v1/tenants/" + s.reseller + rest }

func (s *story) createCustomer() error {
	var customer struct{ ID, Number string }
	err := s.api.post(s.ctx, s.path("/customers"), map[string]any{
		"kind": "business", "name": "Lantern Street Bakery", "email": "post@lantern-street.example",
	}, &customer)
	s.customer = customer.ID
	fmt.Printf("customer %s\n", customer.Number)
	return err
}

func (s *story) createAccount() error {
	var placements struct {
		Items []struct {
			Server string `json:"server"`
			Name   string `json:"name"`
		} `json:"items"`
	}
	if err := s.wait("an online server", func() (bool, error) {
		err := s.api.get(s.ctx, s.path("/servers/placements"), &placements)
		return len(placements.Items) > 0, err
	}); err != nil {
		return err
	}
	began := time.Now()
	var created struct {
		Account struct{ ID string } `json:"account"`
		Logins  []struct {
			Address string `json:"address"`
		} `json:"logins"`
	}
	if err := s.api.post(s.ctx, s.path("/accounts"), map[string]any{
		"customer": s.customer, "server": placements.Items[0].Server, "type": "online", "quota_bytes": 1000 * megabyte,
	}, &created); err != nil {
		return err
	}
	s.account, s.repository = created.Account.ID, created.Logins[0].Address
	if err := s.waitForAccount(); err != nil {
		return err
	}
	fmt.Printf("account active after %d ms\n", time.Since(began).Milliseconds())
	return nil
}

// waitForAccount waits until the server has carried out what was wanted last.
func (s *story) waitForAccount() error {
	return s.wait("the account", func() (bool, error) {
		var account struct {
			Generation         int64 `json:"generation"`
			ObservedGeneration int64 `json:"observed_generation"`
		}
		err := s.api.get(s.ctx, s.path("/accounts/"+s.account), &account)
		return account.ObservedGeneration >= account.Generation && account.Generation > 0, err
	})
}

func (s *story) wait(what string, ready func() (bool, error)) error {
	for range 600 {
		ok, err := ready()
		if err != nil || ok {
			return err
		}
		if !pause(s.ctx, 100*time.Millisecond) {
			return s.ctx.Err()
		}
	}
	return fmt.Errorf("%s is not there after a minute", what)
}

func (s *story) firstBackup() error {
	s.source = filepath.Join(s.folder, "files")
	for i := range 12 {
		if err := s.writeFile(fmt.Sprintf("ledger-%02d.bin", i), megabyte); err != nil {
			return err
		}
	}
	if err := s.mustEndWith(0, "init"); err != nil {
		return err
	}
	return s.mustEndWith(0, "backup", s.source)
}

func (s *story) incrementalBackup() error {
	if err := s.writeFile("ledger-12.bin", megabyte); err != nil {
		return err
	}
	return s.mustEndWith(0, "backup", s.source)
}

func (s *story) writeFile(name string, size int) error {
	file := filepath.Join(s.source, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	content := make([]byte, size)
	_, _ = rand.Read(content)
	return os.WriteFile(file, content, 0o600)
}

// killedBackup kills the client in the middle, as a laptop whose lid is closed, and then removes the lock it left.
func (s *story) killedBackup() error {
	for i := range 60 {
		if err := s.writeFile(fmt.Sprintf("photos/%02d.bin", i), 2*megabyte); err != nil {
			return err
		}
	}
	command := s.resticCommand(s.repository, "backup", "--limit-upload", "4000", s.source)
	if err := command.Start(); err != nil {
		return err
	}
	if !pause(s.ctx, 3*time.Second) {
		return s.ctx.Err()
	}
	if err := command.Process.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	_ = command.Wait()
	fmt.Println("client killed after 3 s")
	if err := s.waitForJob("interrupted"); err != nil {
		return err
	}
	return s.mustEndWith(0, "unlock", "--remove-all")
}

// quotaBackup makes the quota smaller than what a backup would need; restic gives up at once.
func (s *story) quotaBackup() error {
	var account struct {
		Version int64 `json:"version"`
	}
	if err := s.api.get(s.ctx, s.path("/accounts/"+s.account), &account); err != nil {
		return err
	}
	if err := s.api.patch(s.ctx, s.path("/accounts/"+s.account), account.Version, map[string]any{"quota_bytes": 60 * megabyte}); err != nil {
		return err
	}
	if err := s.waitForAccount(); err != nil {
		return err
	}
	if err := s.mustEndWith(1, "backup", s.source); err != nil {
		return err
	}
	return s.waitForJob("quota")
}

func (s *story) refusedLogin() error {
	u, err := url.Parse(strings.TrimPrefix(s.repository, "rest:"))
	if err != nil {
		return err
	}
	u.User = url.UserPassword(u.User.Username(), "not-the-password")
	got, err := s.restic("rest:"+u.String(), "snapshots")
	if err == nil && got == 0 {
		err = errors.New("a wrong password was let in")
	}
	return err
}

func (s *story) restore() error {
	target := filepath.Join(s.folder, "restored")
	if err := s.mustEndWith(0, "restore", "latest", "--target", target); err != nil {
		return err
	}
	compared := 0
	err := filepath.WalkDir(filepath.Join(target, s.source), func(restored string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		original := strings.TrimPrefix(restored, target)
		a, err := os.ReadFile(restored)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(original)
		if err != nil {
			return err
		}
		if string(a) != string(b) {
			return fmt.Errorf("%s differs", original)
		}
		compared++
		return nil
	})
	if err == nil && compared != 13 {
		err = fmt.Errorf("%d files came back, want 13", compared)
	}
	fmt.Printf("%d files are the same to the last byte\n", compared)
	return err
}

// job is what the demo prints of a job.
type job struct {
	Kind          string     `json:"kind"`
	State         string     `json:"state"`
	StartedAt     time.Time  `json:"started_at"`
	EndedAt       *time.Time `json:"ended_at"`
	UploadedBytes int64      `json:"uploaded_bytes"`
}

func (s *story) jobs() ([]job, error) {
	var page struct {
		Items []job `json:"items"`
	}
	err := s.api.get(s.ctx, s.path("/jobs?account="+s.account), &page)
	return page.Items, err
}

func (s *story) waitForJob(state string) error {
	return s.wait("a job that ended "+state, func() (bool, error) {
		jobs, err := s.jobs()
		for _, j := range jobs {
			if j.State == state {
				return true, err
			}
		}
		return false, err
	})
}

func (s *story) print() error {
	var health struct {
		Events []struct {
			Kind    string `json:"kind"`
			Count   int64  `json:"count"`
			Address string `json:"address"`
		} `json:"events"`
	}
	if err := s.wait("the refused login", func() (bool, error) {
		err := s.api.get(s.ctx, s.path("/health/"+s.account), &health)
		for _, e := range health.Events {
			if e.Kind == "login_refused" {
				return true, err
			}
		}
		return false, err
	}); err != nil {
		return err
	}
	jobs, err := s.jobs()
	if err != nil {
		return err
	}
	fmt.Printf("%-12s %-12s %10s %14s\n", "kind", "state", "duration", "uploaded")
	for i := len(jobs) - 1; i >= 0; i-- {
		j, took := jobs[i], "running"
		if j.EndedAt != nil {
			took = j.EndedAt.Sub(j.StartedAt).Round(10 * time.Millisecond).String()
		}
		fmt.Printf("%-12s %-12s %10s %14d\n", j.Kind, j.State, took, j.UploadedBytes)
	}
	for _, e := range health.Events {
		fmt.Printf("event %s, %d times, from %s\n", e.Kind, e.Count, e.Address)
	}
	var used struct {
		Items []struct {
			Bytes int64 `json:"bytes"`
		} `json:"items"`
	}
	if err := s.wait("a used-space sample", func() (bool, error) {
		err := s.api.get(s.ctx, s.path("/usage/"+s.account), &used)
		return len(used.Items) > 0, err
	}); err != nil {
		return err
	}
	fmt.Printf("used space %d bytes\n", used.Items[len(used.Items)-1].Bytes)
	return nil
}
