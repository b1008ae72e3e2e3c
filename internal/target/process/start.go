package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
)

// launchWithin bounds how long a launcher may take to read its order.
const launchWithin = 30 * time.Second

// start starts the process of the instance. It returns whether the step goes on
// at once, else when to come back.
func (i *instance) start(now time.Time) (again bool, next time.Time) {
	if held(filepath.Join(i.dir, "lock")) {
		return i.await(now)
	}
	if id, ok := i.running(); ok {
		i.adopt(now, id)
		return true, now
	}
	i.limbo = time.Time{}
	if i.expected {
		i.expected = false
		i.ends = ending{text: "it died while the server was away"}
		i.died(now)
		return true, now
	}
	select {
	case i.t.launching <- struct{}{}: // unpacking and forking in measured numbers
		defer func() { <-i.t.launching }()
	case <-i.t.ctx.Done():
		return false, now.Add(time.Second)
	}
	if !i.isWanted() {
		return true, now
	}
	o, err := i.order(i.t.ctx)
	if err == nil {
		err = i.launch(o)
	}
	if i.t.ctx.Err() != nil {
		return false, now.Add(time.Second) // the server goes; the next one goes on
	}
	if err != nil {
		now = time.Now()
		i.ends = ending{text: "it could not be started: " + err.Error()}
		if e, ok := errors.AsType[*davit.Error](err); ok {
			i.ends.hint = e.Hint
		}
		i.say("%s", i.ends.text)
		i.died(now)
		return false, i.startAt
	}
	return true, now
}

// await waits until the one who holds the lock says who it is.
func (i *instance) await(now time.Time) (again bool, next time.Time) {
	if id, ok := i.holder(); ok {
		i.adopt(now, id)
		return true, now
	}
	if i.limbo.IsZero() {
		i.limbo = now
	}
	if now.Sub(i.limbo) > unknownHold {
		i.killHolders()
	}
	return false, now.Add(20 * time.Millisecond)
}

// running returns the process that was started last if it is alive.
func (i *instance) running() (identity, bool) {
	var id identity
	if err := readJSON(filepath.Join(i.dir, "process.json"), &id); err != nil {
		return identity{}, false
	}
	return id, id.alive()
}

// holder returns the living process that has the lock.
func (i *instance) holder() (identity, bool) { return i.running() }

// order puts together what the launcher is told.
func (i *instance) order(ctx context.Context) (order, error) {
	w := i.workload()
	dir := filepath.Join(i.dir, "home")
	if w.Artifact != "" {
		var err error
		if dir, err = i.t.artifacts.ensure(ctx, w.Artifact); err != nil {
			return order{}, err
		}
		i.t.passed("unpacked")
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return order{}, err
	}
	values, err := i.secrets(ctx, w)
	if err != nil {
		return order{}, err
	}
	port, err := i.port(ctx)
	if err != nil {
		return order{}, err
	}
	o := order{Port: port, Command: w.Command, Dir: dir, Env: i.environ(w, values, port)}
	if w.Static != "" {
		if !filepath.IsLocal(w.Static) {
			return order{}, fmt.Errorf("serve %q: the folder is not inside the artifact", w.Static)
		}
		o.NeedsFile = filepath.Join(dir, w.Static)
		o.Command = []string{i.t.opt.Executable, "static", o.NeedsFile}
	}
	for _, s := range w.Secrets {
		if s.File == "" {
			continue
		}
		if !filepath.IsLocal(s.File) {
			return order{}, fmt.Errorf("secret file %q: not a name below $DAVIT_SECRETS", s.File)
		}
		if o.Files == nil {
			o.Files, o.FilesDir = map[string]string{}, i.t.secretDir(i.id)
		}
		o.Files[s.File] = values[s.Name]
	}
	if o.Cgroups, err = i.t.cgroups.set(i.id, bounds{memory: w.Memory, cpu: w.CPU, pids: i.t.opt.Pids}); err != nil {
		return order{}, err
	}
	i.oom = i.t.cgroups.outOfMemory(i.id)
	i.env, i.workDir = o.Env, dir
	i.trust(values)
	return o, nil
}

// secrets returns the values of what the workload names.
func (i *instance) secrets(ctx context.Context, w davit.Workload) (map[string]string, error) {
	var names []string
	for _, s := range w.Secrets {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	if i.t.opt.Secrets == nil {
		return nil, errors.New("read secrets: there is no store of secrets")
	}
	values, err := i.t.opt.Secrets(ctx, w.Service, w.Environment, names)
	if err != nil {
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	for _, n := range names {
		if _, ok := values[n]; !ok {
			return nil, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("secret %q is not set in %s", n, w.Environment), Hint: "davit secret set " + n}
		}
	}
	return values, nil
}

// port returns the port of the instance, another one if a foreign program has
// taken it in the meantime.
func (i *instance) port(ctx context.Context) (int, error) {
	old := i.intent().Port
	if _, ok := i.t.ports.handle(ctx, old); ok {
		return old, nil
	}
	port, err := i.t.ports.take(ctx)
	if err != nil {
		return 0, err
	}
	if err := i.keep(func(want *intent) { want.Port = port }); err != nil {
		i.t.ports.give(port)
		return 0, err
	}
	i.t.ports.give(old)
	i.say("port %d is taken by another program; now on port %d", old, port)
	return port, nil
}

// takePort makes the port of an adopted process that of the instance: a process
// whose launcher was slow may have come up after another port was chosen.
func (i *instance) takePort(port int) {
	chosen := i.intent().Port
	if port == 0 || port == chosen {
		return
	}
	if err := i.keep(func(want *intent) { want.Port = port }); err != nil {
		i.t.opt.Log.Warn("port not kept", "instance", i.id, "error", err)
		return
	}
	i.t.ports.keep(port)
	i.t.ports.give(chosen)
}

// environ returns the environment of the process: what the workload says, then
// what Davit says, which wins.
func (i *instance) environ(w davit.Workload, values map[string]string, port int) []string {
	env := map[string]string{
		"PATH":   fallback(os.Getenv("PATH"), "/usr/local/bin:/usr/bin:/bin"),
		"HOME":   filepath.Join(i.dir, "home"),
		"TMPDIR": filepath.Join(i.dir, "tmp"),
	}
	for _, name := range []string{"LANG", "TZ"} {
		if v, ok := os.LookupEnv(name); ok {
			env[name] = v
		}
	}
	maps.Copy(env, w.Env)
	files := false
	for _, s := range w.Secrets {
		if s.Env != "" {
			env[s.Env] = values[s.Name]
		}
		files = files || s.File != ""
	}
	if files {
		env["DAVIT_SECRETS"] = i.t.secretDir(i.id)
	}
	env["PORT"] = fmt.Sprint(port)
	env["HOST"] = host
	env["DAVIT_SERVICE"], env["DAVIT_ENVIRONMENT"], env["DAVIT_RELEASE"], env["DAVIT_INSTANCE"] = w.Service, w.Environment, w.Release, i.id
	list := make([]string, 0, len(env))
	for k, v := range env {
		if k != "" && !strings.ContainsAny(k, "=\x00") && !strings.Contains(v, "\x00") {
			list = append(list, k+"="+v)
		}
	}
	slices.Sort(list)
	return list
}

// launch makes the attempt known and starts the launcher.
func (i *instance) launch(o order) error {
	if err := i.keep(func(want *intent) { want.Attempt++ }); err != nil {
		return err
	}
	i.t.passed("attempted")
	want := i.intent()
	o.Attempt = want.Attempt
	out, err := os.OpenFile(i.spool.path(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	in, tell, err := os.Pipe()
	if err != nil {
		return err
	}
	defer tell.Close()
	cmd := exec.Command(i.t.opt.Executable, "launch", i.dir) //nolint:noctx // it outlives every context
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GOMAXPROCS=1"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if f, _ := i.t.ports.handle(i.t.ctx, want.Port); f != nil {
		cmd.ExtraFiles = []*os.File{f}
	}
	err = cmd.Start()
	_ = in.Close()
	if err != nil {
		return fmt.Errorf("start the launcher: %w", err)
	}
	i.t.passed("forked")
	i.supervise(time.Now(), self(cmd.Process.Pid, want.Attempt), cmd)
	_ = tell.SetWriteDeadline(time.Now().Add(launchWithin))
	b, err := json.Marshal(o)
	if err == nil {
		_, err = tell.Write(b)
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, io.ErrClosedPipe) {
		_ = cmd.Process.Kill() // it has not read its order; it will be buried
	}
	i.t.passed("ordered")
	i.become(i.startingState(), "started, not ready yet")
	return nil
}

// startingState is Starting, but a crash loop is left only by becoming ready.
func (i *instance) startingState() davit.InstanceState {
	if i.snapshot().State == davit.CrashLoop {
		return davit.CrashLoop
	}
	return davit.Starting
}

// supervise takes a process under supervision.
func (i *instance) supervise(began time.Time, id identity, cmd *exec.Cmd) {
	p := &proc{id: id, cmd: cmd, began: began, by: began.Add(i.workload().StartWithin), dead: make(chan struct{})}
	i.history = nil
	i.readySince = time.Time{}
	i.ready, i.live = checking{}, checking{}
	i.proc = p
	p.cancel = watch(id, func() {
		close(p.dead)
		i.wake()
	})
}

// adopt takes a process under supervision that this server did not start.
func (i *instance) adopt(now time.Time, id identity) {
	i.limbo, i.expected = time.Time{}, false
	i.takePort(id.Port)
	w := i.workload()
	values, err := i.secrets(i.t.ctx, w)
	if err != nil && i.isWanted() {
		i.t.opt.Log.Warn("secrets of an adopted process are not known", "instance", i.id, "error", err)
	}
	known := i.t.secretsOf(id, i.id, w)
	maps.Copy(known, values)
	if err == nil || len(known) >= len(w.Secrets) {
		i.trust(known)
	}
	i.env, i.workDir = i.environ(w, values, i.intent().Port), filepath.Join(i.dir, "home")
	if w.Artifact != "" {
		i.workDir = i.t.artifacts.path(w.Artifact)
	}
	i.oom = i.t.cgroups.outOfMemory(i.id)
	v := i.snapshot()
	began := v.Started
	if began.IsZero() || began.After(now) {
		began = now
	}
	i.supervise(began, id, nil)
	i.proc.by = now.Add(w.StartWithin)
	if v.State == davit.Ready || v.State == davit.NotReady {
		i.proc.by, i.readySince = time.Time{}, now
		return
	}
	i.become(i.startingState(), "adopted, not ready yet")
}

// workload returns how the release runs, with every gap filled.
func (i *instance) workload() davit.Workload {
	w := i.g.workload()
	fill(&w.StartWithin, startWithin)
	w.Ready = withDefaults(w.Ready)
	if set(w.Live) {
		w.Live = withDefaults(w.Live)
	}
	return w
}
