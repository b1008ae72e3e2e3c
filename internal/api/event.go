package api

import "time"

// Event is one line of the journal.
type Event struct {
	Seq         int64             `json:"seq"`
	At          time.Time         `json:"at"`
	Kind        string            `json:"kind"`
	Actor       string            `json:"actor"`
	Service     string            `json:"service,omitempty"`
	Environment string            `json:"environment,omitempty"`
	Run         string            `json:"run,omitempty"`
	Release     string            `json:"release,omitempty"`
	Rollout     string            `json:"rollout,omitempty"`
	Commit      string            `json:"commit,omitempty"`
	Digest      string            `json:"digest,omitempty"`
	Text        string            `json:"text"`
	Data        map[string]string `json:"data,omitempty"`
}

// LogLine is one line of a log.
type LogLine struct {
	At       time.Time `json:"at,omitzero"`
	Source   string    `json:"source" doc:"Stage and step, or instance"`
	Release  string    `json:"release,omitempty"`
	Attempt  int       `json:"attempt,omitempty"`
	Stream   string    `json:"stream,omitempty" doc:"stdout, stderr or davit"`
	Text     string    `json:"text"`
	Sequence int64     `json:"seq,omitempty"`
}

// End is the last message of a stream that ends by itself.
type End struct {
	Reason string `json:"reason"`
}
