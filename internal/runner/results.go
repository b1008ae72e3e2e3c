package runner

import (
	"slices"
	"strings"
	"sync"

	"github.com/davit-cd/davit/internal/pipeline"
)

const (
	maxTests = 200_000 // names remembered
	maxHead  = 6       // first lines of a failure's message
	maxTail  = 6       // and last ones: what a test logs before it fails is in the same place
	maxText  = 200     // bytes of each
)

// results gathers what test reports say.
type results struct {
	mu   sync.Mutex
	all  map[string]*result // by name
	said bool               // a go-json line was heard
	lost bool               // there were more than maxTests
}

// result is what is known of one test.
type result struct {
	group   string // package, for tests of Go
	test    string // name within it
	whole   bool   // of the package as a whole
	status  string // "running", "passed", "failed", "skipped"
	failed  bool   // at some time
	head    []string
	tail    []string
	dropped bool // between head and tail
}

func newResults() *results { return &results{all: map[string]*result{}} }

func (r *results) heard() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said
}

func (r *results) tooMany() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// of returns the result of a test; a spare one when there are too many.
func (r *results) of(name string) *result {
	t := r.all[name]
	if t == nil {
		t = &result{}
		if len(r.all) < maxTests {
			r.all[name] = t
		} else {
			r.lost = true
		}
	}
	return t
}

// say adds a line to the message of a test.
func (t *result) say(line string) {
	line = strings.ToValidUTF8(strings.TrimRight(line, "\r\n"), "\uFFFD")
	if line = line[:cut([]byte(line), maxText)]; strings.TrimSpace(line) == "" {
		return
	}
	if len(t.head) < maxHead {
		t.head = append(t.head, line)
		return
	}
	if t.tail = append(t.tail, line); len(t.tail) > maxTail {
		t.tail, t.dropped = t.tail[1:], true
	}
}

func (t *result) message() string {
	lines := slices.Clone(t.head)
	if t.dropped {
		lines = append(lines, "…")
	}
	return strings.Join(append(lines, t.tail...), "\n")
}

// end gives a test its result.
func (t *result) end(status string) {
	t.status = status
	t.failed = t.failed || status == "failed"
	if status != "failed" {
		t.head, t.tail, t.dropped = nil, nil, false
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
		sum.Failures = append(sum.Failures, pipeline.Failure{Name: name, Message: r.all[name].message()})
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
