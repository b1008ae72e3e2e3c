package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

const commit = "3f2c9a1d00000000000000000000000000000000"

// seed keeps one service with a run, a release and two rollouts.
func (w *world) seed() {
	w.t.Helper()
	now := time.Now()
	digest := davit.DigestOf([]byte("artifact"))
	sp := spec.Service{
		Name: "shop", Branch: "main", Path: ".", Queue: spec.Newest, Stages: []spec.Stage{{Name: "test"}},
		Environments: []spec.Environment{{Name: "production", Hosts: []string{"shop.localhost"}, Instances: 1, Strategy: spec.Strategy{Name: "canary"}}},
	}
	side := rollout.Side{Release: "shop-1", Commit: commit, Artifact: digest}
	run := pipeline.State{
		Origin: pipeline.Origin{ID: "shop-run-1", Service: "shop", Repo: "shop", Branch: "main", Commit: commit, Subject: "First", Author: "Ana", Pusher: "ana", Created: now, Spec: sp},
		Phase:  pipeline.Succeeded, Why: "Deployed to production.", Release: "shop-1", Artifact: digest,
		Stages:      []pipeline.Stage{{Name: "test", Phase: pipeline.StagePassed, Attempt: 1, Facts: pipeline.Facts{Tests: pipeline.Tests{Passed: 3, Flaky: 1, Flakes: []string{"TestA"}}}}},
		Deployments: []pipeline.Deployment{{Environment: "production", Phase: pipeline.DeploymentDone, Rollout: "shop-production-r1"}},
		Entered:     []pipeline.Entry{{Phase: pipeline.Queued, At: now}, {Phase: pipeline.Succeeded, At: now.Add(time.Second)}},
	}
	plan := davit.Plan{Strategy: "canary", Steps: []davit.Step{{Name: "5 %", Weight: davit.Percent(5), Judge: davit.JudgePass}, {Name: "100 %", Weight: davit.Full}}}
	judged := davit.Finding{Gate: "judge", Answer: davit.Passed, Reason: "No worse than the margin.", Evidence: map[string]string{"requests": "500"}, At: now}
	w.keep(davit.Change{
		Records: []davit.Record{
			record(w.t, "service", "shop", "shop", "", "", struct {
				Spec         spec.Service
				Repo, Commit string
			}{sp, "shop", commit}),
			record(w.t, "run", "shop-run-1", "shop", "", "succeeded", run),
			record(w.t, "release", "shop-1", "shop", "", "", davit.Release{ID: "shop-1", Service: "shop", Number: 1, Run: "shop-run-1", Commit: commit, Artifact: digest, Configs: map[string]davit.Digest{"production": digest}, Created: now}),
			record(w.t, "lane", "shop/production", "shop", "production", "", rollout.Lane{Service: "shop", Environment: "production", Stable: side, Active: "shop-production-r2"}),
			record(w.t, "rollout", "shop-production-r1", "shop", "production", "done", rollout.State{ID: "shop-production-r1", Service: "shop", Environment: "production", New: side, Plan: plan, Phase: rollout.Done, Step: 1, Weight: davit.Full, Findings: []davit.Finding{judged}, Created: now}),
			record(w.t, "rollout", "shop-production-r2", "shop", "production", "baking", rollout.State{ID: "shop-production-r2", Service: "shop", Environment: "production", New: rollout.Side{Release: "shop-2"}, Old: side, Plan: plan, Phase: rollout.Baking, Weight: davit.Percent(5), Created: now, Since: now}),
		},
		Events: []davit.Event{
			{Kind: "run.queued", Actor: "ana", Service: "shop", Run: "shop-run-1", Commit: commit, Text: "Queued."},
			{Kind: "rollout.done", Actor: "davit", Service: "shop", Environment: "production", Run: "shop-run-1", Release: "shop-1", Rollout: "shop-production-r1", Commit: commit, Digest: digest, Text: "Done."},
		},
	})
}

// get asks as viewer and decodes the answer.
func get[T any](w *world, path string) T {
	w.t.Helper()
	status, body, _ := w.ask(davit.Viewer, "GET", api.Base+path, "")
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil || status != http.StatusOK {
		w.t.Fatalf("%s: %d %v %s", path, status, err, body)
	}
	return v
}

func TestReading(t *testing.T) {
	w := newWorld(t)
	w.seed()
	s := get[api.ServiceDetail](w, "/services/shop")
	if len(s.Environments) != 1 || s.Environments[0].Release != "shop-1" || s.Environments[0].Health != "ok" || s.Environments[0].Active.ID != "shop-production-r2" {
		t.Errorf("environments: %+v", s.Environments)
	}
	if len(s.Commits) != 1 || s.Commits[0].Outcome != "deployed" || s.Commits[0].Spent["queued"] != 1 {
		t.Errorf("commits: %+v", s.Commits)
	}
	r := get[api.Run](w, "/runs/shop-run-1")
	if !r.Final || r.Seconds != 1 || r.Stages[0].Tests.Flaky != 1 {
		t.Errorf("run: %+v", r)
	}
	o := get[api.Rollout](w, "/rollouts/shop-production-r2")
	if o.Percent != 5 || o.Waiting == nil || !strings.Contains(o.Waiting.For, "judge") {
		t.Errorf("rollout: %+v", o)
	}
	if v := get[api.Page[api.Finding]](w, "/rollouts/shop-production-r1/verdicts"); len(v.Items) != 1 || v.Items[0].Evidence["requests"] != "500" {
		t.Errorf("verdicts: %+v", v)
	}
	if v := get[api.Page[api.Rollout]](w, "/rollouts?phase=active"); len(v.Items) != 1 || v.Items[0].ID != "shop-production-r2" {
		t.Errorf("active: %+v", v)
	}
	if v := get[api.Status](w, "/status"); len(v.Services) != 1 || len(v.Rollouts) != 1 || len(v.Runs) != 0 || !v.Router.OK {
		t.Errorf("status: %+v", v)
	}
	if v := get[api.AuditReport](w, "/audit/verify"); !v.OK || v.Lines != 5 {
		t.Errorf("audit: %+v", v)
	}
	status, body, _ := w.ask(davit.Admin, "GET", api.Base+"/audit/export", "")
	if status != 200 || strings.Count(body, "\n") != 5 {
		t.Errorf("export: %d %s", status, body)
	}
}

// TestWhy holds that a commit, its beginning, its digest and what was made of
// it all lead to the same story.
func TestWhy(t *testing.T) {
	w := newWorld(t)
	w.seed()
	for _, subject := range []string{commit, commit[:7], string(davit.DigestOf([]byte("artifact"))), "shop-run-1", "shop-1", "shop-production-r1"} {
		v := get[api.Why](w, "/why/"+subject)
		if len(v.Runs) != 1 || len(v.Releases) != 1 || len(v.Rollouts) != 1 || len(v.Serving) != 1 || len(v.Events) == 0 {
			t.Errorf("%s: %d runs, %d releases, %d rollouts, %+v", subject, len(v.Runs), len(v.Releases), len(v.Rollouts), v.Serving)
		}
		if !strings.Contains(v.Summary, "Deployed to production. It serves 100 % of shop production.") {
			t.Errorf("%s: %s", subject, v.Summary)
		}
	}
	w.keep(davit.Change{Events: []davit.Event{{Kind: "x", Actor: "x", Commit: "3f2c" + strings.Repeat("b", 36), Text: "Other."}}})
	if status, body, _ := w.ask(davit.Viewer, "GET", api.Base+"/why/3f2c", ""); status != 422 || !strings.Contains(body, "more than one commit") {
		t.Errorf("ambiguous: %d %s", status, body)
	}
}

// TestPages holds that pages hang together without a gap or a repetition.
func TestPages(t *testing.T) {
	w := newWorld(t)
	for i := range 25 {
		id := fmt.Sprintf("shop-run-%d", i+1)
		w.keep(davit.Change{
			Records: []davit.Record{record(t, "run", id, "shop", "", "queued", pipeline.State{Origin: pipeline.Origin{ID: id, Service: "shop"}, Phase: pipeline.Queued})},
			Events:  []davit.Event{{Kind: "run.queued", Actor: "x", Service: "shop", Run: id, Text: id}},
		})
	}
	for _, path := range []string{"/runs?service=shop&limit=10", "/timeline?service=shop&limit=10"} {
		seen, after := map[string]bool{}, ""
		for range 3 {
			page := get[api.Page[map[string]any]](w, path+after)
			for _, item := range page.Items {
				seen[fmt.Sprint(item["id"], item["seq"])] = true
			}
			after = "&after=" + page.Next
			if page.Next == "" {
				break
			}
		}
		if len(seen) != 25 {
			t.Errorf("%s: %d of 25", path, len(seen))
		}
	}
}

// TestOnce holds that the same key does a write once, whoever repeats it.
func TestOnce(t *testing.T) {
	w := newWorld(t)
	w.seed()
	path, body := api.Base+"/rollouts/shop-production-r2/abort", `{"reason":"broken"}`
	status, first, _ := w.ask(davit.Deployer, "POST", path, body, "Idempotency-Key", "k")
	again, second, h := w.ask(davit.Deployer, "POST", path, body, "Idempotency-Key", "k")
	if status != 200 || again != 200 || strings.TrimSpace(first) != strings.TrimSpace(second) || h.Get("Idempotent-Replay") != "true" || w.engine.count() != 1 {
		t.Errorf("%d %s, %d %s, asked %d times", status, first, again, second, w.engine.count())
	}
	if status, body, _ := w.ask(davit.Deployer, "POST", path, `{"reason":"other"}`, "Idempotency-Key", "k"); status != http.StatusUnprocessableEntity {
		t.Errorf("another request under the key: %d %s", status, body)
	}
	if status, _, _ := w.ask(davit.Admin, "POST", path, body, "Idempotency-Key", "k"); status != 200 || w.engine.count() != 2 {
		t.Errorf("another actor's key is his own: %d", status)
	}
	w.engine.fails = errors.New("the disk at /secret/place is full")
	for range 2 { // not an answer worth keeping
		status, body, _ := w.ask(davit.Deployer, "POST", path, body, "Idempotency-Key", "k2")
		if status != 500 || strings.Contains(body, "secret/place") {
			t.Errorf("internal: %d %s", status, body)
		}
	}
	if w.engine.count() != 4 {
		t.Errorf("asked %d times, want 4", w.engine.count())
	}
	w.engine.fails = &davit.Error{Kind: davit.Denied, Text: "the gate approval says no", Hint: "davit approve"}
	if status, body, _ := w.ask(davit.Deployer, "POST", path, body); status != http.StatusPreconditionFailed || !strings.Contains(body, "davit approve") {
		t.Errorf("refused: %d %s", status, body)
	}
}

// TestSecretsStayIn holds that neither values nor tokens come out again: not in
// answers, not in problems, not in what is kept of requests, not in the journal.
func TestSecretsStayIn(t *testing.T) {
	w := newWorld(t)
	const value, coded = "hunter2-hunter2", "aHVudGVyMi1odW50ZXIy"
	said := ""
	note := func(status int, body string, _ http.Header) int { said += body; return status }
	if s := note(w.ask(davit.Admin, "PUT", api.Base+"/secrets", `{"service":"shop","name":"KEY","value":"`+coded+`"}`, "Idempotency-Key", "s1")); s != 200 || w.engine.secrets["KEY"] != value {
		t.Fatalf("set: %d %s", s, said)
	}
	note(w.ask(davit.Admin, "PUT", api.Base+"/secrets", `{"service":"shop","name":"bad name!","value":"`+coded+`"}`))
	note(w.ask(davit.Admin, "PUT", api.Base+"/secrets", `{"service":"shop","name":"KEY","value":{"x":"`+coded+`"}}`))
	note(w.ask(davit.Admin, "PUT", api.Base+"/secrets", `{"service":"shop","name":"KEY","value":"`+value+`!!"}`))
	note(w.ask(davit.Admin, "GET", api.Base+"/secrets?service=shop", ""))
	if strings.Contains(said, value) || strings.Contains(said, coded) {
		t.Errorf("a value came out: %s", said)
	}
	var made api.NewToken
	status, body, _ := w.ask(davit.Admin, "POST", api.Base+"/tokens", `{"name":"ci","role":"deployer"}`, "Idempotency-Key", "t1")
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusCreated {
		t.Fatalf("create: %d %s", status, body)
	}
	again, body, _ := w.ask(davit.Admin, "POST", api.Base+"/tokens", `{"name":"ci","role":"deployer"}`, "Idempotency-Key", "t1")
	_, list, _ := w.ask(davit.Admin, "GET", api.Base+"/tokens", "")
	_, events, _ := w.ask(davit.Admin, "GET", api.Base+"/audit/export", "")
	if again != http.StatusConflict || strings.Contains(body+list+events, made.Secret) {
		t.Errorf("the token came out again: %d %s %s %s", again, body, list, events)
	}
	w.tokens["ci"] = made.Secret
	if status, _, _ := w.ask("ci", "GET", api.Base+"/identity", ""); status != 200 {
		t.Errorf("the token is not good: %d", status)
	}
	if status, body, _ := w.ask(davit.Admin, "DELETE", api.Base+"/tokens/"+made.ID, ""); status != 200 {
		t.Errorf("revoke: %d %s", status, body)
	}
	if status, _, _ := w.ask("ci", "GET", api.Base+"/identity", ""); status != http.StatusUnauthorized {
		t.Errorf("a revoked token is good: %d", status)
	}
	_, body, _ = w.ask(davit.Admin, "POST", api.Base+"/tokens", `{"name":"short","role":"viewer","seconds":0.001}`)
	if err := json.Unmarshal([]byte(body), &made); err != nil {
		t.Fatal(err)
	}
	w.tokens["short"] = made.Secret
	deadline := time.Now().Add(5 * time.Second)
	for status := 200; status == 200; {
		if status, _, _ = w.ask("short", "GET", api.Base+"/identity", ""); time.Now().After(deadline) {
			t.Fatal("a token does not expire")
		}
	}
}

// TestForcing holds that only an admin goes on without the judge.
func TestForcing(t *testing.T) {
	w := newWorld(t)
	w.seed()
	path := api.Base + "/rollouts/shop-production-r2/advance"
	if status, _, _ := w.ask(davit.Deployer, "POST", path, `{"force":true,"reason":"x"}`); status != http.StatusForbidden {
		t.Errorf("a deployer forced: %d", status)
	}
	if status, body, _ := w.ask(davit.Deployer, "POST", path, ""); status != 200 {
		t.Errorf("a deployer may not advance: %d %s", status, body)
	}
	if status, _, _ := w.ask(davit.Admin, "POST", path, `{"force":true,"reason":"x"}`); status != 200 || w.engine.last() != "the-admin advances shop-production-r2 force=true: x" {
		t.Errorf("an admin may not force: %d %s", status, w.engine.last())
	}
}

// TestEvents holds that a stream gives what comes, and what was missed to who
// says where he was.
func TestEvents(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c := api.NewClient(w.http.URL, w.tokens[davit.Viewer])
	body, err := c.Stream(ctx, "stream-events", api.Params{"service": "shop"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	lines := bufio.NewReader(body)
	if first, err := lines.ReadString('\n'); err != nil || first != ": alive\n" {
		t.Fatalf("first line %q %v", first, err)
	}
	w.keep(davit.Change{Events: []davit.Event{{Kind: "a", Actor: "x", Service: "cart", Text: "Other."}, {Kind: "a", Actor: "x", Service: "shop", Text: "One."}}})
	w.keep(davit.Change{Events: []davit.Event{{Kind: "b", Actor: "x", Service: "shop", Text: "Two."}}})
	var seen []string
	var one int64
	for m, err := range api.Messages(lines) {
		var e api.Event
		if err != nil || m.Name != "event" || json.Unmarshal(m.Data, &e) != nil || m.ID != e.Seq {
			t.Fatalf("message %+v %v", m, err)
		}
		if seen = append(seen, e.Text); len(seen) == 2 {
			break
		}
		one = e.Seq
	}
	if strings.Join(seen, " ") != "One. Two." {
		t.Errorf("seen %v", seen)
	}
	for e, err := range c.Follow(ctx, api.Params{"service": "shop"}, one, func(err error) error { return err }) {
		if err != nil || e.Text != "Two." {
			t.Errorf("after the first: %+v %v", e, err)
		}
		break
	}
	for e, err := range c.Follow(ctx, api.Params{"commit": "zz"}, 0, func(err error) error { return err }) {
		if davit.KindOf(err) != davit.Invalid {
			t.Errorf("a selection that cannot be: %+v %v", e, err)
		}
	}
}

// TestLog holds that a log comes line by line and says where it ends.
func TestLog(t *testing.T) {
	w := newWorld(t)
	w.seed()
	c := api.NewClient(w.http.URL, w.tokens[davit.Viewer])
	var got []string
	for l, err := range c.Lines(t.Context(), "read-run-log", api.Params{"run": "shop-run-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l.Text)
	}
	if strings.Join(got, " ") != "hello bye" {
		t.Errorf("got %v", got)
	}
	for _, err := range c.Lines(t.Context(), "read-run-log", api.Params{"run": "shop-run-1", "stage": "nosuch"}) {
		if davit.KindOf(err) != davit.NotFound {
			t.Errorf("no such stage: %v", err)
		}
	}
}

// TestPush holds that hooks are heard with the token of their push only, and
// that the pusher is told until the run is over.
func TestPush(t *testing.T) {
	w := newWorld(t)
	w.seed()
	call := `{"updates":[{"ref":"refs/heads/main","new":"` + commit + `"}]}`
	if status, _, _ := w.ask(davit.Admin, "POST", "/hooks/pre-receive", call); status != http.StatusUnauthorized {
		t.Errorf("an admin's token is not a push's: %d", status)
	}
	bearer := []string{"Authorization", "Bearer push-token"}
	if status, body, _ := w.ask("", "POST", "/hooks/pre-receive", call, bearer...); status != http.StatusNoContent {
		t.Errorf("pre-receive: %d %s", status, body)
	}
	w.engine.fails = &davit.Error{Kind: davit.Invalid, Err: spec.Problems{{File: "davit.yaml", Line: 3, Column: 5, Text: "there is no key \"start\"", Hint: "write strategy"}}}
	if status, body, _ := w.ask("", "POST", "/hooks/pre-receive", call, bearer...); status != 422 || !strings.Contains(body, "davit.yaml:3:5") || !strings.Contains(body, "write strategy") {
		t.Errorf("a broken file: %d %s", status, body)
	}
	w.engine.fails, w.engine.pushed = nil, []string{"shop-run-1"}
	time.AfterFunc(50*time.Millisecond, func() {
		w.keep(davit.Change{Events: []davit.Event{
			{Kind: "x", Actor: "x", Run: "shop-run-7", Text: "Another run."},
			{Kind: "run.succeeded", Actor: "davit", Run: "shop-run-1", Text: "It went well.\nwith details"},
		}})
	})
	status, body, _ := w.ask("", "POST", "/hooks/post-receive", call, bearer...)
	if status != 200 || !strings.Contains(body, "made runs for the-deployer in shop") || !strings.Contains(body, " It went well.\n") ||
		!strings.Contains(body, "shop-run-1: Deployed to production. (davit why 3f2c9a1d0000)") || strings.Contains(body, "Another") || strings.Contains(body, "details") {
		t.Errorf("post-receive: %d %s", status, body)
	}
}

// TestStopping holds that streams end when the server stops.
func TestStopping(t *testing.T) {
	w := newWorld(t)
	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.server.Serve(ctx, l) }()
	body, err := api.NewClient("http://"+l.Addr().String(), w.tokens[davit.Viewer]).Stream(t.Context(), "stream-events", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	w.seed()
	w.engine.pushed = []string{"shop-run-1"} // nothing more happens to it
	told := make(chan string, 1)
	go func() {
		r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, "http://"+l.Addr().String()+"/hooks/post-receive", strings.NewReader(`{"updates":[]}`))
		if err != nil {
			told <- err.Error()
			return
		}
		r.Header.Set("Authorization", "Bearer push-token")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			told <- err.Error()
			return
		}
		lines := bufio.NewReader(res.Body)
		text, _ := lines.ReadString('\n') // the push is being followed
		stop()
		rest, _ := io.ReadAll(lines)
		_ = res.Body.Close()
		told <- text + string(rest)
	}()
	defer func() {
		if text := <-told; !strings.HasSuffix(text, "the run goes on; davit runs shows how\n") {
			t.Errorf("the pusher is told %q", text)
		}
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it does not stop while somebody listens")
	}
}
