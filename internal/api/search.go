package api

import "time"

// Found is something that a search has found.
type Found struct {
	Kind    string    `json:"kind" enum:"service,run,release,rollout,flag,experiment,person"`
	ID      string    `json:"id" doc:"Of a person: the name"`
	Title   string    `json:"title" doc:"For people: what it is called, or says"`
	Service string    `json:"service,omitempty"`
	Commit  string    `json:"commit,omitempty"`
	Digest  string    `json:"digest,omitempty"`
	Phase   string    `json:"phase,omitempty"`
	At      time.Time `json:"at,omitzero"`
}
