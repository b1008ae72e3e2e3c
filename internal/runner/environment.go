package runner

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/davit-cd/davit"
)

// prepare makes the attempt's folders and returns the environment of its steps.
func (a *attempt) prepare(ctx context.Context) ([]string, error) {
	if err := a.keepAlive(alive{ID: a.id}); err != nil {
		return nil, err
	}
	for _, dir := range []string{"", "home", "tmp", "secrets"} {
		if err := os.MkdirAll(filepath.Join(a.dir, dir), 0o700); err != nil {
			return nil, fmt.Errorf("make the stage's folders: %w", err)
		}
	}
	if err := a.job.Checkout(ctx, a.checkout()); err != nil {
		return nil, fmt.Errorf("check out %.8s: %w", a.job.Commit, err)
	}
	if info, err := os.Stat(a.folder()); err != nil || !info.IsDir() {
		return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("the commit has no folder %s", a.job.Path)}
	}
	for _, digest := range a.job.Inputs {
		if err := a.runner.Unpack(ctx, a.job.Run, digest, a.folder()); err != nil {
			return nil, err
		}
	}
	env, err := a.environment()
	if err != nil {
		return nil, err
	}
	return env, nil
}

// checkout is the folder that holds the commit's files.
func (a *attempt) checkout() string { return filepath.Join(a.dir, "checkout") }

// folder is the folder that the steps run in: the service's.
func (a *attempt) folder() string {
	return filepath.Join(a.checkout(), filepath.FromSlash(filepath.Clean("/"+a.job.Path)))
}

// environment is all that steps see: nothing of the server's but what Options
// names.
func (a *attempt) environment() ([]string, error) {
	env := map[string]string{
		"PATH": a.runner.options.Path, "HOME": filepath.Join(a.dir, "home"), "TMPDIR": filepath.Join(a.dir, "tmp"),
		"LANG": "C.UTF-8", "CI": "true",
	}
	for _, c := range a.job.Stage.Cache {
		if err := a.runner.preset(a.job.Service, c.Preset, env); err != nil {
			return nil, err
		}
	}
	for _, name := range a.runner.options.Pass { // after the caches: who runs the server may have better ones
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	maps.Copy(env, a.job.Stage.Env)
	secrets := filepath.Join(a.dir, "secrets")
	for _, ref := range a.job.Stage.Secrets {
		value := a.job.Secrets[ref.Name]
		if ref.Env != "" {
			env[ref.Env] = value
		}
		if ref.File == "" {
			continue
		}
		if err := checkName("secret file", ref.File); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(secrets, ref.File), []byte(value), 0o600); err != nil {
			return nil, fmt.Errorf("write secret %s: %w", ref.Name, err)
		}
	}
	for name, value := range map[string]string{
		"RUN": a.job.Run, "SERVICE": a.job.Service, "STAGE": a.job.Stage.Name, "ATTEMPT": strconv.Itoa(a.job.Attempt),
		"REPO": a.job.Repo, "BRANCH": a.job.Branch, "COMMIT": a.job.Commit, "SECRETS": secrets,
		"CHECKOUT": a.checkout(), "STAGE_ID": a.id,
	} {
		env["DAVIT_"+name] = value
	}
	return listed(env)
}

func listed(env map[string]string) ([]string, error) {
	var list []string
	for name, value := range env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
			return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("environment variable %.100q has a name or value that no process can be given", name)}
		}
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list, nil
}

// missingSecret returns the name of a secret the stage asks for and was not
// given.
func (a *attempt) missingSecret() string {
	for _, ref := range a.job.Stage.Secrets {
		if _, ok := a.job.Secrets[ref.Name]; !ok {
			return ref.Name
		}
	}
	return ""
}

// discard removes an attempt's folder. It is moved aside at once and removed in
// the background: a checkout may hold very many files.
func (r *Runner) discard(dir string) {
	aside := dir + "." + rand.Text() + gone
	if err := os.Rename(dir, aside); err != nil {
		_ = removeAll(dir)
		return
	}
	r.tidying.Go(func() { _ = removeAll(aside) })
}

// gone ends the names of folders that are being removed.
const gone = ".gone"
