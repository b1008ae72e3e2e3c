package gate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/mask"
)

// command runs a shell command: exit status 0 passes, another one refuses. One
// that takes too long has not answered.
//
// Parameters: run (a command, or a list of arguments), timeout (5m). The command
// sees only PATH, HOME, LANG, the secrets it was given and DAVIT_ variables, and
// nothing of the server's own environment.
type command struct{}

// lastBytes is how much of what a command printed a finding quotes.
const lastBytes = 2000

// Check runs the command to its end or its time-out.
func (command) Check(ctx context.Context, f Facts) davit.Finding {
	argv, err1 := f.argv()
	timeout, err2 := f.duration("timeout", 5*time.Minute)
	if err := errors.Join(err1, err2); err != nil {
		return f.unanswered(err.Error())
	}
	folder := f.Folder
	if folder == "" {
		var err error
		if folder, err = os.MkdirTemp("", "davit-gate-"); err != nil {
			return f.unanswered("there is no folder to run the command in")
		}
		defer os.RemoveAll(folder)
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out := newTail(lastBytes)
	masked := mask.NewWriter(out, f.mask())
	cmd := exec.CommandContext(within, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = folder, f.environment(folder), masked, masked
	// A group of its own, so that what the command started ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	start := time.Now()
	err := cmd.Run()
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // stragglers
	}
	_ = masked.Flush() // to memory
	took := time.Since(start)
	f.Now = f.Now.Add(took)
	found := f.verdict(ctx, within, err, timeout)
	found.Evidence = map[string]string{"took": took.Round(time.Millisecond).String(), "output": out.String()}
	if found.Answer == davit.Refused && out.String() != "" {
		found.Reason += ": " + lastLine(out.String())
	}
	found.Override = []davit.Role{davit.Admin}
	return found
}

func (f Facts) verdict(ctx, within context.Context, err error, timeout time.Duration) davit.Finding {
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // what it left behind does not count
		return pass("the command ended with status 0")
	case ctx.Err() != nil:
		return wait("the command was interrupted and will be run again", f.Deadline)
	case within.Err() != nil:
		return f.unanswered(fmt.Sprintf("the command did not end within %s", timeout))
	case failed && exit.ExitCode() >= 0:
		return refuse(fmt.Sprintf("the command ended with status %d", exit.ExitCode()))
	case failed:
		return f.unanswered("the command was killed: " + exit.String())
	}
	return f.unanswered("the command could not be run: " + f.mask().String(err.Error()))
}

// argv returns what to run.
func (f Facts) argv() ([]string, error) {
	switch v := f.Params["run"].(type) {
	case string:
		if strings.TrimSpace(v) != "" {
			return []string{"/bin/sh", "-e", "-c", v}, nil
		}
	case []string:
		if len(v) > 0 && v[0] != "" {
			return v, nil
		}
	case []any:
		var argv []string
		for _, a := range v {
			argv = append(argv, fmt.Sprint(a))
		}
		if len(argv) > 0 && argv[0] != "" {
			return argv, nil
		}
	}
	return nil, errors.New("parameter run: there is no command")
}

func (f Facts) environment(home string) []string {
	path := os.Getenv("PATH")
	if path == "" {
		path = "/usr/local/bin:/usr/bin:/bin"
	}
	if abs, err := filepath.Abs(home); err == nil {
		home = abs
	}
	env := []string{
		"PATH=" + path, "HOME=" + home, "LANG=C.UTF-8",
		"DAVIT_SERVICE=" + f.Service, "DAVIT_ENVIRONMENT=" + f.Environment,
		"DAVIT_RELEASE=" + f.Release.ID, "DAVIT_COMMIT=" + f.Release.Commit,
		"DAVIT_ARTIFACT=" + string(f.Release.Artifact), "DAVIT_CONFIG=" + string(f.Release.Configs[f.Environment]),
	}
	for k, v := range f.Secrets {
		env = append(env, k+"="+v)
	}
	return env
}

func (f Facts) mask() *mask.Mask {
	var values []string
	for _, v := range f.Secrets {
		values = append(values, v)
	}
	return mask.New(values...)
}
