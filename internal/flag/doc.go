// Package flag decides who sees what.
//
// It reads flag sets in flagd's flag-definition format (Parse), compiles their
// targeting, and evaluates flags for a Context: without allocating, without
// panicking, and with the time as an argument. It puts a user into a bucket,
// the same one at the router and in every flag client. It is pure: no clock,
// no chance, no I/O; the one thing shared is memory to use again.
//
// Rules are JSONLogic with flagd's operators. Where JSONLogic's reference and
// flagd's Go evaluator part, docs/flags/evaluation.md says which is followed.
package flag
