package api

import "time"

// Reason is the body of a write that says why.
type Reason struct {
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// Promote asks for a release in an environment.
type Promote struct {
	Release     string `json:"release" minLength:"1" maxLength:"128"`
	Environment string `json:"environment" minLength:"1" maxLength:"63"`
}

// Rollback asks for a release that was good before.
type Rollback struct {
	To     string `json:"to,omitempty" maxLength:"128" doc:"Release; default: the last good one"`
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// Hold asks a rollout to stay where it is.
type Hold struct {
	Reason  string    `json:"reason" minLength:"1" maxLength:"500"`
	Until   time.Time `json:"until,omitzero" doc:"Default: an hour from now"`
	Seconds float64   `json:"seconds,omitempty" minimum:"0" maximum:"2592000" doc:"How long, instead of until: by the server's clock"`
}

// Override lets a release past a gate.
type Override struct {
	Gate    string  `json:"gate" minLength:"1" maxLength:"100" doc:"Name of the gate"`
	Reason  string  `json:"reason" minLength:"1" maxLength:"500"`
	Seconds float64 `json:"seconds,omitempty" minimum:"0" maximum:"604800" doc:"How long it stands; default an hour"`
}

// Advance asks a rollout to go on to the next step.
type Advance struct {
	Force  bool   `json:"force,omitempty" doc:"Without the judge's PASS; needs a reason"`
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// Quarantine asks that a digest never comes back by itself.
type Quarantine struct {
	Digest string `json:"digest" pattern:"^sha256:[0-9a-f]{64}$"`
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// Started names what a write has started.
type Started struct {
	Rollout string `json:"rollout,omitempty"`
	Run     string `json:"run,omitempty"`
}

// Done is the answer of a write that starts nothing.
type Done struct {
	Text string `json:"text" doc:"What was done, in one sentence"`
}
