package process

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// keptLines is how many lines of the log an error quotes.
const keptLines = 20

// explain says why an instance does not stay up, with the last checks and the
// last lines of its log, and how that is usually mended.
func (i *instance) explain(what string, wasReady bool) (text, hint string) {
	w := i.workload()
	if i.proc != nil {
		what, hint = i.diagnose(what, w)
	} else {
		what += "; last: " + i.ends.text
		hint = deathHint(i.ends, wasReady, len(i.history))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "instance %s: %s", i.id, what)
	if i.proc != nil || i.answered() {
		b.WriteString("\nlast checks:")
		for _, r := range i.history {
			fmt.Fprintf(&b, "\n  after %s: %s", r.after.Round(100*time.Millisecond), r.text)
		}
	}
	_, _ = i.spool.collect(time.Now())
	lines, _ := lastLines(i.spool.log.path, keptLines, 1)
	if len(lines) == 0 {
		b.WriteString("\nit has printed nothing")
		return b.String(), hint
	}
	b.WriteString("\nlast lines of its log:")
	for _, l := range lines {
		_, text := parseLine(l)
		if len(text) > 500 {
			text = strings.ToValidUTF8(text[:500], "") + " …"
		}
		b.WriteString("\n  " + text)
	}
	return b.String(), hint
}

// answered reports whether a check found anybody: that nothing listened on a
// process that died need not be said five times.
func (i *instance) answered() bool {
	return slices.ContainsFunc(i.history, func(r result) bool { return !strings.Contains(r.text, "nothing listens") })
}

// diagnose says what is wrong with a process that runs but is not ready.
func (i *instance) diagnose(what string, w davit.Workload) (text, hint string) {
	port := i.intent().Port
	last := ""
	if len(i.history) > 0 {
		last = i.history[len(i.history)-1].text
	}
	listening := i.listening()
	switch {
	case strings.Contains(last, "nothing listens"):
		if len(listening) > 0 {
			return fmt.Sprintf("%s: it listens on %s, not on port %d", what, strings.Join(listening, ", "), port),
				"listen on the port in the environment variable PORT"
		}
		return fmt.Sprintf("%s: nothing listens on port %d", what, port), "listen on the port in the environment variable PORT, and do so before slow work"
	case strings.Contains(last, ": 404 "):
		return what + ": it has no page " + w.Ready.HTTP, "check the path of the readiness check (health.ready), or add that page to the service"
	case strings.Contains(last, ": 5"):
		return what + ": " + last, "the service itself says that it is not ready; its log below should say why"
	case strings.Contains(last, "no answer"):
		return what + ": it accepts connections but does not answer within " + w.Ready.Timeout.String(), "it may hang or be slow; raise health.ready.timeout or start_within if it is only slow"
	case last == "":
		return what, ""
	}
	return what + ": " + last, ""
}

// deathHint says how a death is usually mended.
func deathHint(e ending, wasReady bool, checks int) string {
	switch {
	case e.hint != "":
		return e.hint
	case strings.Contains(e.text, "out of memory"):
		return "raise the memory limit of the service, or find what uses so much"
	case strings.Contains(e.text, "not found"), strings.Contains(e.text, "no such file"):
		return "is the program part of the artifact? see run and package in davit.yaml"
	case strings.Contains(e.text, "could not be started"):
		return ""
	case wasReady || checks > 20:
		return "it ran, then died; the end of its log should say why"
	}
	return "it dies right after its start; the end of its log should say why"
}

// describe says how a process ended.
func describe(s *os.ProcessState) string {
	if s == nil {
		return "the process ended"
	}
	text := s.String() // "exit status 3", "signal: killed"
	if name, ok := strings.CutPrefix(text, "signal: "); ok {
		return "the process was ended by a signal: " + name
	}
	return "the process ended with " + text
}

// listening returns the addresses on which the processes of the instance
// listen, where the system tells.
func (i *instance) listening() []string {
	pids := i.t.cgroups.members(i.id)
	for _, pid := range sessionOf(i.proc.id.PID) {
		if !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
	}
	return listeners(pids)
}

// bytesText writes a number of bytes as people do.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
