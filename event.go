package davit

import "time"

// Event is one line of the journal. Everything that happens is one; the
// timeline, the audit and the live page are folds over them.
type Event struct {
	Seq         int64 // 1, 2, 3 …, without gaps; 0 before it is kept
	At          time.Time
	Kind        string // "run.started", "rollout.shifted" …, see docs/reference/events.md
	Actor       string // "davit", or the name of the credential
	Service     string
	Environment string
	Run         string
	Release     string
	Rollout     string
	Commit      string
	Digest      Digest
	Text        string            // one plain sentence
	Data        map[string]string // facts
	Prev        string            // hash of the line before
	Hash        string            // of this line, including Prev
}
