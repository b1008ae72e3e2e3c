package pipeline

import (
	"fmt"
	"strconv"
	"time"
)

// skipNeedless skips the stages that this commit does not need.
func (m *machine) skipNeedless() {
	for i := range m.Stages {
		s := &m.Stages[i]
		if why := m.needless(m.config(s.Name).When); why != "" {
			s.Phase, s.Reason = StageSkipped, why
			m.tell("stage.skipped", fmt.Sprintf("Stage %s skipped: %s", s.Name, lowerFirst(why)), "stage", s.Name)
		}
	}
}

// advance starts every stage whose time has come, and leaves the stages when
// none is left.
func (m *machine) advance() {
	for moved := true; moved; {
		moved = false
		for i := range m.Stages {
			before := m.Stages[i].Phase
			m.advanceStage(&m.Stages[i])
			moved = moved || m.Stages[i].Phase != before
		}
	}
	if m.anyStage(StagePhase.Active) || m.anyRetry() {
		return
	}
	if stuck := m.stuck(); len(stuck) > 0 {
		// A configuration that passed its check cannot come here; one that did
		// not must not leave a run that never ends.
		for _, s := range stuck {
			s.Phase, s.Reason = StageFailed, "It can never start: its needs name no stage, or each other."
		}
	}
	if bad := m.firstBad(); bad != nil {
		m.end(Failed, m.failure(bad), bad.Name)
		return
	}
	m.afterStages()
}

// advanceStage moves s on if it waits.
func (m *machine) advanceStage(s *Stage) {
	if s.Phase != StageWaiting || m.at.Before(s.NotBefore) {
		return
	}
	for _, name := range m.config(s.Name).Needs {
		need := m.Stage(name)
		switch {
		case need == nil:
			return
		case need.Phase.Good():
		case need.Phase.Final():
			m.stop(s, fmt.Sprintf("it needs %s, which %s", name, phaseWord[need.Phase]))
			return
		default:
			return
		}
	}
	m.startAttempt(s)
}

var phaseWord = map[StagePhase]string{
	StageFailed: "failed", StageTimedOut: "timed out", StageCancelled: "did not run",
}

func (m *machine) startAttempt(s *Stage) {
	s.Attempt++
	s.Losses, s.Reason = 0, ""
	s.Started, s.Finished, s.NotBefore = time.Time{}, time.Time{}, time.Time{}
	m.order(s)
}

// order asks for s's attempt, for the first time or again.
func (m *machine) order(s *Stage) {
	if s.Phase != StageLost {
		s.Phase = StageStarting
	}
	s.Ordered, s.Deadline = m.at, m.at.Add(startWithin)
	m.do(StartStage{Run: m.ID, Stage: s.Name, Attempt: s.Attempt, Turn: s.Losses})
}

func (m *machine) stageStarted(in StageStarted) {
	s := m.Stage(in.Stage)
	if m.Phase != Running || s == nil || s.Attempt != in.Attempt || s.Phase != StageStarting && s.Phase != StageLost {
		return
	}
	again := s.Phase == StageLost
	s.Phase, s.Started, s.Reason = StageRunning, m.at, ""
	s.Deadline = m.at.Add(startWithin)
	if limit := m.config(s.Name).Timeout; limit > 0 {
		s.Deadline = m.at.Add(limit + timeoutGrace)
	}
	text := fmt.Sprintf("Stage %s started", s.Name)
	switch {
	case again:
		text = fmt.Sprintf("Stage %s started again: the server had gone away under it", s.Name)
	case s.Attempt > 1:
		text = fmt.Sprintf("Stage %s started, attempt %d of %d", s.Name, s.Attempt, m.config(s.Name).Attempts)
	}
	m.tell("stage.started", text+".", "stage", s.Name, "attempt", strconv.Itoa(s.Attempt))
}

func (m *machine) stageFinished(in StageFinished) {
	s := m.Stage(in.Stage)
	if m.Phase != Running || s == nil || s.Attempt != in.Attempt || !s.Phase.Active() {
		return
	}
	if in.Outcome == OutcomeLost {
		m.stageLost(in.Stage)
		return
	}
	s.Facts, s.Reason, s.Finished = in.Facts, in.Reason, m.at
	if in.Outcome == OutcomePassed {
		m.pass(s)
	} else {
		m.fail(s, in.Outcome)
	}
	m.advance()
}

func (m *machine) pass(s *Stage) {
	s.Phase, s.Deadline = StagePassed, time.Time{}
	s.Facts.Tests = flakyNow(s.Facts.Tests, s.Earlier)
	t := s.Facts.Tests
	text := fmt.Sprintf("Stage %s passed in %s", s.Name, span(s.took()))
	if t.Total() > 0 {
		text += fmt.Sprintf(", %s passed", count(t.Passed, "test"))
	}
	m.tell("stage.passed", text+".", append(testFacts(t), "stage", s.Name, "attempt", strconv.Itoa(s.Attempt))...)
	if t.Flaky > 0 {
		m.tell("tests.flaky", fmt.Sprintf("%s in stage %s failed and then passed: %s.", count(t.Flaky, "test"), s.Name, list(t.Flakes, 3)),
			"stage", s.Name, "tests", list(t.Flakes, MaxNames))
	}
}

// fail ends an attempt that did not pass: either another follows, or it was
// the last.
func (m *machine) fail(s *Stage, outcome StageOutcome) {
	config := m.config(s.Name)
	for _, f := range s.Facts.Tests.Failures {
		s.Earlier = addName(s.Earlier, f.Name)
	}
	s.Deadline = time.Time{}
	kind, word := "stage.failed", "failed"
	if outcome == OutcomeTimedOut {
		kind, word = "stage.timed-out", "timed out"
	}
	if s.Reason == "" {
		s.Reason = "No reason was given."
		if outcome == OutcomeTimedOut && config.Timeout > 0 {
			s.Reason = fmt.Sprintf("It took longer than %s.", span(config.Timeout))
		}
	}
	facts := append(testFacts(s.Facts.Tests), "stage", s.Name, "attempt", strconv.Itoa(s.Attempt), "reason", s.Reason)
	if s.Attempt < config.Attempts {
		wait := backoff(config.Backoff, s.Attempt)
		s.Phase, s.NotBefore = StageWaiting, m.at.Add(wait)
		next := "in " + span(wait)
		if wait == 0 {
			next = "at once"
		}
		m.tell(kind, fmt.Sprintf("Stage %s %s (attempt %d of %d), next attempt %s: %s", s.Name, word, s.Attempt, config.Attempts, next, lowerFirst(s.Reason)),
			append(facts, "retry", s.NotBefore.UTC().Format(time.RFC3339Nano))...)
		return
	}
	s.Phase = StageFailed
	if outcome == OutcomeTimedOut {
		s.Phase = StageTimedOut
	}
	m.tell(kind, fmt.Sprintf("Stage %s %s after %s: %s", s.Name, word, span(s.took()), lowerFirst(s.Reason)), facts...)
	if m.Spec.FailFast {
		for i := range m.Stages {
			m.stop(&m.Stages[i], fmt.Sprintf("stage %s %s", s.Name, word))
		}
	}
}

// backoff returns the wait after the given attempt: first, then doubled each
// time, bounded.
func backoff(first time.Duration, attempt int) time.Duration {
	wait := first
	for range attempt - 1 {
		if wait >= maxBackoff {
			break
		}
		wait *= 2
	}
	return min(wait, max(first, maxBackoff))
}

// stageLost starts the same attempt again. It is no failure of the stage,
// unless the server goes away under it time and again: then the stage may well
// be the cause, and a run must end.
func (m *machine) stageLost(name string) {
	s := m.Stage(name)
	if m.Phase != Running || s == nil || !s.Phase.Active() {
		return
	}
	s.Losses++
	if s.Losses > maxLosses {
		s.Finished, s.Reason = m.at, fmt.Sprintf("The server went away %d times while it ran.", s.Losses)
		m.fail(s, OutcomeFailed)
		m.advance()
		return
	}
	if s.Phase != StageRunning { // nothing ran yet: it is asked for again, that is all
		m.order(s)
		return
	}
	s.Phase, s.Reason = StageLost, "The server went away while it ran; the same attempt is started again."
	m.tell("stage.lost", fmt.Sprintf("Stage %s was interrupted because the server went away; attempt %d is started again.", name, s.Attempt),
		"stage", name, "attempt", strconv.Itoa(s.Attempt))
	m.order(s)
}

// giveUpStages ends attempts whose deadline is over. The runner keeps timeouts
// itself; this is for a runner that does not answer.
func (m *machine) giveUpStages() {
	for i := range m.Stages {
		s := &m.Stages[i]
		if !s.Phase.Active() || s.Deadline.IsZero() || m.at.Before(s.Deadline) {
			continue
		}
		m.do(StopStage{Run: m.ID, Stage: s.Name, Attempt: s.Attempt})
		s.Finished, s.Reason = m.at, ""
		if s.Phase != StageRunning {
			s.Reason = fmt.Sprintf("It did not start within %s.", span(startWithin))
		}
		m.fail(s, OutcomeTimedOut)
	}
}

// stop cancels s unless it has come to an end by itself.
func (m *machine) stop(s *Stage, because string) {
	if s.Phase.Final() {
		return
	}
	text := fmt.Sprintf("Stage %s not run: %s.", s.Name, because)
	if s.Phase.Active() {
		m.do(StopStage{Run: m.ID, Stage: s.Name, Attempt: s.Attempt})
		s.Finished = m.at
		text = fmt.Sprintf("Stage %s stopped: %s.", s.Name, because)
	}
	s.Phase, s.Reason = StageCancelled, upperFirst(because)+"."
	s.Deadline, s.NotBefore = time.Time{}, time.Time{}
	m.tell("stage.cancelled", text, "stage", s.Name)
}

func (m *machine) anyStage(is func(StagePhase) bool) bool {
	for _, s := range m.Stages {
		if is(s.Phase) {
			return true
		}
	}
	return false
}

func (m *machine) anyRetry() bool {
	for _, s := range m.Stages {
		if s.Phase == StageWaiting && !s.NotBefore.IsZero() {
			return true
		}
	}
	return false
}

func (m *machine) stuck() []*Stage {
	var stuck []*Stage
	for i := range m.Stages {
		if m.Stages[i].Phase == StageWaiting {
			stuck = append(stuck, &m.Stages[i])
		}
	}
	return stuck
}

// firstBad returns the stage that failed first.
func (m *machine) firstBad() *Stage {
	var first *Stage
	for i := range m.Stages {
		s := &m.Stages[i]
		if s.Phase.Bad() && (first == nil || s.Finished.Before(first.Finished)) {
			first = s
		}
	}
	return first
}

func (m *machine) failure(s *Stage) string {
	return fmt.Sprintf("Stage %s %s: %s", s.Name, phaseWord[s.Phase], lowerFirst(s.Reason))
}

// took is how long the attempt ran.
func (s *Stage) took() time.Duration {
	if s.Started.IsZero() {
		return s.Finished.Sub(s.Ordered)
	}
	return s.Finished.Sub(s.Started)
}
