// Package ramp is the state machine of a flag that gives one of its variants to
// more and more users while somebody watches. Step is a pure function of state
// and input; Wanted says, from the state alone, what has to be true in the
// world now. Whoever drives it keeps the state first and works towards Wanted
// then, so a crash at any instruction repeats work and raises nothing.
//
//	pending ──► raising(i) ──► holding(i) ──► … the last step ──► done
//	   │           ▲   │         │  ▲  │
//	   │           │   │         ▼  │  └── leaves a step: hold over, samples
//	   │           └───┼───────  paused     enough, PASS, and no gate waits
//	   │               │            │
//	   │               └─────┬──────┘
//	   ▼                     ▼  FAIL, a gate refuses, abort, kill, deadline
//	cancelled            lowering ──► failed (locked), aborted (locked)
//
// pending is dark: the router learns whom to tag, the gates are asked, and the
// judge sees what is normal. raising keeps a larger share, publishes it and
// tells the router; when both have confirmed, holding(i) waits for the judge.
// paused stays at the share where it is: a gate says wait, the data do not
// suffice, the plan asks for a person, or a person said stop. lowering is the
// way back: nobody (or only those of a step that has passed) keeps the variant.
//
// What a share means: a user has the ramp's variant exactly if his bucket of
// 10 000 is below it, so a share that grows keeps everybody it had.
//
// The rules are those of a rollout. FAIL takes the share back in the same
// transaction that records it, whatever step it was seen in. After an abort, a
// kill or a FAIL nothing in that epoch raises the share again, and a new ramp of
// that flag may begin only when a person has unlocked it and it has cooled down.
// NODATA and every gate that waits hold. Inconclusive is not success: at a
// step's deadline the ramp pauses, or goes back where the plan says so.
//
// Every step that changes the state says so in an event, and the first event of
// a step carries the input: Replay folds the journal into the same state.
package ramp
