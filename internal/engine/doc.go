// Package engine drives the deciders: it feeds them what happened, keeps what
// they decided, and does what they ask. It alone owns goroutines and the clock
// of the control plane, and knows adapters only through the interfaces in
// ports.go.
//
//	            ┌────────────── what came of it ──────────────┐
//	            ▼                                             │
//	push ─► decide (pipeline.Step, rollout.Step) ─► keep ─► do (stages, packing, instances, routes, judging)
//	verb ─►
//
// One decision is made at a time. Its state, its events and what has to be
// done because of it are kept in one transaction before anything is done. What
// a run asks for is kept as effects until it is over; what a rollout asks for
// follows from its state alone (rollout.Wanted). After a crash both are asked
// for again, and everything that is done can be done twice.
package engine
