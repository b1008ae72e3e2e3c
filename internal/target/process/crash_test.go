package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// crashingServer is a server that works in data and dies, as by a power cut of
// its own, when it has passed a step for the nth time.
func crashingServer(data, step, nth string) {
	n, _ := strconv.Atoi(nth)
	exe, _ := os.Executable()
	t := New(Options{Data: data, Executable: exe, Unpack: unpackNothing})
	passed := make(chan string)
	go func() {
		for s := range passed {
			if s == step {
				if n--; n == 0 {
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
			}
		}
	}()
	t.passed = func(s string) { passed <- s; passed <- "" } // the second send waits for the first to be dealt with
	w := davit.Workload{
		Service: "shop", Environment: "production", Release: "shop-1", Artifact: davit.DigestOf(nil),
		Command: []string{exe, "service", "good"}, StopWithin: 2 * time.Second,
		Ready: davit.Check{TCP: true, Interval: 50 * time.Millisecond},
	}
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	check(t.Ensure(ctx, w, 2, 1))
	_, err := t.Await(ctx, w.Release, w.Environment, 2)
	check(err)
	check(t.Ensure(ctx, w, 1, 2))
	check(t.Stop(ctx, w.Release, w.Environment, 3))
	fmt.Println("done")
}

func unpackNothing(context.Context, davit.Digest, string) error { return nil }

// TestCrashAtEveryStep kills a server at each durable step. The next one must
// bring about what was asked for last: nothing lost, doubled or left behind.
func TestCrashAtEveryStep(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"group-kept", "folder-made", "intent-kept", "unpacked", "attempted", "forked", "ordered", "stop-kept", "before-signal", "signalled", "buried", "forgotten"} {
		for _, nth := range []string{"1", "2"} {
			t.Run(step+" "+nth, func(t *testing.T) {
				t.Parallel()
				data := t.TempDir()
				t.Cleanup(func() { // a failed test leaves nothing running either
					for _, p := range processesOf(data) {
						id, _, _ := strings.Cut(p, " ")
						pid, _ := strconv.Atoi(id)
						_ = syscall.Kill(pid, syscall.SIGKILL)
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				out, err := exec.CommandContext(ctx, exe, "server", data, step, nth).CombinedOutput()
				if err == nil || !strings.Contains(err.Error(), "killed") {
					t.Fatalf("the server was not killed: %v %s", err, out)
				}
				var want groupIntent
				if err := readJSON(filepath.Join(data, "instances", "groups", "shop-1@production.json"), &want); err != nil {
					t.Fatal(err)
				}
				w := &world{t: t, data: data, opt: Options{Data: data, Executable: exe, Unpack: unpackNothing}}
				w.reopen()
				defer func() { w.Close() }()
				eventually(t, fmt.Sprintf("%d instances are ready", want.Count), func() bool {
					ready := 0
					for _, i := range w.Instances("", "") {
						if i.State != davit.Ready {
							return false
						}
						ready++
					}
					return ready == want.Count
				}, func() string { return fmt.Sprintf("%+v\n%v\n%s", w.Instances("", ""), processesOf(data), w.log(0)) })
				if got := processesOf(data); len(got) != want.Count {
					t.Errorf("%d processes run, %d are wanted: %v", len(got), want.Count, got)
				}
				w.stop(want.Workload, 9)
				if got := processesOf(data); len(got) != 0 {
					t.Errorf("processes left: %v", got)
				}
				if left, _ := filepath.Glob(filepath.Join(data, "instances", "*shop*")); len(left) > 0 {
					t.Errorf("folders left: %v", left)
				}
			})
		}
	}
}

// TestCrashOfTheLauncher kills launchers at their steps: the instance comes up
// nevertheless, once.
func TestCrashOfTheLauncher(t *testing.T) {
	for _, step := range []string{"ordered", "locked", "known"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.passed = func(s string) {
				if s == "folder-made" {
					_ = os.WriteFile(filepath.Join(w.dir, "shop-1-production-1", "crash"), []byte(step), 0o600)
				}
			}
			l := w.load("good")
			w.ensure(l, 1, 1)
			w.await(l, 1)
			if i := w.Instances("", "")[0]; i.Restarts != 1 {
				t.Errorf("restarts: %+v", i)
			}
			if got := processesOf(w.data); len(got) != 1 {
				t.Errorf("processes: %v", got)
			}
		})
	}
}

// TestLateLauncher lets a launcher of an attempt that is over come too late.
func TestLateLauncher(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.load("good")
	w.ensure(l, 1, 1)
	w.await(l, 1)
	dir := filepath.Join(w.dir, "shop-1-production-1")
	late := func() error {
		return launch(dir, strings.NewReader(`{"Attempt":1,"Command":["true"],"Dir":"/"}`), func(string) {})
	}
	if err := late(); err == nil || !strings.Contains(err.Error(), "another process runs as this instance") {
		t.Errorf("while it runs: %v", err)
	}
	if err := launch(dir, strings.NewReader(`{"Attempt":1,"Comm`), func(string) {}); err == nil {
		t.Error("half an order was obeyed")
	}
	p := w.pid("shop-1-production-1")
	i := w.matching("", "")[0]
	if err := i.keep(func(want *intent) { want.Stopping = true }); err != nil {
		t.Fatal(err)
	}
	_ = syscall.Kill(p.PID, syscall.SIGKILL)
	eventually(t, "the lock is free", func() bool { return !held(filepath.Join(dir, "lock")) })
	if err := late(); err == nil {
		t.Error("it was obeyed though the instance is to stop")
	}
}

// TestForeignPid gives an instance the pid of a process that is not
// its own, as after a restart of the machine.
func TestForeignPid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.load("good")
	w.ensure(l, 1, 1)
	w.await(l, 1)
	p := w.pid("shop-1-production-1")
	w.Close()
	_ = syscall.Kill(p.PID, syscall.SIGKILL)
	eventually(t, "it is dead", func() bool { return !held(filepath.Join(w.dir, "shop-1-production-1", "lock")) })
	bystander := exec.CommandContext(t.Context(), "sleep", "100")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	for n, foreign := range []identity{{Attempt: 1, PID: bystander.Process.Pid, Start: "1", Boot: bootID()}, {Attempt: 1, PID: bystander.Process.Pid, Start: self(bystander.Process.Pid, 1).Start, Boot: "another"}} {
		if err := writeDurable(filepath.Join(w.dir, "shop-1-production-1", "process.json"), foreign); err != nil {
			t.Fatal(err)
		}
		w.reopen()
		eventually(t, "a new process is ready", func() bool {
			return w.Instances("", "")[0].State == davit.Ready && w.pid("shop-1-production-1").PID != foreign.PID
		})
		w.stop(l, uint64(10*n+2))
		w.ensure(l, 1, uint64(10*n+3))
		w.await(l, 1)
		w.Close()
		_ = syscall.Kill(w.pid("shop-1-production-1").PID, syscall.SIGKILL)
		eventually(t, "it is dead", func() bool { return !held(filepath.Join(w.dir, "shop-1-production-1", "lock")) })
	}
	w.reopen()
	if !self(bystander.Process.Pid, 0).alive() {
		t.Error("a foreign process was killed")
	}
	_ = bystander.Process.Kill()
	_ = bystander.Wait()
}

// processesOf returns the processes that live in a data folder.
func processesOf(data string) []string {
	var found []string
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, _ := os.ReadFile("/proc/" + e.Name() + "/environ")
		args, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if bytes.Contains(env, []byte("HOME="+data)) || bytes.Contains(args, []byte("launch\x00"+data)) {
			found = append(found, e.Name()+" "+string(bytes.ReplaceAll(args, []byte{0}, []byte(" "))))
		}
	}
	return found
}
