// Package pipeline decides the way of one commit: which stages run, when a
// failed one is tried again, when the artifact is packed and which environment
// comes next. It is pure: time is part of each input, and what is to be done
// comes back as effects. An input that has no meaning in the state it meets
// changes nothing, because inputs may come late or twice; an unknown kind of
// input is a mistake of the program and panics.
//
// The phases of a run:
//
//	         Start             all stages passed           Packaged
//	queued ────────► running ─────────────────► packaging ──────────► deploying ──┐ each environment in order
//	  │                │ │                          │  │                │  │  ▲    │ StartRollout, RolloutFinished{done}
//	  │ Supersede      │ │ a stage failed           │  │ not packed     │  │  └────┘
//	  ▼                │ │                          │  │                │  │
//	superseded ◄───────┘ └──► failed ◄──────────────┼──┘                │  └──► failed      (rolled back, refused, stranded)
//	  ▲  (Supersede)             ▲                  │                   ├─────► superseded  (by a newer release's rollout)
//	  └──────────────────────────┼──────────────────┘                   ├─────► cancelled   (after the rollout has stopped)
//	                             │                                      └─────► succeeded   (every environment is done)
//	   any phase but a final one ┴─ Cancel ──► cancelled
//
// A run of a branch that is not deployed, or of a service without
// environments, goes from its stages (or from packaging) to succeeded.
//
// The phases of a stage:
//
//	                needs passed            StageStarted
//	waiting ──────────────────► starting ───────────────► running ──► passed
//	  │  ▲                        │   ▲                     │  │
//	  │  │ not the last attempt:  │   │ Lost: the same      │  ├──► failed, timed-out
//	  │  │ absolute NotBefore     │   │ attempt again       │  │
//	  │  └────────────────────────┴───┼─────────────────────┤  │
//	  │                               └──── lost ◄──────────┘  │
//	  ├──► skipped (When does not match; counts as passed)     │
//	  └──► cancelled (a need failed, fail-fast, Cancel) ◄──────┘
//
// The phases of a deployment:
//
//	waiting ──► rolling-out ◄──► held        rolling-out, held ──► done | failed
//	  └───────► skipped (the run ended before its turn)
//
// The events, each with one plain sentence:
//
//	run.queued run.started run.packaging run.packaged run.cancelling
//	run.succeeded run.failed run.cancelled run.superseded          data: gate, by
//	stage.started stage.passed stage.failed stage.timed-out        data: stage, attempt, reason, retry,
//	stage.lost stage.skipped stage.cancelled                             passed, failed, skipped, flaky
//	tests.flaky                                                    data: stage, tests
//	deployment.started deployment.done deployment.failed           data: outcome
//	deployment.superseded deployment.cancelled
package pipeline
