package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/demo"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/shared/port/secret/file"
)

// The demonstration runs inside the running platform. The command reaches it over loopback, with a token that only who can
// read the data folder knows.
const (
	demoPath   = "/local/v1/demo"
	localToken = "platform/local-token"
)

func token(ctx context.Context, data string) (string, error) {
	v, err := file.Secrets{Folder: filepath.Join(data, "secrets")}.GetOrCreate(ctx, localToken, func() ([]byte, error) { return []byte(rand.Text()), nil })
	return string(v.Reveal()), err
}

// withLocal answers the operator's own commands before everything else.
func withLocal(o *platform.Opened, known string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != demoPath {
			next.ServeHTTP(w, r)
			return
		}
		given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if r.Method != http.MethodPost || !fromLoopback(r) || subtle.ConstantTimeCompare([]byte(given), []byte(known)) != 1 {
			http.NotFound(w, r)
			return
		}
		seed, err := strconv.ParseUint(r.URL.Query().Get("seed"), 10, 64)
		if err != nil {
			http.Error(w, "seed must be a number", http.StatusBadRequest)
			return
		}
		result, err := demo.Fill(r.Context(), o.Platform, seed)
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if err := json.NewEncoder(w).Encode(result); err != nil {
			o.Log.ErrorContext(r.Context(), "answer the demonstration", "error", err)
		}
	})
}

func fromLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

func fillDemo(ctx context.Context, c platform.Config, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "the same seed makes the same tree")
	asJSON := flags.Bool("json", false, "print everything as JSON, for scripts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	known, err := token(ctx, c.Data)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.Addr+demoPath+"?seed="+strconv.FormatUint(*seed, 10), nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+known)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the platform does not run at %s (tierkeep run): %w", c.Addr, err)
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return err
	}
	if reply.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(body)))
	}
	if *asJSON {
		var indented bytes.Buffer
		if err := json.Indent(&indented, body, "", "  "); err != nil {
			return err
		}
		_, err = indented.WriteTo(out)
		return err
	}
	return table(body, out)
}

func table(body []byte, out io.Writer) error {
	var r demo.Result
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	for _, t := range r.Tenants {
		who := "no sign-in"
		if t.SignIn != nil {
			who = t.SignIn.Email + " at " + t.SignIn.Address
		}
		if _, err := fmt.Fprintf(out, "%-12s %-24s %s\n", t.Level, t.Name, who); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "\nEverybody's password: %s\nAn empty account for restic: %s\n", r.Tenants[0].SignIn.Password, r.Vault.Repository)
	return err
}
