package dockerd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Daemon is a Docker daemon that answers.
type Daemon struct {
	Host string // for DOCKER_HOST; empty: the machine's own
}

// Start returns a daemon, or skips the test.
func Start(t testing.TB) Daemon {
	t.Helper()
	var d Daemon
	if _, err := d.Docker("info"); err == nil {
		return d
	}
	program, err := exec.LookPath("dockerd")
	if err != nil || os.Getuid() != 0 {
		t.Skip("NOT TESTED: there is no docker daemon, and none can be started")
	}
	dir, err := os.MkdirTemp("", "dockerd-") // short: the path of a socket has 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	d.Host = "unix://" + in("sock")
	var said bytes.Buffer
	daemon := exec.Command(program, "--host", d.Host, "--data-root", in("data"), "--exec-root", in("exec"), "--pidfile", in("pid"),
		"--bridge", "none", "--iptables=false", "--ip6tables=false", "--storage-driver", "vfs", "--containerd-namespace", "davit-test")
	daemon.Stdout, daemon.Stderr = &said, &said
	if err := daemon.Start(); err != nil {
		t.Skipf("NOT TESTED: dockerd does not start: %v", err)
	}
	over := make(chan struct{})
	go func() {
		_ = daemon.Wait()
		close(over)
	}()
	t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		select {
		case <-over:
		case <-time.After(20 * time.Second):
			_ = daemon.Process.Kill()
			<-over
		}
		_ = os.RemoveAll(dir)
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if _, err := d.Docker("info"); err == nil {
			return d
		}
		select {
		case <-over:
			lines := strings.Split(strings.TrimSpace(said.String()), "\n")
			t.Skipf("NOT TESTED: dockerd ends at once: %s", lines[len(lines)-1])
		case <-time.After(200 * time.Millisecond):
		}
	}
	t.Skip("NOT TESTED: dockerd did not answer within a minute")
	return d
}

// Docker runs one docker command against the daemon and returns what it said.
func (d Daemon) Docker(args ...string) (string, error) {
	out, err := d.Command(args...).CombinedOutput()
	return string(out), err
}

// Command returns a docker command for the daemon.
func (d Daemon) Command(args ...string) *exec.Cmd {
	cmd := exec.Command("docker", args...)
	if d.Host != "" {
		cmd.Env = append(os.Environ(), "DOCKER_HOST="+d.Host)
	}
	return cmd
}
