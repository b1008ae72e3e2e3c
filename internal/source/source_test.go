package source_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/source"
)

// TestMain lets the test program stand in for the davit command in hooks.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "hook" {
		os.Exit(hook(os.Args[2]))
	}
	os.Exit(m.Run())
}

func hook(name string) int {
	req, err := http.NewRequest(http.MethodPost, os.Getenv("DAVIT_HOOK_URL")+"/hook/"+name, os.Stdin)
	if err != nil {
		return 2
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("DAVIT_HOOK_TOKEN"))
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return 2
	}
	defer answer.Body.Close()
	_, _ = io.Copy(os.Stdout, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}

// forge is a server of repositories and a person who works on a clone.
type forge struct {
	t       testing.TB
	repos   *source.Repositories
	url     string
	dir     string // of the repositories
	work    string // the clone
	updates chan source.Update
	pushes  chan source.Push                            // told by the hook
	after   chan source.Push                            // told by the handler
	reached chan time.Duration                          // from the start of receive-pack until the server heard the hook
	refuse  string                                      // what the pre-receive hook answers
	follow  func(ctx context.Context, say func(string)) // what the post-receive hook says last
}

func newForge(t testing.TB, change func(*source.Options)) *forge {
	t.Helper()
	f := &forge{t: t, work: t.TempDir(), updates: make(chan source.Update, 1000), pushes: make(chan source.Push, 1000), after: make(chan source.Push, 1000), reached: make(chan time.Duration, 1000)}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f.url = server.URL
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	options := source.Options{Executable: exe, HookURL: server.URL}
	if change != nil {
		change(&options)
	}
	dir := filepath.Join(t.TempDir(), "repos")
	f.dir = dir
	if f.repos, err = source.Open(t.Context(), dir, options); err != nil {
		t.Fatal(err)
	}
	access := func(r *http.Request, repo string, push bool) (string, error) {
		who, secret, _ := r.BasicAuth()
		if push && secret != "sesame" {
			return "", &davit.Error{Kind: davit.Unauthorized, Text: "push: no valid token"}
		}
		return who, nil
	}
	mux.Handle("/git/", http.StripPrefix("/git", f.repos.Handler(access, func(_ context.Context, p source.Push) { f.after <- p })))
	mux.HandleFunc("/hook/{name}", f.hear)
	f.git("init", "-q", "-b", "main", ".")
	f.git("remote", "add", "origin", strings.Replace(server.URL, "http://", "http://ann:sesame@", 1)+"/git/shop.git")
	return f
}

func (f *forge) hear(w http.ResponseWriter, r *http.Request) {
	push, ok := f.repos.Pushing(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if !ok {
		http.Error(w, "no such push", http.StatusForbidden)
		return
	}
	updates, err := source.ReadUpdates(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.PathValue("name") == "pre-receive" {
		if f.refuse != "" {
			http.Error(w, f.refuse, http.StatusForbidden)
		}
		return
	}
	f.pushes <- push
	f.reached <- time.Since(push.Started)
	for _, u := range updates {
		f.updates <- u
		fmt.Fprintf(w, "davit: run started for %.8s\n", u.New)
	}
	if f.follow != nil {
		f.follow(r.Context(), func(text string) {
			fmt.Fprintln(w, text)
			_ = http.NewResponseController(w).Flush()
		})
	}
}

// git runs git in the clone and returns what it printed.
func (f *forge) git(args ...string) string {
	f.t.Helper()
	out, err := f.try(args...)
	if err != nil {
		f.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

func (f *forge) try(args ...string) (string, error) {
	out, err := f.command(args...).CombinedOutput()
	return string(out), err
}

func (f *forge) command(args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir = f.work
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "HOME="+f.work,
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	return cmd
}

// commit writes files (name, text, name, text …) and commits them.
func (f *forge) commit(message string, files ...string) string {
	f.t.Helper()
	for i := 0; i < len(files); i += 2 {
		at := filepath.Join(f.work, files[i])
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(files[i+1]), 0o644)); err != nil {
			f.t.Fatal(err)
		}
	}
	f.git("add", "-A")
	f.git("commit", "-q", "--allow-empty", "-m", message)
	return f.git("rev-parse", "HEAD")
}

func TestPushMakesTheRepositoryAndTellsTheServer(t *testing.T) {
	f := newForge(t, nil)
	first := f.commit("Open the shop", "davit.yaml", "service: shop\n")
	out := f.git("push", "origin", "main")
	if want := "remote: davit: run started for " + first[:8]; !strings.Contains(out, want) {
		t.Errorf("push printed\n%s\nwant %q in it", out, want)
	}
	if u := <-f.updates; u != (source.Update{Ref: "refs/heads/main", New: first}) {
		t.Errorf("update %+v", u)
	}
	if p := <-f.pushes; p.Repo != "shop" || p.Pusher != "ann" {
		t.Errorf("push %+v", p)
	}
	if p := <-f.after; p.Repo != "shop" || p.Pusher != "ann" {
		t.Errorf("after push %+v", p)
	}
	head, err := f.repos.Head(t.Context(), "shop", "main")
	if err != nil || head != first {
		t.Errorf("head %s, %v", head, err)
	}
	second := f.commit("Sell", "a.go", "package a\n")
	f.git("push", "origin", "main")
	if u := <-f.updates; u != (source.Update{Ref: "refs/heads/main", Old: first, New: second}) {
		t.Errorf("second update %+v", u)
	}
	if clone := f.git("clone", "-q", f.url+"/git/shop.git", "copy"); clone != "" {
		t.Error(clone)
	}
	if got := f.git("-C", "copy", "rev-parse", "HEAD"); got != second {
		t.Errorf("clone is at %s", got)
	}
	if names, err := f.repos.Names(); err != nil || len(names) != 1 || names[0] != "shop" {
		t.Errorf("names %v, %v", names, err)
	}
}

func TestRewrittenHistoryIsRefusedInPlainWords(t *testing.T) {
	f := newForge(t, nil)
	first := f.commit("one", "a", "1")
	second := f.commit("two", "a", "2")
	f.git("push", "-q", "origin", "main")
	f.git("reset", "-q", "--hard", first)
	f.commit("other", "a", "3")
	out, err := f.try("push", "--force", "origin", "main")
	if err == nil || !strings.Contains(out, "rewrites the history of main: commit "+second[:8]) || !strings.Contains(out, "git revert") {
		t.Errorf("forced push: %v\n%s", err, out)
	}
	out, err = f.try("push", "origin", ":main")
	if err == nil || !strings.Contains(out, "main is the branch that is deployed; it cannot be deleted") {
		t.Errorf("deletion: %v\n%s", err, out)
	}
	f.git("push", "-q", "origin", "main:refs/heads/side")
	f.git("push", "-q", "origin", ":side")
	if head, _ := f.repos.Head(t.Context(), "shop", "main"); head != second {
		t.Errorf("head moved to %s", head)
	}
}

func TestServerMayRefuseBeforehand(t *testing.T) {
	f := newForge(t, func(o *source.Options) { o.CheckFirst = true })
	f.commit("one", "a", "1")
	f.refuse = "davit: main is frozen until Monday"
	out, err := f.try("push", "origin", "main")
	if err == nil || !strings.Contains(out, "remote: "+f.refuse) {
		t.Errorf("push: %v\n%s", err, out)
	}
	if _, err := f.repos.Head(t.Context(), "shop", "main"); davit.KindOf(err) != davit.NotFound {
		t.Errorf("head: %v", err)
	}
	f.refuse = ""
	f.git("push", "-q", "origin", "main")
}

func TestAccess(t *testing.T) {
	f := newForge(t, nil)
	f.commit("one", "a", "1")
	out, err := f.try("push", f.url+"/git/shop.git", "main")
	if err == nil || f.repos.Exists("shop") {
		t.Errorf("push without a token: %v\n%s", err, out)
	}
	for _, path := range []string{
		"/git/shop.git/HEAD", "/git/shop.git/config", "/git/shop.git/info/refs", "/git/..%2fx.git/info/refs?service=git-upload-pack",
		"/git/shop.git/info/refs?service=git-upload-archive", "/git/none.git/info/refs?service=git-upload-pack", "/git/.hooks/info/refs?service=git-upload-pack",
	} {
		answer, err := http.Get(f.url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s", path, answer.Status)
		}
	}
	if _, ok := f.repos.Pushing(""); ok {
		t.Error("an empty token is a push")
	}
}

func TestLargePushInPieces(t *testing.T) {
	f := newForge(t, nil)
	f.git("config", "http.postBuffer", "65536")
	big := make([]byte, 8<<20)
	seed := uint32(1)
	for i := range big {
		seed = seed*1664525 + 1013904223
		big[i] = byte(seed >> 24)
	}
	head := f.commit("big", "big", string(big))
	f.git("push", "-q", "origin", "main")
	dir := filepath.Join(t.TempDir(), "out")
	if err := f.repos.Checkout(t.Context(), "shop", head, dir); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "big")); err != nil || !bytes.Equal(got, big) {
		t.Errorf("big file differs: %v", err)
	}
}

func TestTooLargePushIsRefused(t *testing.T) {
	f := newForge(t, func(o *source.Options) { o.MaxInput = 1000 })
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d\n", i*i*7919)
	}
	f.commit("big", "big", text.String())
	if out, err := f.try("push", "origin", "main"); err == nil {
		t.Errorf("taken:\n%s", out)
	}
}

func TestRead(t *testing.T) {
	f := newForge(t, nil)
	ctx := t.Context()
	first := f.commit("one", "davit.yaml", "service: shop\n", "a/x y.go", "1")
	second := f.commit("two \u202e and more", "a/ü.go", "2", "b", "3")
	f.git("checkout", "-q", "-b", "side", first)
	side := f.commit("side", "side", "1")
	f.git("push", "-q", "origin", "main", "side")

	c, err := f.repos.Commit(ctx, "shop", second)
	if err != nil || c.Parent != first || c.Author != "Ann" || c.Email != "ann@example.com" || c.Subject != "two  and more" || c.Time.IsZero() {
		t.Errorf("commit %+v, %v", c, err)
	}
	if b, err := f.repos.File(ctx, "shop", first, "davit.yaml"); err != nil || string(b) != "service: shop\n" {
		t.Errorf("file %q, %v", b, err)
	}
	for _, file := range []string{"none", "a", "../x", "/etc/passwd", "", "*", ":(glob)*"} {
		if b, err := f.repos.File(ctx, "shop", first, file); err == nil {
			t.Errorf("file %q: %q", file, b)
		}
	}
	for _, test := range []struct{ old, new, want string }{
		{"", first, "a/x y.go davit.yaml"},
		{first, second, "a/ü.go b"},
		{"", side, "side"},
		{second, side, "side"},
		{strings.Repeat("0", 40), first, "a/x y.go davit.yaml"},
		{strings.Repeat("1", 40), second, "a/x y.go a/ü.go b davit.yaml"},
		{first, first, ""},
	} {
		got, err := f.repos.Changed(ctx, "shop", test.old, test.new)
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("changed %.4s..%.4s: %q, %v, want %q", test.old, test.new, got, err, test.want)
		}
	}
	log, err := f.repos.Log(ctx, "shop", "", second, 10)
	if err != nil || len(log) != 2 || log[0].Hash != second || log[1].Hash != first || log[1].Parent != "" {
		t.Errorf("log %+v, %v", log, err)
	}
	if log, err := f.repos.Log(ctx, "shop", first, second, 10); err != nil || len(log) != 1 {
		t.Errorf("log from first %+v, %v", log, err)
	}
	for _, test := range []struct {
		old  string
		want string
	}{{"", second}, {first, second}, {side, second}, {strings.Repeat("1", 40), second}, {second, ""}} {
		commits, err := f.repos.Commits(ctx, "shop", test.old, second, 10)
		if err != nil || len(commits) > 1 || len(commits) == 1 != (test.want != "") {
			t.Errorf("commits from %.4s: %+v, %v", test.old, commits, err)
		}
	}
	if hash, err := f.repos.Resolve(ctx, "shop", second[:8]); err != nil || hash != second {
		t.Errorf("resolve %s, %v", hash, err)
	}
	for _, prefix := range []string{"", "abc", "main", "HEAD", "--all", "zzzz"} {
		if hash, err := f.repos.Resolve(ctx, "shop", prefix); err == nil {
			t.Errorf("resolve %q: %s", prefix, hash)
		}
	}
	yes, err := f.repos.IsAncestor(ctx, "shop", first, second)
	no, err2 := f.repos.IsAncestor(ctx, "shop", second, side)
	if err != nil || err2 != nil || !yes || no {
		t.Errorf("ancestors %v %v, %v %v", yes, no, err, err2)
	}
	heads, err := f.repos.Branches(ctx, "shop")
	if err != nil || heads["main"] != second || heads["side"] != side {
		t.Errorf("branches %v, %v", heads, err)
	}
	if err := errors.Join(f.repos.SetBranch(ctx, "shop", "side"), f.repos.Maintain(ctx, "shop")); err != nil {
		t.Error(err)
	}
}

func TestCheckout(t *testing.T) {
	f := newForge(t, nil)
	if err := errors.Join(
		os.WriteFile(filepath.Join(f.work, "run.sh"), []byte("#!/bin/sh\n"), 0o755),
		os.Mkdir(filepath.Join(f.work, "sub"), 0o755),
		os.Symlink("../run.sh", filepath.Join(f.work, "sub", "link")),
		os.Symlink("nowhere", filepath.Join(f.work, "dangling")),
	); err != nil {
		t.Fatal(err)
	}
	good := f.commit("good", "plain", "text", ".gitattributes", "plain export-ignore\n*.x filter=evil\n", "a.x", "x")
	f.git("push", "-q", "origin", "main")
	dir := filepath.Join(t.TempDir(), "work", "out")
	if err := f.repos.Checkout(t.Context(), "shop", good, dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "sub", "link")); err != nil || info.Mode()&0o111 == 0 {
		t.Errorf("executable behind a link: %v, %v", info, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "plain")); err != nil || info.Mode()&0o111 != 0 {
		t.Errorf("plain file: %v, %v", info, err)
	}
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(entries) != 1 {
		t.Errorf("left beside the checkout: %v", entries)
	}
	if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
		t.Error("there is a .git")
	}
	if err := f.repos.Checkout(t.Context(), "shop", good, dir); err == nil {
		t.Error("checked out over another checkout")
	}
}

func TestCheckoutRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(f *forge) error
		want    string
	}{
		"absolute link": {func(f *forge) error { return os.Symlink("/etc/passwd", filepath.Join(f.work, "l")) }, "link l leads out"},
		"link up":       {func(f *forge) error { return os.Symlink("../../x", filepath.Join(f.work, "l")) }, "link l leads out"},
		"link by way of a link": {func(f *forge) error {
			return errors.Join(os.MkdirAll(filepath.Join(f.work, "a/b/c"), 0o755), os.WriteFile(filepath.Join(f.work, "a/b/c/f"), nil, 0o644),
				os.Symlink(".", filepath.Join(f.work, "z")), os.Symlink("z/z/z/../../x", filepath.Join(f.work, "l")))
		}, ""},
		"submodule": {func(f *forge) error {
			f.git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("a", 40)+",vendor/lib")
			return nil
		}, "submodule vendor/lib; submodules are not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForge(t, nil)
			if err := test.prepare(f); err != nil {
				t.Fatal(err)
			}
			if name != "submodule" {
				f.git("add", "-A")
			}
			f.git("commit", "-q", "-m", "bad")
			head := f.git("rev-parse", "HEAD")
			f.git("push", "-q", "origin", "main")
			err := f.repos.Checkout(t.Context(), "shop", head, filepath.Join(t.TempDir(), "out"))
			if test.want == "" {
				return // a dangling link inside, by its text
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || davit.KindOf(err) != davit.Invalid {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, good := range []string{"shop", "a", "shop-2", "my.shop_x"} {
		if err := source.CheckName(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", ".", "..", "a..b", "-x", "x-", ".hooks", "Shop", "a/b", "a\x00b", "a b", "x.git", "x.lock", strings.Repeat("a", 65), "ü"} {
		if err := source.CheckName(bad); davit.KindOf(err) != davit.Invalid || err == nil {
			t.Errorf("name %q: %v", bad, err)
		}
	}
	for _, good := range []string{"main", "feature/x-1", "grün", "v1.2"} {
		if err := source.CheckBranch(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "-x", "--upload-pack=x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a//b", "/a", "a/", ".a", "a/.b", "a.lock", "a.lock/b", "a@{1}", "@", "HEAD", "refs/heads/x", "a.", "a\nb", "a\u202eb"} {
		if err := source.CheckBranch(bad); err == nil {
			t.Errorf("branch %q is taken", bad)
		}
	}
}

func TestReadUpdates(t *testing.T) {
	a, z := strings.Repeat("a", 40), strings.Repeat("0", 40)
	got, err := source.ReadUpdates(strings.NewReader(a + " " + z + " refs/heads/x\n"))
	if err != nil || len(got) != 1 || got[0] != (source.Update{Ref: "refs/heads/x", Old: a}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"x", a + " " + a, a + " " + a + " main", a + " " + a + " refs/heads/a\u202eb", "; rm " + a + " refs/heads/x"} {
		if _, err := source.ReadUpdates(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestPushShowsProgressAsItComes holds the hook's answer back until the pusher has
// seen what came before.
func TestPushShowsProgressAsItComes(t *testing.T) {
	f := newForge(t, nil)
	f.commit("one", "a", "1")
	seen := make(chan struct{})
	f.follow = func(ctx context.Context, say func(string)) {
		say("davit: build started")
		select {
		case <-seen:
			say("davit: build passed")
		case <-ctx.Done():
		}
	}
	cmd := f.command("push", "origin", "main")
	out, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	var text strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "build started") {
			close(seen)
		}
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(text.String(), "remote: davit: build passed") {
		t.Errorf("push: %v\n%s", err, text.String())
	}
}

// TestPusherMayStopListening holds that a push whose author leaves while its run
// is told ends soon, that the branch has moved, and that the server hears of it.
func TestPusherMayStopListening(t *testing.T) {
	f := newForge(t, func(o *source.Options) { o.AloneWithin = 50 * time.Millisecond })
	head := f.commit("one", "a", "1")
	telling, left := make(chan struct{}), make(chan struct{})
	f.follow = func(ctx context.Context, say func(string)) {
		close(telling)
		<-ctx.Done()
		close(left)
	}
	cmd := f.command("push", "origin", "main")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-telling
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = cmd.Wait()
	<-left
	<-f.after
	if got, err := f.repos.Head(t.Context(), "shop", "main"); err != nil || got != head {
		t.Errorf("head %s, %v", got, err)
	}
	if locks, _ := filepath.Glob(filepath.Join(f.dir, "shop.git", "*.lock")); len(locks) > 0 {
		t.Errorf("left behind: %v", locks)
	}
}

// BenchmarkPush measures a push of one small commit as its author sees it, and
// in it the time from the start of receive-pack until the hook has reached the
// server.
func BenchmarkPush(b *testing.B) {
	f := newForge(b, nil)
	f.commit("first", "a", "0")
	f.git("push", "-q", "origin", "main")
	<-f.pushes
	n := 0
	var reached time.Duration
	for b.Loop() {
		b.StopTimer()
		n++
		f.commit("next", "a", fmt.Sprint(n))
		b.StartTimer()
		f.git("push", "-q", "origin", "main")
		reached += <-f.reached
	}
	b.ReportMetric(float64(reached.Microseconds())/float64(n)/1000, "ms-to-server")
}

// BenchmarkCheckout writes 2000 files in 100 folders.
func BenchmarkCheckout(b *testing.B) {
	f := newForge(b, nil)
	var names []string
	for i := range 2000 {
		names = append(names, fmt.Sprintf("d%d/f%d.go", i%100, i), strings.Repeat("package x\n", 200))
	}
	head := f.commit("many", names...)
	f.git("push", "-q", "origin", "main")
	n := 0
	for b.Loop() {
		n++
		if err := f.repos.Checkout(b.Context(), "shop", head, filepath.Join(f.dir, fmt.Sprint("out", n))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFile reads davit.yaml of a commit.
func BenchmarkFile(b *testing.B) {
	f := newForge(b, nil)
	head := f.commit("one", "davit.yaml", "service: shop\n")
	f.git("push", "-q", "origin", "main")
	for b.Loop() {
		if _, err := f.repos.File(b.Context(), "shop", head, "davit.yaml"); err != nil {
			b.Fatal(err)
		}
	}
}
