// Package audit proves that the journal was not altered. Each line carries the
// hash of the line before it, so a changed, missing, added or moved line is
// seen and named; a cut at the end, and a journal rewritten from some line on,
// is seen by comparing with a checkpoint kept elsewhere.
//
// The hash of a line is the SHA-256 of its canonical JSON without the "hash"
// member:
//
//	{"seq":2,"at":"2026-01-02T03:04:05.000000000Z","kind":"run.started",…,"prev":"<hash of line 1>"}
//
// Members stand in a fixed order, empty ones are left out, keys of "data" are
// sorted, and only quotes, backslashes and control characters are escaped. An
// exported line is the same text with "hash" as its last member, and a line
// that is not byte for byte what the encoder would write counts as changed.
package audit
