// Package rollout is the state machine of one release replacing another in one
// environment. Step is a pure function of state and input; Wanted says, from
// the state alone, what has to be true in the world now. The engine keeps the
// state first and then works towards Wanted, so a crash at any instruction
// repeats work and never loses or invents any.
//
//	queued ──► preparing ──► verifying ──► shifting(i) ──► baking(i) ──► promoting ──► settling ──► done
//	  │            │             │             ▲   │           │  ▲            │            │
//	  │            │             │             └───┼── next ───┤  │            │            │
//	  │            │             │                 │           ▼  │            │            │
//	  │            │             │                 │          held              │            │
//	  │            └─────────────┴────────┬────────┴───────────┴──────────────┴────────────┘
//	  ▼                                   ▼  FAIL, crash, abort, deadline
//	superseded, cancelled            rolling-back ──► rolled-back   (or superseded, cancelled)
//	                                      └──► stranded             (the way back is blocked: page)
//
// preparing asks the gates and starts instances; verifying probes the new
// version through the router while it is dark; shifting(i) raises capacity,
// then traffic; baking(i) waits for the judge; promoting makes the new version
// the stable one; settling keeps the old one warm and watches on.
package rollout
