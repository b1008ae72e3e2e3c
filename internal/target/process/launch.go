package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxOrder bounds what a launcher reads.
const maxOrder = 16 << 20

// Launch turns this process into the command of the instance whose folder is
// dir; it is what the hidden command `davit launch DIR` does. It returns only
// if that did not come about; nothing has been started then.
func Launch(dir string) error {
	return launch(dir, os.Stdin, func(string) {})
}

// launch tells passed about each durable step; tests crash there.
func launch(dir string, in io.Reader, passed func(step string)) error {
	var o order
	// An order cut short, because the server died while it wrote, does not parse.
	if err := json.NewDecoder(io.LimitReader(in, maxOrder)).Decode(&o); err != nil {
		return fmt.Errorf("davit: read the order: %w", err)
	}
	passed("ordered")
	// The file is not made here: without it the instance has been removed.
	l, err := lock(filepath.Join(dir, "lock"), false)
	if err != nil {
		return fmt.Errorf("davit: another process runs as this instance, or it was removed: %w", err)
	}
	passed("locked")
	if err := stillWanted(dir, o.Attempt); err != nil {
		return err
	}
	path, err := prepare(dir, o)
	if err != nil {
		return err
	}
	me := self(os.Getpid(), o.Attempt)
	me.Port = o.Port
	if err := writeDurable(filepath.Join(dir, "process.json"), me); err != nil {
		return fmt.Errorf("davit: %w", err)
	}
	passed("known")
	return become(path, o, l)
}

// stillWanted checks, under the lock, that nothing has changed since the order.
func stillWanted(dir string, attempt int) error {
	var want intent
	if err := readJSON(filepath.Join(dir, "intent.json"), &want); err != nil {
		return fmt.Errorf("davit: read the intent: %w", err)
	}
	if want.Stopping || want.Attempt != attempt {
		return errors.New("davit: this start is no longer wanted")
	}
	var before identity
	if err := readJSON(filepath.Join(dir, "process.json"), &before); err == nil && before.PID != os.Getpid() && before.alive() {
		return fmt.Errorf("davit: process %d still runs as this instance", before.PID)
	}
	return nil
}

// prepare makes what the command needs and returns the path of its program.
func prepare(dir string, o order) (string, error) {
	for _, sub := range []string{"tmp", "home"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return "", fmt.Errorf("davit: %w", err)
		}
	}
	if err := writeSecretFiles(o.FilesDir, o.Files); err != nil {
		return "", fmt.Errorf("davit: %w", err)
	}
	if err := os.Chdir(o.Dir); err != nil {
		return "", fmt.Errorf("davit: %w", err)
	}
	if o.NeedsFile != "" {
		if info, err := os.Stat(o.NeedsFile); err != nil || !info.IsDir() {
			return "", fmt.Errorf("davit: the artifact has no folder %q to serve", o.NeedsFile)
		}
	}
	if len(o.Command) == 0 {
		return "", errors.New("davit: there is no command to run")
	}
	path, err := findIn(o.Command[0], o.Env)
	if err != nil {
		return "", fmt.Errorf("davit: run %q: %w", o.Command[0], err)
	}
	return path, nil
}

// become replaces this process by the command. The lock stays with it.
func become(path string, o order, l *os.File) error {
	for _, c := range o.Cgroups {
		if err := os.WriteFile(c, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
			return fmt.Errorf("davit: set the limits: %w", err)
		}
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return fmt.Errorf("davit: %w", err)
	}
	if err := unix.Dup2(int(null.Fd()), 0); err != nil {
		return fmt.Errorf("davit: %w", err)
	}
	if _, err := unix.FcntlInt(l.Fd(), unix.F_SETFD, 0); err != nil { // not closed by exec
		return fmt.Errorf("davit: keep the lock: %w", err)
	}
	err = syscall.Exec(path, o.Command, o.Env)
	return fmt.Errorf("davit: run %q: %w", o.Command[0], err)
}
