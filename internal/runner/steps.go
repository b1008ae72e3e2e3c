package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// steps runs one step after the other. It returns why one failed, or an error
// when that was not the step's fault.
func (a *attempt) steps(ctx context.Context, env []string) (failed string, err error) {
	for i, step := range a.job.Stage.Steps {
		a.step = step.Name
		if a.step == "" {
			a.step = fmt.Sprintf("step %d", i+1)
		}
		a.log.say(a.step, "started")
		began := time.Now()
		failed, err := a.runStep(ctx, step.Shell, env)
		if err != nil || ctx.Err() != nil {
			return "", err
		}
		took := time.Since(began).Round(time.Millisecond)
		if failed != "" {
			a.log.say(a.step, fmt.Sprintf("failed after %s: %s", took, failed))
			return fmt.Sprintf("Step %s %s%s.", a.step, failed, a.log.lastWords()), nil
		}
		a.log.say(a.step, fmt.Sprintf("passed after %s", took))
		if err := a.log.failure(); err != nil {
			return "", fmt.Errorf("write the log: %w", err)
		}
	}
	a.step = ""
	return "", nil
}

// runStep runs one shell in a session of its own. Processes it leaves behind
// keep running, for the steps that follow, until the attempt is over.
func (a *attempt) runStep(ctx context.Context, shell string, env []string) (failed string, err error) {
	out, outEnd, err := a.pipe("out")
	if err != nil {
		return "", err
	}
	errs, errsEnd, err := a.pipe("err")
	if err != nil {
		_ = out.Close()
		return "", err
	}
	cmd := exec.Command("sh", "-e", "-c", shell) //nolint:noctx // killed as a group, below
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = a.folder(), env, out, errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	_, _ = out.Close(), errs.Close()
	if err != nil {
		return "", fmt.Errorf("start a shell: %w", err)
	}
	a.sessions = append(a.sessions, cmd.Process.Pid)
	if err := a.keepAlive(alive{ID: a.id, Session: cmd.Process.Pid, Start: startTime(cmd.Process.Pid)}); err != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		return "", err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err = <-done:
	case <-ctx.Done():
		killed := a.kill()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-done
		err = killed
	case <-a.log.broken:
		killed := a.kill()
		<-done
		return "", errors.Join(fmt.Errorf("write the log: %w", a.log.failure()), killed)
	}
	// What the shell itself wrote is in the pipe by now; a process that it left
	// behind may hold the pipe open for as long as it likes.
	for _, end := range []chan struct{}{outEnd, errsEnd} {
		select {
		case <-end:
		case <-time.After(100 * time.Millisecond):
		}
	}
	return howFailed(err)
}

// pipe returns a pipe whose other end goes to the log, and a channel that is
// closed when all of it is there.
func (a *attempt) pipe(stream string) (*os.File, chan struct{}, error) {
	from, to, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("open a pipe: %w", err)
	}
	end := make(chan struct{})
	w := a.log.writer(a.step, stream, a.lineReader())
	a.log.readers.Go(func() {
		defer close(end)
		_, _ = io.Copy(w, from)
		w.flush()
		_ = from.Close()
	})
	return to, end, nil
}

// howFailed puts the end of a shell into words.
func howFailed(err error) (string, error) {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return "", err
	}
	status, _ := exit.Sys().(syscall.WaitStatus)
	switch {
	case status.Signaled() && status.Signal() == syscall.SIGKILL:
		return "was killed (signal KILL); the machine may be short of memory", nil
	case status.Signaled():
		return fmt.Sprintf("was ended by signal %s", strings.ToUpper(status.Signal().String())), nil
	case exit.ExitCode() == 126:
		return "exited with status 126: a command cannot be executed", nil
	case exit.ExitCode() == 127:
		return "exited with status 127: a command was not found", nil
	}
	return fmt.Sprintf("exited with status %d", exit.ExitCode()), nil
}
