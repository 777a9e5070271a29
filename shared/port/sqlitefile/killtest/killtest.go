// Package killtest runs work in a process of its own, the test's own program started again, and kills it with SIGKILL while
// it works, so that a suite can look at what it left behind.
package killtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
)

const (
	variable = "KILLTEST_FOLDER"
	prefix   = "killtest: done "
)

// Kill has work done on the folder by another process, kills that process once it acknowledged enough, and returns all that
// it acknowledged. Work calls ack for each thing that is done for good, from as many goroutines as it likes, and does not
// return. What the test does before it calls Kill is done in both processes.
func Kill(t *testing.T, folder string, enough int, work func(folder string, ack func(what string))) []string {
	t.Helper()
	if own := os.Getenv(variable); own != "" {
		var mu sync.Mutex
		work(own, func(what string) {
			mu.Lock()
			defer mu.Unlock()
			_, _ = fmt.Fprintln(os.Stdout, prefix+what) // nobody listens any more: the kill is under way
		})
		t.Fatal("the work ended before it was killed")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+pattern(t.Name()), "-test.count=1")
	cmd.Env = append(os.Environ(), variable+"="+folder)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var done []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		what, ok := strings.CutPrefix(lines.Text(), prefix)
		if !ok {
			said.WriteString(lines.Text() + "\n")
			continue
		}
		if done = append(done, what); len(done) == enough {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(done) < enough {
		t.Fatalf("the process ended by itself after %d of %d: %v\n%s", len(done), enough, err, said.String())
	}
	return done
}

// pattern matches one test, and of its parents only what leads to it.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}
