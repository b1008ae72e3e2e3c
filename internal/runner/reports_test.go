package runner_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/runner"
	"github.com/davit-cd/davit/internal/spec"
)

func TestGoTestResults(t *testing.T) {
	r, _ := open(t, runner.Options{})
	module := files{
		"go.mod": "module example.com/shop\n\ngo 1.24\n",
		"a_test.go": `package shop
import ("testing"; "os")
func TestGood(t *testing.T) {}
func TestSkipped(t *testing.T) { t.Skip("later") }
func TestParent(t *testing.T) {
	t.Run("good", func(t *testing.T) {})
	t.Run("bad", func(t *testing.T) { if os.Getenv("GOOD") == "" { t.Error("price is -1") } })
}
`,
		"none/a.go":        "package none\n",
		"broken/b_test.go": "package broken\nfunc x() { undefined() }\n",
	}
	reports := []spec.Report{{Format: "go-json"}}
	env := map[string]string{"GOCACHE": goCache(t)} // filled already: compiling the standard library takes its time
	j := job(module, "go test -json ./...")
	j.Stage.Reports, j.Stage.Env = reports, env
	out := run(t, r, j, pipeline.OutcomeFailed)
	got := out.Facts.Tests
	if got.Passed != 2 || got.Failed != 2 || got.Skipped != 1 || got.Flaky != 0 || len(got.Failures) != 2 {
		t.Fatalf("tests %+v\n%s", got, text(t, r, j))
	}
	if f := got.Failures[0]; f.Name != "example.com/shop.TestParent/bad" || !strings.Contains(f.Message, "price is -1") {
		t.Errorf("failure %+v", f)
	}
	if f := got.Failures[1]; f.Name != "example.com/shop/broken" || !strings.Contains(f.Message, "undefined") {
		t.Errorf("failure %+v", f)
	}
	if out.Reason != "2 of 5 tests failed: example.com/shop.TestParent/bad, example.com/shop/broken." {
		t.Errorf("reason %q", out.Reason)
	}
	if log := text(t, r, j); !strings.Contains(log, "out: --- FAIL: TestParent") || strings.Contains(log, `"Action"`) {
		t.Errorf("log:\n%s", log)
	}

	j = job(module, "go test -json . || GOOD=1 go test -count=1 -json .")
	j.Stage.Reports, j.Stage.Env, j.Attempt = reports, env, 2
	got = run(t, r, j, pipeline.OutcomePassed).Facts.Tests
	if got.Failed != 0 || !slices.Equal(got.Flakes, []string{"example.com/shop.TestParent", "example.com/shop.TestParent/bad"}) {
		t.Errorf("tests %+v", got)
	}

	j = job(module, "go test ./none")
	j.Stage.Reports, j.Stage.Env = reports, env
	if out := run(t, r, j, pipeline.OutcomeFailed); !strings.Contains(out.Reason, "run go test with -json") {
		t.Errorf("reason %q", out.Reason)
	}
}

func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Skip("no go command")
	}
	return strings.TrimSpace(string(out))
}

func TestJUnitResults(t *testing.T) {
	r, _ := open(t, runner.Options{})
	report := `<?xml version="1.0"?><testsuites><testsuite name="s">
<testcase classname="Cart" name="adds"/><testcase classname="Cart" name="sells"><failure message="want 1, got 2">at cart.js:3
at run.js:9</failure></testcase>
<testsuite><testcase name="waits"><skipped/></testcase><testcase classname="Net" name="calls"><flakyFailure message="reset"/></testcase></testsuite>
</testsuite></testsuites>`
	j := job(files{"out/a/report.xml": report}, "true")
	j.Stage.Reports = []spec.Report{{Format: "junit", Path: "out/**/*.xml"}}
	out := run(t, r, j, pipeline.OutcomeFailed)
	got := out.Facts.Tests
	if got.Passed != 2 || got.Failed != 1 || got.Skipped != 1 || got.Flaky != 1 || got.Flakes[0] != "Net.calls" {
		t.Errorf("tests %+v", got)
	}
	if f := got.Failures[0]; f.Name != "Cart.sells" || f.Message != "want 1, got 2\nat cart.js:3\nat run.js:9" {
		t.Errorf("failure %+v", f)
	}
	if out.Reason != "1 of 4 tests failed: Cart.sells." {
		t.Errorf("reason %q", out.Reason)
	}
	j = job(files{"r.json": "no events\n"}, "true")
	j.Stage.Reports = []spec.Report{{Format: "go-json", Path: "*.json"}}
	if out := run(t, r, j, pipeline.OutcomeFailed); !strings.Contains(out.Reason, "holds no results") {
		t.Errorf("reason %q", out.Reason)
	}
	for name, want := range map[string]string{"none.xml": "No file matches", "bad.xml": "cannot be read", "empty.xml": "cannot be read"} {
		j := job(files{"bad.xml": "<testsuite><testcase", "empty.xml": "hello"}, "true")
		j.Stage.Reports = []spec.Report{{Format: "junit", Path: name}}
		if out := run(t, r, j, pipeline.OutcomeFailed); !strings.Contains(out.Reason, want) {
			t.Errorf("%s: %q", name, out.Reason)
		}
	}
}
