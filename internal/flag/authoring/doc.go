// Package authoring is the flags as people write them, in a file of a
// repository or through the API, and what is made of them:
//
//	file, API ──► Parse ──► Flag, Segment, Group ──► Check ──► Compile ──► flagd's flag definitions, one set
//	                              │                                         for each project and environment
//	                              └──► Render, Diff, Stale, Drift
//
// What is richer than flagd's format (segments, prerequisites, schedules,
// ramps, exclusion groups and holdouts) is compiled down to it, so that every
// client that reads that format understands it. Compiling is a function of the
// authored flags alone: the same flags give the same bytes.
package authoring
