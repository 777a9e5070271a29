// Command demo does the main job as a user would: it starts a platform of its own, signs in, creates a customer and an
// account, backs up to it with a real restic client (well, killed, over quota, with a wrong password), restores and
// compares every byte, and then prints what the platform recorded of all that.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "tierkeep-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	platform, err := startPlatform(ctx, folder)
	if err != nil {
		return err
	}
	defer platform.stop()
	story := &story{ctx: ctx, folder: folder, platform: platform}
	for _, step := range []struct {
		title string
		do    func() error
	}{
		{"Sign in with the one-time link", story.signIn},
		{"Create a customer", story.createCustomer},
		{"Create an account on the local vault", story.createAccount},
		{"First backup", story.firstBackup},
		{"Incremental backup", story.incrementalBackup},
		{"A backup whose client is killed", story.killedBackup},
		{"A backup that runs into the quota", story.quotaBackup},
		{"A refused login", story.refusedLogin},
		{"Restore, compared byte by byte", story.restore},
		{"What the platform recorded", story.print},
	} {
		fmt.Printf("\n== %s\n", step.title)
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	return nil
}
