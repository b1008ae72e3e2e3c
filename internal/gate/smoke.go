package gate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/davit-cd/davit"
)

// NotServerError as the expected status of a smoke test takes any status below
// 500.
const NotServerError = -1

// Default returns the smoke test of a service that has none of its own: it
// answers at all, and not with a server error. A service without a page at / may
// well say 404.
func Default() []davit.SmokeTest {
	return []davit.SmokeTest{{Name: "GET /", Path: "/", Status: NotServerError, Timeout: 5 * time.Second, Retries: 2}}
}

const (
	firstPause = 200 * time.Millisecond // before the second attempt; doubles
	mostPause  = 2 * time.Second
)

// Smoke sends the tests' requests to a version, one after the other, and says
// whether all came back as expected. Without tests it takes Default. The reason
// names the first that failed; the evidence has each of them.
func Smoke(ctx context.Context, t Target, tests []davit.SmokeTest) davit.Finding {
	if len(tests) == 0 {
		tests = Default()
	}
	c := t.client()
	defer c.CloseIdleConnections()
	found := davit.Finding{Gate: "smoke", Release: t.Release, Evidence: map[string]string{}, Step: -1, Answer: davit.Passed}
	found.Reason = fmt.Sprintf("all %d smoke tests passed", len(tests))
	if len(tests) == 1 {
		found.Reason = "the smoke test passed"
	}
	for _, test := range tests {
		name := unique(found.Evidence, test)
		said, wrong := t.attempts(ctx, c, test)
		if ctx.Err() != nil && found.Answer != davit.Refused {
			found.Answer, found.Reason = davit.Waiting, "the smoke tests were interrupted"
			found.Evidence[name] = "interrupted"
			break
		}
		found.Evidence[name] = "pass: " + said
		if wrong != "" {
			found.Evidence[name] = "fail: " + wrong
			if found.Answer == davit.Passed {
				found.Answer, found.Reason = davit.Refused, fmt.Sprintf("smoke test %s: %s", name, wrong)
			}
		}
	}
	found.At = time.Now()
	return found
}

// unique returns the name of a test, with a number if there was one of that
// name.
func unique(taken map[string]string, test davit.SmokeTest) string {
	name := test.Name
	if name == "" {
		name = method(test) + " " + test.Path
	}
	for i, n := 2, name; ; i++ {
		if _, there := taken[name]; !there {
			return name
		}
		name = fmt.Sprintf("%s (%d)", n, i)
	}
}

func method(test davit.SmokeTest) string {
	if test.Method == "" {
		return http.MethodGet
	}
	return test.Method
}

// attempts repeats a test until it passes or has no attempt left.
func (t Target) attempts(ctx context.Context, c *http.Client, test davit.SmokeTest) (said, wrong string) {
	pause := firstPause
	for i := 0; ; i++ {
		said, wrong = t.try(ctx, c, test)
		if wrong == "" || i >= test.Retries || ctx.Err() != nil {
			break
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(2*pause, mostPause)
	}
	if test.Retries > 0 && wrong != "" {
		wrong += ", in the last of " + strconv.Itoa(test.Retries+1) + " attempts"
	}
	return said, wrong
}

// try sends a test's request once and says what is wrong with the answer.
func (t Target) try(ctx context.Context, c *http.Client, test davit.SmokeTest) (said, wrong string) {
	r := request{method: method(test), path: test.Path, body: test.Body, headers: test.Headers, timeout: test.Timeout}
	if r.timeout <= 0 {
		r.timeout = 5 * time.Second
	}
	a, err := t.send(ctx, c, r)
	if err != nil {
		return "", noAnswer(err, r.timeout)
	}
	took := a.took.Round(time.Millisecond)
	said = fmt.Sprintf("%d in %s", a.status, took)
	switch {
	case t.answered(a) != "":
		wrong = t.answered(a)
	case test.Status == NotServerError && a.status >= 500:
		wrong = fmt.Sprintf("status %d, a server error", a.status)
	case test.Status == NotServerError:
	case test.Status == 0 && a.status != http.StatusOK:
		wrong = fmt.Sprintf("status %d, want 200", a.status)
	case test.Status > 0 && a.status != test.Status:
		wrong = fmt.Sprintf("status %d, want %d", a.status, test.Status)
	}
	if wrong == "" {
		wrong = differs(a.body, test.JSON)
	}
	if wrong != "" {
		return said, wrong + "; it answered " + t.quote(a.body)
	}
	if test.Within > 0 && a.took > test.Within {
		return said, fmt.Sprintf("took %s, want at most %s", took, test.Within)
	}
	return said, ""
}

// noAnswer says in plain words why there is no answer. It leaves out the URL,
// which the name of the test tells, and addresses.
func noAnswer(err error, timeout time.Duration) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if n, ok := errors.AsType[net.Error](err); errors.Is(err, context.DeadlineExceeded) || (ok && n.Timeout()) {
		return fmt.Sprintf("no answer within %s", timeout)
	}
	if o, ok := errors.AsType[*net.OpError](err); ok && o.Op == "dial" {
		return "the router could not be reached: " + o.Err.Error()
	}
	return "no answer: " + err.Error()
}
