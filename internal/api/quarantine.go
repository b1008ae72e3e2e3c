package api

import "time"

// Quarantined is a digest that no trigger brings back until a person lifts it.
type Quarantined struct {
	Digest   string    `json:"digest" doc:"What lift takes: the artifact's digest, or that of the artifact with one configuration"`
	Artifact string    `json:"artifact"`
	Config   string    `json:"config,omitempty" doc:"Only with this configuration; none: with any"`
	Service  string    `json:"service,omitempty"`
	Release  string    `json:"release,omitempty"`
	Rollout  string    `json:"rollout,omitempty"`
	Reason   string    `json:"reason"`
	Actor    string    `json:"actor"`
	At       time.Time `json:"at"`
}
