package uml

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Machine says what a machine has.
type Machine struct {
	Memory string        // as the kernel reads it, such as "1G", which is the default
	Within time.Duration // until it is switched off; default 3 minutes
	Slow   bool          // it takes minutes: only where the caller asks for such
}

const (
	kernel  = "linux.uml"
	inside  = "DAVIT_TEST_MACHINE"
	wanted  = "DAVIT_SLOW_MACHINES"
	started = "the machine has started"
	ended   = "the test has ended with "
)

// Inside reports whether this process runs in a machine that [Run] has booted.
func Inside() bool { return os.Getenv(inside) != "" }

// Run boots a machine and runs the calling test in it. The test here fails if it
// fails there; what it printed there is logged.
func Run(t *testing.T, m Machine) {
	t.Helper()
	if m.Slow && os.Getenv(wanted) == "" {
		t.Skip("NOT TESTED: it takes minutes, in a machine of its own: make machine")
	}
	path, err := exec.LookPath(kernel)
	if err != nil {
		t.Skipf("NOT TESTED: it needs a machine of its own: install the Debian package user-mode-linux (%v)", err)
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "init")
	text, err := bootScript(t.Name())
	if err == nil {
		err = os.WriteFile(script, []byte(text), 0o755) //nolint:gosec // the kernel executes it
	}
	if err != nil {
		t.Fatal(err)
	}
	out := m.boot(t, path, script, dir)
	switch {
	case !strings.Contains(out, started):
		t.Skipf("NOT TESTED: %s is here, but no machine starts:\n%s", kernel, out)
	case strings.Contains(out, "--- SKIP: "+t.Name()+" "):
		t.Skipf("skipped in the machine:\n%s", out)
	case !strings.Contains(out, ended+"0") || !strings.Contains(out, "--- PASS: "+t.Name()+" "):
		t.Errorf("in the machine:\n%s", out)
	default:
		t.Logf("in the machine:\n%s", out)
	}
}

// boot runs the kernel until the machine switches itself off and returns what
// came to its console.
func (m Machine) boot(t *testing.T, path, script, dir string) string {
	t.Helper()
	within := m.Within
	if within == 0 {
		within = 3 * time.Minute
	}
	memory := m.Memory
	if memory == "" {
		memory = "1G"
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "mem="+memory, "rootfstype=hostfs", "rootflags=/", "ro", "quiet",
		"con=null", "con0=null,fd:1", "init="+script)
	cmd.Env = append(os.Environ(), "TMPDIR="+memoryDir(dir)) // the machine's memory is a file there
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	text := strings.ReplaceAll(out.String(), "\r", "")
	if ctx.Err() != nil {
		text += fmt.Sprintf("\nthe machine was switched off after %s\n", within)
	} else if err != nil {
		text += fmt.Sprintf("\n%s: %v\n", kernel, err)
	}
	return text
}

// memoryDir is where the machine's memory lies: in memory, where there is room.
func memoryDir(otherwise string) string {
	const shared, room = "/dev/shm", 4 << 30
	var s syscall.Statfs_t
	if syscall.Statfs(shared, &s) == nil && int64(s.Bavail)*s.Bsize > room {
		return shared
	}
	return otherwise
}

// bootScript is the first process of the machine. All files are those of the system
// outside, not to be written; what is written goes to a folder in memory.
func bootScript(test string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("#!/bin/sh")
	say("mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t tmpfs -o mode=1777 tmpfs /run || exit 1")
	say("mount -t cgroup2 cgroup2 /sys/fs/cgroup")
	say("ip link set lo up || ifconfig lo up")
	say("export PATH=%s", quote(os.Getenv("PATH")))
	say("export HOME=/run/home TMPDIR=/run/tmp GOGC=400 GODEBUG=asyncpreemptoff=1 %s=1", inside)
	say("mkdir -p $HOME $TMPDIR")
	say("cd %s && echo %s", quote(here), started)
	say("%s -test.v -test.count=1 -test.run=%s", quote(self), quote(pattern(test)))
	say("echo %s$?", quote(ended))
	say("echo o >/proc/sysrq-trigger")
	say("while :; do sleep 1; done")
	return b.String(), nil
}

// pattern matches one test, or subtest, by its name.
func pattern(test string) string {
	return "^" + strings.ReplaceAll(test, "/", "$/^") + "$"
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
