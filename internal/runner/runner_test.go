package runner_test

import (
	"context"
	"errors"
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
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/runner"
	"github.com/davit-cd/davit/internal/spec"
)

func open(t *testing.T, options runner.Options) (*runner.Runner, string) {
	t.Helper()
	dir := t.TempDir()
	if options.Grace == 0 {
		options.Grace = 300 * time.Millisecond
	}
	r, err := runner.New(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, dir
}

// files is a checkout: names and contents; a content that begins with "-> " is a
// link.
type files map[string]string

func (f files) write(_ context.Context, dir string) error {
	for name, text := range f {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if to, ok := strings.CutPrefix(text, "-> "); ok {
			if err := os.Symlink(to, at); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return os.MkdirAll(dir, 0o755)
}

func job(f files, steps ...string) runner.Job {
	j := runner.Job{Run: "shop-run-1", Attempt: 1, Service: "shop", Branch: "main", Commit: strings.Repeat("a", 40), Path: ".", Checkout: f.write}
	j.Stage.Name = "build"
	j.Stage.Timeout = 30 * time.Second
	for i, s := range steps {
		j.Stage.Steps = append(j.Stage.Steps, spec.Step{Name: fmt.Sprintf("s%d", i+1), Shell: s})
	}
	return j
}

// run runs j and holds that its outcome is want.
func run(t *testing.T, r *runner.Runner, j runner.Job, want pipeline.StageOutcome) runner.Outcome {
	t.Helper()
	out, err := r.Run(t.Context(), j)
	if err != nil {
		t.Fatalf("run: %v (%+v)", err, out)
	}
	if out.Outcome != want {
		t.Fatalf("outcome %s %q, want %s\n%s", out.Outcome, out.Reason, want, text(t, r, j))
	}
	return out
}

// text returns what the steps printed.
func text(t *testing.T, r *runner.Runner, j runner.Job) string {
	t.Helper()
	lines, _, _, err := r.ReadLog(j.Run, j.Stage.Name, j.Attempt, 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %s: %s\n", l.Step, l.Stream, l.Text)
	}
	return b.String()
}

func TestStepsPassAndAreLogged(t *testing.T) {
	r, dir := open(t, runner.Options{})
	j := job(files{"a.txt": "hello"}, "cat a.txt; echo; echo oops >&2", "printf 'no end'")
	var started time.Time
	j.Started = func(at time.Time) { started = at }
	out := run(t, r, j, pipeline.OutcomePassed)
	if started.IsZero() || !out.Started.Equal(started) || out.Finished.Before(started) {
		t.Errorf("started %v, outcome %+v", started, out)
	}
	log := text(t, r, j)
	for _, want := range []string{"s1 davit: started\n", "s1 out: hello\n", "s1 err: oops\n", "s1 davit: passed after ", "s2 out: no end\n", " davit: passed\n"} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %q:\n%s", want, log)
		}
	}
	lines, next, ended, err := r.ReadLog(j.Run, "build", 1, 0, 2)
	if err != nil || len(lines) != 2 || ended {
		t.Errorf("first page %v %v %v", lines, ended, err)
	}
	rest, _, ended, err := r.ReadLog(j.Run, "build", 1, next, 100)
	if err != nil || len(rest) < 5 || !ended || !rest[len(rest)-1].End {
		t.Errorf("rest %v %v %v", rest, ended, err)
	}
	_ = r.Close()
	left, _ := filepath.Glob(filepath.Join(dir, "work/runs/*/*"))
	if len(left) != 1 || filepath.Base(left[0]) != "build.1.log" {
		t.Errorf("left behind: %v", left)
	}
}

func TestEnvironmentIsClean(t *testing.T) {
	t.Setenv("SERVER_SECRET", "do not show")
	t.Setenv("PASSED_ON", "yes")
	r, dir := open(t, runner.Options{Pass: []string{"PASSED_ON"}})
	j := job(nil, `env | sort; test "$PWD" = "$DAVIT_CHECKOUT/svc"; test -d "$HOME"; test -d "$TMPDIR"; ! test -t 0`)
	j.Checkout, j.Path = files{"svc/x": ""}.write, "svc"
	j.Stage.Env = map[string]string{"COLOUR": "blue", "DAVIT_RUN": "forged"}
	run(t, r, j, pipeline.OutcomePassed)
	log := text(t, r, j)
	for _, want := range []string{"CI=true", "LANG=C.UTF-8", "COLOUR=blue", "DAVIT_RUN=shop-run-1", "DAVIT_STAGE=build", "PASSED_ON=yes", "HOME=" + dir} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in\n%s", want, log)
		}
	}
	if strings.Contains(log, "SERVER_SECRET") || strings.Contains(log, "forged") {
		t.Errorf("not clean:\n%s", log)
	}
}

func TestFailureIsSaidInPlainWords(t *testing.T) {
	r, _ := open(t, runner.Options{})
	for shell, want := range map[string]string{
		"echo fine; echo 'main.go:3: undefined: x' >&2; exit 3": `Step s1 exited with status 3; its last words were "main.go:3: undefined: x".`,
		"nosuchcommand-at-all": "Step s1 exited with status 127: a command was not found; its last words",
		"kill -KILL $$":        "Step s1 was killed (signal KILL)",
		"kill -TERM $$":        "Step s1 was ended by signal TERMINATED",
		"false; echo not here": "Step s1 exited with status 1.",
	} {
		j := job(nil, shell, "echo never")
		out := run(t, r, j, pipeline.OutcomeFailed)
		if !strings.HasPrefix(out.Reason, want) {
			t.Errorf("%s: reason %q, want %q", shell, out.Reason, want)
		}
		if strings.Contains(text(t, r, j), "never") {
			t.Errorf("%s: went on", shell)
		}
	}
}

func TestSecretsAreGivenAndMasked(t *testing.T) {
	r, dir := open(t, runner.Options{})
	j := job(nil, `test "$TOKEN" = hunter2hunter2; test "$(cat $DAVIT_SECRETS/key)" = filesecret; stat -c %a $DAVIT_SECRETS/key
echo "token is $TOKEN"; printf hunter2; sleep 0.1; printf 'hunter2\n'; cat $DAVIT_SECRETS/key >&2; echo; ls $HOME; echo $TOKEN; exit 4`)
	j.Stage.Secrets = []davit.SecretRef{{Name: "token", Env: "TOKEN"}, {Name: "file", File: "key"}}
	j.Secrets = map[string]string{"token": "hunter2hunter2", "file": "filesecret"}
	out := run(t, r, j, pipeline.OutcomeFailed)
	log := text(t, r, j) + out.Reason
	if strings.Contains(log, "hunter2") || strings.Contains(log, "filesecret") || !strings.Contains(log, "token is ***") || !strings.Contains(log, "out: 600") {
		t.Errorf("log:\n%s", log)
	}
	_ = r.Close()
	grep, _ := exec.Command("grep", "-rl", "-e", "hunter2", "-e", "filesecret", dir).Output()
	if len(grep) > 0 {
		t.Errorf("secrets are left in %s", grep)
	}
	j.Secrets = map[string]string{"token": "x"}
	if out := run(t, r, j, pipeline.OutcomeFailed); out.Reason != "The secret file is not set." {
		t.Errorf("reason %q", out.Reason)
	}
}

func TestTimeoutKillsEverything(t *testing.T) {
	r, _ := open(t, runner.Options{})
	mark := "77" + strconv.Itoa(os.Getpid())
	j := job(nil, "sleep "+mark+" & (trap '' TERM; setsid sleep "+mark+" & setsid sh -c 'trap \"\" TERM; sleep "+mark+"' & wait) & sleep "+mark)
	j.Stage.Timeout = 300 * time.Millisecond
	began := time.Now()
	out := run(t, r, j, pipeline.OutcomeTimedOut)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if out.Reason != "It took longer than 300ms, in step s1." {
		t.Errorf("reason %q", out.Reason)
	}
	none(t, mark)
}

// none holds that no process sleeps for mark seconds.
func none(t *testing.T, mark string) {
	t.Helper()
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range paths {
		if b, _ := os.ReadFile(p); strings.Contains(string(b), "sleep\x00"+mark) {
			t.Errorf("%s still runs: %q", p, b)
		}
	}
}

func TestDaemonsEndWithTheStage(t *testing.T) {
	r, _ := open(t, runner.Options{})
	mark := "88" + strconv.Itoa(os.Getpid())
	j := job(nil, "setsid sleep "+mark+" & env -i sleep "+mark+" & echo $! > pid", "kill -0 $(cat pid); echo still there")
	began := time.Now()
	run(t, r, j, pipeline.OutcomePassed)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if !strings.Contains(text(t, r, j), "still there") {
		t.Error("killed between the steps")
	}
	none(t, mark)
}

func TestCancelKillsAndIsLost(t *testing.T) {
	r, _ := open(t, runner.Options{})
	mark := "99" + strconv.Itoa(os.Getpid())
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("run cancelled")
	j := job(nil, "sleep "+mark)
	j.Started = func(time.Time) { time.AfterFunc(100*time.Millisecond, func() { cancel(stop) }) }
	out, err := r.Run(ctx, j)
	if out.Outcome != pipeline.OutcomeLost || !errors.Is(err, stop) {
		t.Errorf("%+v, %v", out, err)
	}
	none(t, mark)
}

func TestOutputsTravel(t *testing.T) {
	r, dir := open(t, runner.Options{})
	build := job(files{"svc/src": "1", "svc/old": "x", "svc/bin/data": "old"}, "mkdir -p bin/deep; echo hi > bin/app; chmod 755 bin/app; ln -s app bin/link; echo y > bin/deep/f; echo no > other")
	build.Path = "svc"
	build.Stage.Outputs = []string{"bin/**"}
	first := run(t, r, build, pipeline.OutcomePassed)
	if first.Facts.OutputFiles != 4 || first.Facts.Outputs == "" || first.Facts.OutputBytes != 8 {
		t.Errorf("facts %+v", first.Facts)
	}
	build.Attempt = 2
	if second := run(t, r, build, pipeline.OutcomePassed); second.Facts.Outputs != first.Facts.Outputs {
		t.Error("the same files make another archive")
	}
	use := job(files{"svc/src": "1", "svc/bin/data": "old"}, "test -x bin/app; test $(bin/../bin/link 2>/dev/null || cat bin/link) = hi; cat bin/deep/f; test ! -e other; cat bin/data")
	use.Path, use.Stage.Name = "svc", "test"
	use.Inputs = []davit.Digest{first.Facts.Outputs}
	run(t, r, use, pipeline.OutcomePassed)

	tars, _ := filepath.Glob(filepath.Join(dir, "work/runs/shop-run-1/outputs/*.tar"))
	if len(tars) != 1 {
		t.Fatalf("archives %v", tars)
	}
	if err := os.WriteFile(tars[0], []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Unpack(t.Context(), "shop-run-1", first.Facts.Outputs, t.TempDir()); err == nil || !strings.Contains(err.Error(), "have changed on disk") {
		t.Errorf("unpacked what changed: %v", err)
	}
	if err := errors.Join(r.Tidy("shop-run-1"), r.Forget("shop-run-1")); err != nil {
		t.Error(err)
	}
	if err := r.Unpack(t.Context(), "shop-run-1", first.Facts.Outputs, t.TempDir()); davit.KindOf(err) != davit.NotFound {
		t.Errorf("unpacked what is gone: %v", err)
	}
}

func TestOutputsAreRefused(t *testing.T) {
	r, _ := open(t, runner.Options{OutputBytes: 1000, OutputFiles: 5})
	for shell, want := range map[string]string{
		"true":                                                  "no file matches the output out",
		"mkdir out; ln -s ../../../etc out/l":                   "the symbolic link out/l leads out",
		"mkdir out; ln -s /etc/passwd out/l":                    "The symbolic link out/l leads out",
		"mkdir out; mkfifo out/p":                               "neither a file nor a link",
		"mkdir out; head -c 2000 /dev/zero>out/f":               "larger than",
		"mkdir out; for i in 1 2 3 4 5 6; do echo>out/$i; done": "more than 5 files",
	} {
		j := job(nil, shell)
		j.Stage.Outputs = []string{"out"}
		if out := run(t, r, j, pipeline.OutcomeFailed); !strings.Contains(strings.ToLower(out.Reason), strings.ToLower(want)) {
			t.Errorf("%s: reason %q, want %q", shell, out.Reason, want)
		}
	}
}

func TestLogIsBounded(t *testing.T) {
	r, dir := open(t, runner.Options{LogBytes: 50_000})
	j := job(nil, "yes 'all work and no play' | head -n 20000", "echo last >&2; exit 1")
	run(t, r, j, pipeline.OutcomeFailed)
	info, err := os.Stat(filepath.Join(dir, "work/runs/shop-run-1/build.1.log"))
	if err != nil || info.Size() > 52_000 {
		t.Errorf("log of %d bytes, %v", info.Size(), err)
	}
	log := text(t, r, j)
	if !strings.Contains(log, "the log is full") || !strings.Contains(log, "s2 davit: failed") {
		t.Errorf("log ends %s", log[max(0, len(log)-300):])
	}
}

func TestLongAndBinaryLines(t *testing.T) {
	r, _ := open(t, runner.Options{})
	j := job(nil, `head -c 100000 /dev/zero | tr '\0' x; echo; printf '\377\376 bin\r\n'`)
	run(t, r, j, pipeline.OutcomePassed)
	log := text(t, r, j)
	if strings.Count(log, "x") < 100_000 || !strings.Contains(log, "\uFFFD bin\n") {
		t.Errorf("log of %d bytes", len(log))
	}
}

func TestLeftoversOfADeadServerAreKilled(t *testing.T) {
	r, dir := open(t, runner.Options{})
	mark := "66" + strconv.Itoa(os.Getpid())
	id := "shop-run-1/build/1/dead"
	cmd := exec.Command("sh", "-c", "setsid sleep "+mark+" & sleep "+mark)
	cmd.Env = append(os.Environ(), "DAVIT_STAGE_ID="+id)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	folder := filepath.Join(dir, "work/runs/shop-run-1")
	if err := errors.Join(os.MkdirAll(filepath.Join(folder, "build.1", "checkout"), 0o755),
		os.WriteFile(filepath.Join(folder, "build.1.alive"), []byte(`{"ID":"`+id+`"}`), 0o600),
		os.WriteFile(filepath.Join(folder, "build.1.log"), []byte(`{"t":"2026-01-01T00:00:00Z","stream":"out","text":"before"}`+"\n"+`{"t":"2026`), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := r.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-done
	none(t, mark)
	j := job(nil, "echo again")
	run(t, r, j, pipeline.OutcomePassed)
	log := text(t, r, j)
	if !strings.Contains(log, "before") || !strings.Contains(log, "the server went away; the attempt starts again") || !strings.Contains(log, "again\n") {
		t.Errorf("log\n%s", log)
	}
}

func TestFaultsOfTheServerAreSaid(t *testing.T) {
	r, dir := open(t, runner.Options{})
	j := job(nil, "true")
	j.Checkout = func(context.Context, string) error {
		return fmt.Errorf("write: %w", syscall.ENOSPC)
	}
	out, err := r.Run(t.Context(), j)
	if err == nil || out.Outcome != pipeline.OutcomeFailed || !strings.HasPrefix(out.Reason, "The disk that holds the data folder is full") {
		t.Errorf("%+v, %v", out, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "work/runs/other-run-1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	j = job(nil, "true")
	j.Run = "other-run-1"
	if out, err := r.Run(t.Context(), j); err == nil || out.Outcome != pipeline.OutcomeFailed || out.Reason == "" {
		t.Errorf("%+v, %v", out, err)
	}
	for _, name := range []string{"", "..", "a/b", ".x", "a\x00"} {
		j.Run = name
		if _, err := r.Run(t.Context(), j); davit.KindOf(err) != davit.Invalid {
			t.Errorf("run %q: %v", name, err)
		}
	}
}
