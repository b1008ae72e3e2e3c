package api

import "time"

// Rollout is one release replacing another in one environment.
type Rollout struct {
	ID          string    `json:"id"`
	Service     string    `json:"service"`
	Environment string    `json:"environment"`
	Run         string    `json:"run,omitempty"`
	Actor       string    `json:"actor"`
	Intent      string    `json:"intent" enum:"deploy,rollback"`
	Strategy    string    `json:"strategy"`
	Release     string    `json:"release"`
	Commit      string    `json:"commit"`
	Artifact    string    `json:"artifact"`
	Config      string    `json:"config"`
	From        string    `json:"from,omitempty" doc:"The release it replaces"`
	Epoch       uint64    `json:"epoch"`
	Phase       string    `json:"phase"`
	Final       bool      `json:"final"`
	Step        int       `json:"step" doc:"Index of the current step"`
	Steps       []Step    `json:"steps" nullable:"false"`
	Percent     float64   `json:"percent" doc:"Share of traffic the router has confirmed for the new version"`
	Waiting     *Waiting  `json:"waiting,omitempty" doc:"What it waits for, until when, and who can unblock it"`
	Reason      string    `json:"reason,omitempty"`
	DecidedBy   string    `json:"decided_by,omitempty" doc:"Gate, metric or person"`
	Verdict     *Finding  `json:"verdict,omitempty" doc:"The judge's word: the newest while it is under way, else the last that decided"`
	Findings    []Finding `json:"findings" nullable:"false"`
	Created     time.Time `json:"created"`
	Since       time.Time `json:"since" doc:"When the phase began"`
	Ended       time.Time `json:"ended,omitzero"`
	Seconds     float64   `json:"seconds"`
}

// Replayed is a stored verdict beside the same verdict computed again from the
// stored counts.
type Replayed struct {
	Verdict     Finding  `json:"verdict" doc:"As it was stored when it decided"`
	Same        bool     `json:"same" doc:"The same to the last digit"`
	Differences []string `json:"differences" nullable:"false" doc:"Facts that came out otherwise"`
}

// Step is one station of a rollout.
type Step struct {
	Name    string  `json:"name"`
	Percent float64 `json:"percent"`
	Hold    float64 `json:"hold_seconds,omitempty"`
	Judge   string  `json:"judge,omitempty"`
	Approve bool    `json:"approve,omitempty"`
}

// Waiting says what a thing waits for.
type Waiting struct {
	For   string    `json:"for"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero" doc:"When the default way out is taken"`
	Then  string    `json:"then,omitempty" doc:"The default way out"`
	Who   string    `json:"who" doc:"Who can unblock it, and how"`
}
