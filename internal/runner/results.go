package runner

import (
	"slices"
	"strings"
	"sync"

	"github.com/davit-cd/davit/internal/pipeline"
)

const (
	maxTests    = 200_000 // names remembered
	maxMessage  = 2000    // bytes of a failure's message
	maxMessages = 12      // lines of it
)

// results gathers what test reports say.
type results struct {
	mu   sync.Mutex
	all  map[string]*result // by name
	said bool               // a go-json line was heard
}

// result is what is known of one test.
type result struct {
	group   string // package, for tests of Go
	test    string // name within it
	whole   bool   // of the package as a whole
	status  string // "running", "passed", "failed", "skipped"
	failed  bool   // at some time
	message []string
	size    int
}

func newResults() *results { return &results{all: map[string]*result{}} }

func (r *results) heard() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said
}

// of returns the result of a test; a spare one when there are too many.
func (r *results) of(name string) *result {
	t := r.all[name]
	if t == nil {
		t = &result{}
		if len(r.all) < maxTests {
			r.all[name] = t
		}
	}
	return t
}

// say adds a line to the message of a test.
func (t *result) say(line string) {
	if line = strings.TrimRight(line, "\r\n"); line == "" || len(t.message) >= maxMessages || t.size+len(line) > maxMessage {
		return
	}
	t.message, t.size = append(t.message, line), t.size+len(line)
}

// end gives a test its result.
func (t *result) end(status string) {
	t.status = status
	t.failed = t.failed || status == "failed"
	if status != "failed" {
		t.message, t.size = nil, 0
	}
}

// tests sums up. A test that began and did not end has failed. A package or a
// test of Go that failed because of a test in it is not counted besides.
func (r *results) tests() pipeline.Tests {
	r.mu.Lock()
	defer r.mu.Unlock()
	explained := r.explained()
	var sum pipeline.Tests
	var failures, flakes []string
	for name, t := range r.all {
		switch {
		case t.status == "failed" && !explained[name]:
			sum.Failed++
			failures = append(failures, name)
		case t.whole || t.status == "failed":
		case t.status == "skipped":
			sum.Skipped++
		case t.status == "passed":
			sum.Passed++
			if t.failed {
				sum.Flaky++
				flakes = append(flakes, name)
			}
		}
	}
	slices.Sort(failures)
	slices.Sort(flakes)
	for _, name := range failures[:min(len(failures), pipeline.MaxNames)] {
		sum.Failures = append(sum.Failures, pipeline.Failure{Name: name, Message: strings.Join(r.all[name].message, "\n")})
	}
	sum.Flakes = flakes[:min(len(flakes), pipeline.MaxNames)]
	return sum
}

// explained ends what has not ended, and returns the names of what failed only
// because of a test in it.
func (r *results) explained() map[string]bool {
	explained := map[string]bool{}
	for _, t := range r.all {
		if t.status == "running" {
			t.end("failed")
			t.say("it began and did not end")
		}
		if t.status != "failed" || t.group == "" || t.whole {
			continue
		}
		explained[t.group] = true
		for test := t.test; ; {
			i := strings.LastIndexByte(test, '/')
			if i < 0 {
				break
			}
			test = test[:i]
			explained[t.group+"."+test] = true
		}
	}
	return explained
}
