package davit

import "time"

// Effect is something the engine has decided to do to the world. It is kept
// before it is done and may be done twice after a crash, so doing it must be
// idempotent: "ensure", not "do".
type Effect struct {
	Key     string // unique: what, for whom, at which epoch and step
	Kind    string // the performer's name
	Subject string // "run/…" or "rollout/…": the machine that hears what came of it
	Epoch   uint64
	Body    []byte // JSON
	Created time.Time
}
