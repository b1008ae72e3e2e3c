package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// davitCommand runs a command of the program against the machine and returns
// what it printed and its exit code.
func (m *machine) davitCommand(args ...string) (string, int) {
	m.t.Helper()
	self, err := os.Executable()
	must(m.t, err)
	cmd := exec.Command(self, args...)
	cmd.Dir = m.repo
	cmd.Env = append(os.Environ(), "DAVIT_SERVER="+m.client.URL, "DAVIT_TOKEN="+m.client.Token)
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		m.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestBadPushes are refused with words that help, and change nothing.
func TestBadPushes(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.configure("blue-green: {hold: 0s}", "")
	good, err := os.ReadFile(filepath.Join(m.repo, "davit.yaml"))
	must(t, err)
	refused := func(what string, words ...string) {
		t.Helper()
		out, err := m.tryPush()
		if err == nil {
			t.Errorf("%s: it was taken: %s", what, out)
		}
		for _, w := range words {
			if !strings.Contains(out, w) {
				t.Errorf("%s: git says nothing of %q: %s", what, w, out)
			}
		}
	}
	for _, c := range []struct {
		what, file string
		words      []string
	}{
		{"an unknown key", strings.Replace(string(good), "package:", "pakage:", 1), []string{"davit.yaml:3:1", "package"}},
		{"a weight of 130", strings.Replace(string(good), "blue-green: {hold: 0s}", "canary: {steps: [130]}", 1), []string{"davit.yaml:16:", "130"}},
		{"a cycle", "service: shop\nstages:\n  a: {run: 'true', needs: b}\n  b: {run: 'true', needs: a}\nrun: ./shop\n", []string{"davit.yaml:3:"}},
		{"no YAML", "service: [shop\n", []string{"davit.yaml:"}},
		{"an alias bomb", "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a]\nservice: *b\n", []string{"davit.yaml:"}},
		{"a giant", "service: shop\n#" + strings.Repeat("x", 2<<20), []string{"davit.yaml"}},
		{"a path that leads out", strings.Replace(string(good), "package: out", "package: ../../etc", 1), []string{"davit.yaml:3:"}},
	} {
		m.write("davit.yaml", c.file)
		m.commit(c.what)
		refused(c.what, c.words...)
		m.git("update-ref", "-d", "HEAD")
	}
	must(t, os.Remove(filepath.Join(m.repo, "davit.yaml")))
	m.write("README", "no davit.yaml\n")
	m.commit("nothing to deploy")
	refused("no davit.yaml", "has no davit.yaml", "davit init")

	if runs := get[api.Page[api.Run]](m, "list-runs", nil).Items; len(runs) != 0 {
		t.Errorf("refused pushes made %d runs", len(runs))
	}
	m.write("davit.yaml", string(good))
	m.write("behaviour", "")
	first := m.commit("good")
	if out, err := m.tryPush(); err != nil {
		t.Fatalf("a good push after bad ones: %s", out)
	}
	if run := m.awaitRun(first); run.Phase != "succeeded" {
		t.Errorf("a good push after bad ones: %s", run.Why)
	}

	// Not a fast-forward, and history rewritten by force.
	m.git("commit", "--quiet", "--amend", "--message", "rewritten")
	out, err := m.tryPush("--force")
	if err == nil || !strings.Contains(out, "rewrites the history of main") {
		t.Errorf("a rewritten history: %v: %s", err, out)
	}
	if runs := get[api.Page[api.Run]](m, "list-runs", nil).Items; len(runs) != 1 {
		t.Errorf("%d runs, not 1", len(runs))
	}
}

// TestBadUploads sends the registry what is cut short or not what it says.
func TestBadUploads(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	do := func(method, path, kind string, body []byte, length int64) (*http.Response, string) {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), method, "http://"+m.listen+path, bytes.NewReader(body))
		must(t, err)
		q.SetBasicAuth("davit", m.client.Token)
		if kind != "" {
			q.Header.Set("Content-Type", kind)
		}
		if length > 0 {
			q.ContentLength = length
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			return nil, err.Error()
		}
		defer a.Body.Close()
		text, _ := io.ReadAll(a.Body)
		return a, string(text)
	}
	blob := []byte("a layer")
	digest := string(davit.DigestOf(blob))
	begin := func() string {
		a, text := do("POST", "/v2/shop/blobs/uploads/", "", nil, 0)
		if a == nil || a.StatusCode != http.StatusAccepted {
			t.Fatalf("begin an upload: %s", text)
		}
		return a.Header.Get("Location")
	}
	with := func(place, digest string) string {
		mark := "?"
		if strings.Contains(place, "?") {
			mark = "&"
		}
		return place + mark + "digest=" + digest
	}
	if a, text := do("PUT", with(begin(), digest), "application/octet-stream", blob[:3], 0); a == nil || a.StatusCode != http.StatusBadRequest || !strings.Contains(text, "DIGEST_INVALID") {
		t.Errorf("a corrupt blob: %v %s", a, text)
	}
	if a, _ := do("PUT", with(begin(), digest), "application/octet-stream", blob[:3], int64(len(blob))); a != nil && a.StatusCode < 400 {
		t.Errorf("a truncated blob: %v", a.Status)
	}
	if a, _ := do("HEAD", "/v2/shop/blobs/"+digest, "", nil, 0); a == nil || a.StatusCode != http.StatusNotFound {
		t.Errorf("the blob is there all the same: %v", a)
	}
	manifest := fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":%q,"size":7},"layers":[]}`, digest)
	if a, text := do("PUT", "/v2/shop/manifests/latest", "application/vnd.oci.image.manifest.v1+json", manifest, 0); a == nil || a.StatusCode < 400 || a.StatusCode >= 500 {
		t.Errorf("a manifest without its blobs: %v %s", a, text)
	}
	if a, text := do("PUT", with(begin(), digest), "application/octet-stream", blob, 0); a == nil || a.StatusCode != http.StatusCreated {
		t.Errorf("a good blob after bad ones: %s", text)
	}
}

// TestUnknownThings are said to be unknown.
func TestUnknownThings(t *testing.T) {
	t.Parallel()
	m, _ := newShop(t, "blue-green: {hold: 0s}")
	digest := string(davit.DigestOf([]byte("nothing")))
	for id, c := range map[string]struct {
		params api.Params
		body   any
	}{
		"get-service":     {api.Params{"service": "nobody"}, nil},
		"get-run":         {api.Params{"run": "shop-run-99"}, nil},
		"get-release":     {api.Params{"release": "shop-99"}, nil},
		"get-rollout":     {api.Params{"rollout": "shop-production-r99"}, nil},
		"abort-rollout":   {api.Params{"rollout": "shop-production-r99"}, api.Reason{Reason: "x"}},
		"rerun":           {api.Params{"run": "shop-run-99"}, nil},
		"promote":         {nil, api.Promote{Release: "shop-99", Environment: "production"}},
		"roll-back":       {api.Params{"service": "shop", "environment": "nowhere"}, api.Rollback{}},
		"quarantine":      {nil, api.Quarantine{Digest: digest, Reason: "x"}},
		"lift-quarantine": {api.Params{"digest": digest}, api.Reason{Reason: "x"}},
	} {
		if err := m.client.Call(t.Context(), id, c.params, c.body, nil); davit.KindOf(err) != davit.NotFound {
			t.Errorf("%s: %v (%v)", id, err, davit.KindOf(err))
		}
	}
	err := m.client.Call(t.Context(), "promote", nil, api.Promote{Release: "shop-1", Environment: "nowhere"}, nil)
	if davit.KindOf(err) != davit.NotFound || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("promote to nowhere: %v", err)
	}
	// A rollback to a release that is not there blames nobody.
	if err := m.client.Call(t.Context(), "roll-back", api.Params{"service": "shop", "environment": "production"}, api.Rollback{To: "shop-99"}, nil); davit.KindOf(err) != davit.NotFound {
		t.Errorf("roll back to an unknown release: %v", err)
	}
	if q := get[api.Page[api.Quarantined]](m, "list-quarantine", nil).Items; len(q) != 0 {
		t.Errorf("quarantined by it: %+v", q)
	}
}

// TestTwoAtOnce lets several people wish the same at the same time: one wish is
// granted.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	m, first := newShop(t, "blue-green: {hold: 1s}")
	second := m.ship("second", "")
	m.awaitRun(second)
	crowd := func(id string, params api.Params, body any) (granted int, refused []error) {
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				err := m.client.Call(t.Context(), id, params, body, nil)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					granted++
				} else {
					refused = append(refused, err)
				}
			})
		}
		all.Wait()
		return granted, refused
	}
	check := func(what string, granted int, refused []error) {
		t.Helper()
		if granted != 1 {
			t.Errorf("%s: %d were granted: %v", what, granted, refused)
		}
		for _, err := range refused {
			if davit.KindOf(err) != davit.Conflict {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	place := api.Params{"service": "shop", "environment": "production"}
	granted, refused := crowd("roll-back", place, api.Rollback{Reason: "it is wrong"})
	check("roll back", granted, refused)
	m.quiet()
	if env := m.environment("production"); env.Commit != first {
		t.Errorf("after four rollbacks at once production serves %s", env.Commit)
	}
	quarantined := get[api.Page[api.Quarantined]](m, "list-quarantine", nil).Items
	if len(quarantined) != 1 || quarantined[0].Release != "shop-2" {
		t.Errorf("quarantined: %+v", quarantined)
	}
	must(t, m.client.Call(t.Context(), "lift-quarantine", api.Params{"digest": quarantined[0].Digest}, api.Reason{Reason: "it was right"}, nil))
	granted, refused = crowd("promote", nil, api.Promote{Release: "shop-2", Environment: "production"})
	check("promote", granted, refused)
	m.quiet()
	if env := m.environment("production"); env.Commit != second {
		t.Errorf("after four promotes at once production serves %s", env.Commit)
	}
	if n := len(m.rollouts()); n != 4 {
		t.Errorf("%d rollouts, not 4", n)
	}
	if err := m.client.Call(t.Context(), "promote", nil, api.Promote{Release: "shop-2", Environment: "production"}, nil); davit.KindOf(err) != davit.Conflict {
		t.Errorf("promote of what runs: %v", err)
	}
}

// TestMisbehaving ships services that do what services do on bad days.
func TestMisbehaving(t *testing.T) {
	t.Parallel()
	m, first := newShop(t, "blue-green: {hold: 0s}")
	users := m.load("shop.localhost", 20)
	good, err := os.ReadFile(filepath.Join(m.repo, "davit.yaml"))
	must(t, err)
	stable := first
	for _, c := range []struct {
		behaviour string
		words     []string // of why it was taken back; none: it is promoted
	}{
		{"deaf", []string{"nothing listens on port", "hint: listen on the port in the environment variable PORT"}},
		{"port 1", []string{"permission denied|address already in use|it listens on"}},
		{"port " + strings.Split(freeAddress(t), ":")[1], []string{"it listens on", "not on port"}},
		{"crash", []string{"cannot open the price list", "exit status 1"}},
		{"stubborn", nil},
		{"floods", nil},
		{"forks", nil},
		{"", nil},
	} {
		yaml := good
		if c.words != nil {
			yaml = bytes.Replace(good, []byte("start_within: 10s"), []byte("start_within: 2s"), 1)
		}
		m.write("davit.yaml", string(yaml))
		commit := m.ship("a service that is "+c.behaviour, c.behaviour)
		run := m.awaitRun(commit)
		if c.words == nil {
			if run.Phase != "succeeded" {
				t.Errorf("%q: %s: %s", c.behaviour, run.Phase, run.Why)
				continue
			}
			stable = commit
			continue
		}
		if run.Phase != "failed" || run.StoppedBy != "staging: start" && run.StoppedBy != "staging: crash" {
			t.Errorf("%q: %s by %q: %s", c.behaviour, run.Phase, run.StoppedBy, run.Why)
		}
		for _, w := range c.words {
			if !containsOne(run.Why, strings.Split(w, "|")) {
				t.Errorf("%q: nothing of %q in: %s", c.behaviour, w, run.Why)
			}
		}
	}
	if env := m.environment("production"); env.Commit != stable {
		t.Errorf("production serves %s", env.Commit)
	}
	m.onlyWanted(map[string]int{"staging": 1, "production": 2})
	if f := users.failures(); len(f) > 0 || users.bad.Load() > 0 {
		t.Errorf("%d of %d requests failed, %d were bad: %v", len(f), users.sent.Load(), users.bad.Load(), f[:min(3, len(f))])
	}
	if size := sizeOf(filepath.Join(m.data, "instances")); size > 256<<20 {
		t.Errorf("the instances take %d bytes of disk", size)
	}
}

func containsOne(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// sizeOf is what a folder takes of the disk, in bytes.
func sizeOf(dir string) (size int64) {
	out, err := exec.Command("du", "-sk", dir).Output()
	if err != nil {
		return 0
	}
	_, _ = fmt.Sscan(string(out), &size)
	return size << 10
}

// TestQuarantineHolds fires everything that could bring a rolled-back version
// back: nothing does, until a person lifts the quarantine.
func TestQuarantineHolds(t *testing.T) {
	t.Parallel()
	m, first := newShop(t, "blue-green: {hold: 1s}")
	bad := m.ship("second", "production crash")
	run := m.awaitRun(bad)
	if run.Phase != "failed" || !strings.HasPrefix(run.StoppedBy, "production: ") {
		t.Fatalf("the bad version: %s by %s: %s", run.Phase, run.StoppedBy, run.Why)
	}
	release := get[api.Release](m, "get-release", api.Params{"release": run.Release})
	if !release.Quarantined {
		t.Fatal("it is not quarantined")
	}
	refusedRun := func(what string, r api.Run) {
		t.Helper()
		if r.Phase != "failed" || r.StoppedBy != "production: gate quarantine" && r.StoppedBy != "staging: gate quarantine" {
			t.Errorf("%s: %s by %q: %s", what, r.Phase, r.StoppedBy, r.Why)
		}
	}

	// A new run of the same commit.
	started, err := api.Do[api.Started](t.Context(), m.client, "rerun", api.Params{"run": run.ID}, nil)
	must(t, err)
	await(t, 2*soon, "the second run", func() (bool, string) {
		r := get[api.Run](m, "get-run", api.Params{"run": started.Run})
		return r.Final, r.Phase
	})
	refusedRun("rerun", get[api.Run](m, "get-run", api.Params{"run": started.Run}))

	// A push of the same commit, and of another with the same content.
	if out, err := m.tryPush(); err != nil {
		t.Errorf("push of the same commit: %s", out)
	}
	again := m.commit("the same once more")
	if out, err := m.tryPush(); err != nil {
		t.Fatalf("push of the same content: %s", out)
	}
	refusedRun("the same content", m.awaitRun(again))

	// A restart.
	m.end(syscall.SIGKILL)
	m.start()
	m.ready()
	m.quiet()

	// A person.
	out, code := m.davitCommand("promote", run.Release, "--env", "production")
	if code != api.ExitRefused || !strings.Contains(out, "is quarantined") {
		t.Errorf("promote: exit %d: %s", code, out)
	}
	out, code = m.davitCommand("rollback", "shop", "--env", "production", "--to", run.Release)
	if code != api.ExitRefused || !strings.Contains(out, "is quarantined") {
		t.Errorf("rollback: exit %d: %s", code, out)
	}
	if env := m.environment("production"); env.Commit != first {
		t.Errorf("production serves %s", env.Commit)
	}
	for _, r := range m.rollouts() {
		if r.Commit != first && r.Commit != bad && r.Percent > 0 {
			t.Errorf("%s got traffic", r.ID)
		}
	}

	// Lifted, with a reason, it may try again; as it is no better, it goes back
	// and is quarantined again.
	if out, code := m.davitCommand("lift", release.Artifact, "--reason", ""); code == 0 {
		t.Errorf("lifted without a reason: %s", out)
	}
	if out, code := m.davitCommand("lift", release.Artifact, "--reason", "the price list is there now"); code != 0 {
		t.Errorf("lift: exit %d: %s", code, out)
	}
	out, code = m.davitCommand("promote", run.Release, "--env", "production")
	if code != api.ExitRolledBack {
		t.Errorf("promote after the lift: exit %d: %s", code, out)
	}
	m.quiet()
	if q := get[api.Page[api.Quarantined]](m, "list-quarantine", nil).Items; len(q) != 1 {
		t.Errorf("quarantined again: %+v", q)
	}
	if env := m.environment("production"); env.Commit != first {
		t.Errorf("production serves %s", env.Commit)
	}
	m.onlyWanted(map[string]int{"staging": 1, "production": 2})
}
