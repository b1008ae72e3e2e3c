// Package exposure keeps the flags and serves them to whoever evaluates: it is
// the engine of the flags, decide, keep, do.
//
//	person, file, schedule, ramp ─► Edit ─► decide: the flag as it shall be,
//	                                        compiled with all others of its project
//	                                 │
//	                                 ▼
//	                                keep: record, revision and event, one transaction
//	                                 │
//	                                 ▼
//	                                publish: one atomic pointer; waiting clients hear of it;
//	                                         the set goes to disk as the last good one
//
// One change is decided at a time. What does not compile is refused before it
// is kept, so it never replaces a set that is served. When the program starts it
// serves the last good sets from disk at once, before it has read anything else.
package exposure
