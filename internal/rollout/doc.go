// Package rollout is the state machine of one release replacing another in one
// environment. Step is a pure function of state and input; Wanted says, from
// the state alone, what has to be true in the world now. The engine keeps the
// state first and then works towards Wanted, so a crash at any instruction
// repeats work and never loses or invents any.
//
//	queued ──► preparing ──► verifying ──► shifting(i) ──► baking(i) ──► promoting ──► settling ──► done
//	  │            │             │            ▲   │ │         │  ▲           │            │
//	  │            │             │            │   │ └─────┐   │  │           │            │
//	  │            │             │            │   │       ▼   ▼  │           │            │
//	  │            │             │            └───┼─────── held ─┘           │            │
//	  │            └─────────────┴────────┬───────┴────────┴─────────────────┴────────────┘
//	  ▼                                   ▼  FAIL, crash, abort, deadline
//	done (nothing changes),          rolling-back ──► rolled-back, superseded or cancelled
//	superseded, cancelled                 └──► stranded ─┘     (the way back is blocked: page)
//
// preparing asks the gates and starts instances; verifying probes the new
// version through the router while it is dark; shifting(i) raises capacity,
// then traffic; baking(i) waits for the judge; promoting makes the new version
// the stable one; settling keeps the old one warm and watches on. From the
// first share of traffic to the end of settling somebody watches.
//
// A way back is traffic first, then the new version's end. Where the old
// version was stopped to make room, it starts again after that, and requests
// wait meanwhile. Where a migration leaves no way back, a rollout that had
// traffic stays where it is, and people are told again and again.
//
// A hold stays at the last traffic that the router confirmed: before the first
// share it waits in preparing or verifying, and while traffic is being moved it
// returns to the step before. A rollout that waits for people makes way for a
// newer one; one that settles ends its window early for it.
//
// Every step that changes the state says so in an event, and the first event of
// a step carries the input: Replay folds the journal into the same state.
package rollout
