package pipeline

import "time"

// Stage is where one stage of a run stands.
type Stage struct {
	Name      string
	Phase     StagePhase
	Attempt   int       // 1, 2 …; 0 before the first
	Ordered   time.Time // when the attempt was asked for
	Started   time.Time // when the attempt's first process ran
	Finished  time.Time
	NotBefore time.Time // waiting for the next attempt: when it may start
	Deadline  time.Time // starting, running, lost: when the decider gives the attempt up
	Losses    int       // how often the server went away under this attempt
	Reason    string    // why it is in its phase, one plain sentence
	Facts     Facts     // of the last attempt
	Earlier   []string  // tests that failed in earlier attempts; bounded
}

// StagePhase says where a stage stands.
type StagePhase string

// The phases of a stage. Skipped counts as passed for those who need it.
const (
	StageWaiting   StagePhase = "waiting"   // for its needs, or for its next attempt
	StageStarting  StagePhase = "starting"  // asked for; waits for a place to run
	StageRunning   StagePhase = "running"   // its steps run
	StageLost      StagePhase = "lost"      // the server went away; asked for again, the same attempt
	StagePassed    StagePhase = "passed"    //
	StageFailed    StagePhase = "failed"    // its last attempt failed
	StageTimedOut  StagePhase = "timed-out" // its last attempt took too long: a failure with its own name
	StageSkipped   StagePhase = "skipped"   // not needed for this commit
	StageCancelled StagePhase = "cancelled" // never ran, or was stopped, because of something else
)

// Final reports whether a stage in p never runs again.
func (p StagePhase) Final() bool { return p.Good() || p.Bad() || p == StageCancelled }

// Good reports whether a stage in p lets those start that need it.
func (p StagePhase) Good() bool { return p == StagePassed || p == StageSkipped }

// Bad reports whether a stage in p makes its run fail.
func (p StagePhase) Bad() bool { return p == StageFailed || p == StageTimedOut }

// Active reports whether processes of a stage in p run or have been asked for.
func (p StagePhase) Active() bool {
	return p == StageStarting || p == StageRunning || p == StageLost
}
