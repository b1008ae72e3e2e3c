package pipeline

import "github.com/davit-cd/davit/internal/spec"

// Waiting is a run of one service and branch as the queue sees it.
type Waiting struct {
	Run   string
	Phase Phase
}

// Decision is what the queue wants done. Every run it was given is either
// started, superseded by a named one, or still waiting for a named one.
type Decision struct {
	Start     string         // the run whose turn it is; empty: none
	Supersede []Supersession // to be done before Start
	Carry     bool           // the runs that supersede list what they supersede
	Behind    string         // the run that the first waiting one waits for; empty when none waits
}

// Supersession is a queued run whose place a newer one takes.
type Supersession struct {
	Run string
	By  string
}

// Queue decides who is next among the runs of one service and one branch: a commit
// of another branch takes nobody's place, least of all that of one which deploys.
// queued is in the order in which the commits came; active are the runs that have started
// and have not ended, oldest first.
//
// Every lets a run start when the one before it has ended, so commits reach
// each environment one by one. Newest and Batch let it start when no other run
// is in its stages: a long rollout does not keep the next commit from being
// tested, and rollouts wait for each other by themselves. An unknown policy
// counts as Every, which loses nothing.
func Queue(policy spec.Queue, queued, active []Waiting) Decision {
	var d Decision
	if len(queued) == 0 {
		return d
	}
	next := queued[0].Run
	if policy == spec.Newest || policy == spec.Batch {
		next = queued[len(queued)-1].Run
		for _, w := range queued[:len(queued)-1] {
			d.Supersede = append(d.Supersede, Supersession{Run: w.Run, By: next})
		}
		d.Carry = policy == spec.Batch
	}
	for _, w := range active {
		if blocks(policy, w.Phase) {
			d.Behind = w.Run
		}
	}
	if d.Behind == "" {
		d.Start = next
	}
	if rest := len(queued) - len(d.Supersede); d.Behind == "" && rest > 1 {
		d.Behind = next
	}
	return d
}

// blocks reports whether a run in p keeps the next one from starting.
func blocks(policy spec.Queue, p Phase) bool {
	if policy == spec.Newest || policy == spec.Batch {
		return p == Running || p == Packaging
	}
	return !p.Final() && p != Queued
}
