// Package gate asks the questions that need the outside: does the new version
// answer (smoke tests), what would it answer under traffic (synthetic probes),
// what do people, the clock and commands say about letting a release into an
// environment (the gates a service names in davit.yaml).
//
// Smoke tests and probes go through the router, with the token that lets them
// reach a version no user reaches yet and keeps them out of the live judgement:
//
//	Smoke ──► router ──(X-Davit-Probe, X-Davit-Release)──► dark version
//
// A gate passes only if it says so. What cannot be answered (an unknown gate, an
// error, a time-out, a panic, an answer that is none) waits until the deadline
// and is a refusal from then on; see Ask.
package gate
