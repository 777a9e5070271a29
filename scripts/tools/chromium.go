package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

const chromiumName = "chromium"

// debianChromium is where the Debian package puts the browser, and where the browser tests look when $CHROMIUM is unset.
const debianChromium = "/usr/bin/chromium"

// chromiumPackages are the browser and the two fonts that make screenshots the same on every machine.
var chromiumPackages = []string{"chromium", "fonts-inter", "fonts-noto-core"}

// ensureChromium finds the browser for the browser tests or installs Debian's, which only root can. Chromium is the one tool
// outside .tools: nobody publishes it as a package that could be built here.
func ensureChromium(ctx context.Context, log io.Writer) error {
	if chosen, ok := os.LookupEnv("CHROMIUM"); ok && chosen != "" {
		if !isProgram(chosen) {
			return errors.New("$CHROMIUM names no program that can be run")
		}
		return nil
	}
	if isProgram(debianChromium) {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("no chromium: install one and set CHROMIUM to its path, or as root on Debian run: apt-get install %s",
			strings.Join(chromiumPackages, " "))
	}
	fmt.Fprintln(log, "tools: installing Debian's Chromium")
	if err := aptGet(ctx, "update"); err != nil {
		return err
	}
	if err := aptGet(ctx, append([]string{"install", "-y", "--no-install-recommends"}, chromiumPackages...)...); err != nil {
		return err
	}
	if !isProgram(debianChromium) {
		return fmt.Errorf("apt-get installed chromium, but there is no %s", debianChromium)
	}
	return nil
}

func aptGet(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
