package davit

import "time"

// Finding is a gate's answer together with what it was about, why it was
// given, and who may override it.
type Finding struct {
	Gate     string // the gate's name: "tests", "quarantine", "smoke", "judge" …
	Answer   Answer
	Reason   string            // one plain sentence
	Evidence map[string]string // named facts: counts, statuses, urls
	Release  string            // release id it was about
	Artifact Digest
	Config   Digest
	Epoch    uint64 // rollout epoch, 0 outside a rollout
	Step     int    // plan step, -1 outside a plan
	Override []Role // who may override it; empty: nobody
	Until    time.Time
	At       time.Time
}
