// Package process runs releases as processes of this machine. Each instance is
// a process of its own session that outlives the server; a server that comes
// back adopts what it finds.
//
// What is wanted is kept before it is done, below <data>/instances:
//
//	groups/<release>@<environment>.json  workload, number of instances, epoch
//	<id>/intent.json                     ordinal, port, attempt, stopping
//	<id>/lock                            flock held by the launcher and, over exec, by the process
//	<id>/process.json                    pid, start time and boot id; written by the launcher
//	<id>/facts.json                      state, restarts, reason; a hint for the next server
//	<id>/spool                           raw output; holes where it has been collected
//	artifacts/<hex>                      one unpacked copy of each artifact in use
//
// A process is started through a launcher: the program executes itself, takes
// the lock, checks that the intent still names its attempt, says who it is and
// then becomes the command. So there is no moment in which a crash of the
// server leaves a process that nobody knows, or two of one instance: whoever
// does not hold the lock has not started, and a late launcher finds that its
// attempt is over.
//
// One instance:
//
//	                     ready                check fails n times
//	  ┌──► starting ───────────► ready ◄────────────────────────► not-ready
//	  │       │ dies, deadline     │ dies, liveness fails             │
//	  │       ▼                    ▼                                  │
//	  ├─── back-off ◄──────────────┴──────────────────────────────────┘
//	  │       │ three deaths in a minute
//	  │       ▼
//	  └─── crash-loop (started again with growing pauses; left when ready)
//
//	any ── not wanted ──► stopping ── TERM, StopWithin, KILL ──► stopped
//
// All of it is driven by one scheduler: an instance has no goroutine of its own
// but takes a turn when something is due or something happened to it.
package process
