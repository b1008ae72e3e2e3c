package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/cli"
)

// call runs a command in a folder with some environment and input.
func call(t *testing.T, dir, stdin string, env map[string]string, args ...string) (code int, out, complaint string) {
	t.Helper()
	var o, c bytes.Buffer
	if env["HOME"] == "" {
		env["HOME"] = t.TempDir()
	}
	code = cli.Run(t.Context(), args, cli.Env{
		Stdin: strings.NewReader(stdin), Stdout: &o, Stderr: &c, Dir: dir, Getenv: func(k string) string { return env[k] },
	})
	return code, o.String(), c.String()
}

// TestCredential holds that git gets the token for the server, and for no
// other, and that nothing is ever stored.
func TestCredential(t *testing.T) {
	env := map[string]string{"DAVIT_SERVER": "http://127.0.0.1:9", "DAVIT_TOKEN": "dvt_x"}
	for in, want := range map[string]string{
		"protocol=http\nhost=127.0.0.1:9\n\n":                 "username=davit\npassword=dvt_x\n",
		"protocol=http\nhost=127.0.0.1:9\npath=git/a.git\n\n": "username=davit\npassword=dvt_x\n",
		"protocol=https\nhost=127.0.0.1:9\n\n":                "",
		"protocol=http\nhost=127.0.0.1:99\n\n":                "",
		"protocol=http\nhost=evil\n\n":                        "",
		"":                                                    "",
	} {
		if code, out, _ := call(t, t.TempDir(), in, env, "credential", "get"); code != 0 || out != want {
			t.Errorf("%q: %d %q", in, code, out)
		}
	}
	if code, out, _ := call(t, t.TempDir(), "protocol=http\nhost=127.0.0.1:9\npassword=x\n\n", env, "credential", "store"); code != 0 || out != "" {
		t.Errorf("store: %d %q", code, out)
	}
}

// TestHooks holds what the hooks tell the server, with which token, and what
// the pusher reads.
func TestHooks(t *testing.T) {
	dir := t.TempDir()
	file := "\n\nservice: shop\nrun: ./shop  \n"
	commit := commitFile(t, dir, file)
	zero := strings.Repeat("0", 40)
	var heard api.HookCall
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = api.HookCall{}
		if err := json.NewDecoder(r.Body).Decode(&heard); err != nil || r.Header.Get("Authorization") != "Bearer once" {
			t.Errorf("%s: %v, %q", r.URL.Path, err, r.Header.Get("Authorization"))
		}
		switch r.URL.Path {
		case "/hooks/pre-receive":
			if heard.Updates[0].Ref == "refs/heads/bad" {
				p := api.NewProblem(davit.Invalid, "davit.yaml has 1 mistake", "davit validate shows it")
				p.Errors = []api.FieldError{{At: "davit.yaml:3:1", Text: "wrong"}}
				w.WriteHeader(p.Status)
				_ = json.NewEncoder(w).Encode(p)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		case "/hooks/post-receive":
			_, _ = fmt.Fprintln(w, "12:00:00 shop-run-1 queued\x1b[2J")
		}
	}))
	defer s.Close()
	env := map[string]string{"DAVIT_HOOK_URL": s.URL + "/hooks", "DAVIT_HOOK_TOKEN": "once"}
	code, out, complaint := call(t, dir, zero+" "+commit+" refs/heads/main\n"+commit+" "+zero+" refs/heads/old\n", env, "hook", "pre-receive")
	if code != 0 || out+complaint != "" {
		t.Errorf("pre-receive: %d %q %q", code, out, complaint)
	}
	want := []api.Update{{Ref: "refs/heads/main", New: commit, File: []byte(file)}, {Ref: "refs/heads/old", Old: commit}}
	if fmt.Sprint(heard.Updates) != fmt.Sprint(want) {
		t.Errorf("the server heard %+v", heard.Updates)
	}
	code, _, complaint = call(t, dir, zero+" "+commit+" refs/heads/bad\n", env, "hook", "pre-receive")
	if code == 0 || !strings.Contains(complaint, "davit: davit.yaml has 1 mistake\n  davit.yaml:3:1: wrong\n  hint: davit validate shows it") {
		t.Errorf("refused: %d %q", code, complaint)
	}
	code, out, _ = call(t, dir, zero+" "+commit+" refs/heads/main\n", env, "hook", "post-receive")
	if code != 0 || out != "davit: 12:00:00 shop-run-1 queued\n" || len(heard.Updates[0].File) != 0 {
		t.Errorf("post-receive: %d %q %+v", code, out, heard)
	}
	for _, in := range []string{"x", "a b", strings.Repeat(zero+" "+zero+" refs/tags/x\n", 1001)} {
		if code, _, _ := call(t, dir, in, env, "hook", "post-receive"); code != 2 {
			t.Errorf("%.20q: %d", in, code)
		}
	}
	s.Close()
	if code, _, complaint := call(t, dir, zero+" "+commit+" refs/heads/main\n", env, "hook", "pre-receive"); code != 1 || !strings.Contains(complaint, "does not answer its own hook") {
		t.Errorf("no server: %d %q", code, complaint)
	}
}

// commitFile makes a repository whose davit.yaml has this content.
func commitFile(t *testing.T, dir, content string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "davit.yaml"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var last []byte
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "First"}, {"rev-parse", "HEAD"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
		last = out
	}
	return strings.TrimSpace(string(last))
}
