package api

import "time"

// Run is one commit's way through the pipeline.
type Run struct {
	ID           string       `json:"id"`
	Service      string       `json:"service"`
	Repo         string       `json:"repo"`
	Branch       string       `json:"branch"`
	Commit       string       `json:"commit"`
	Subject      string       `json:"subject"`
	Author       string       `json:"author"`
	Actor        string       `json:"actor" doc:"Whose credential pushed it"`
	Phase        string       `json:"phase" enum:"queued,running,packaging,deploying,succeeded,failed,cancelled,superseded"`
	Final        bool         `json:"final" doc:"Nothing more happens in this phase"`
	Why          string       `json:"why,omitempty" doc:"The outcome in one sentence"`
	StoppedBy    string       `json:"stopped_by,omitempty" doc:"The gate that stopped it"`
	SupersededBy string       `json:"superseded_by,omitempty"`
	Release      string       `json:"release,omitempty"`
	Artifact     string       `json:"artifact,omitempty"`
	Stages       []Stage      `json:"stages" nullable:"false"`
	Deployments  []Deployment `json:"deployments" nullable:"false"`
	Created      time.Time    `json:"created"`
	Ended        time.Time    `json:"ended,omitzero"`
	Seconds      float64      `json:"seconds" doc:"From push to the end, or to now"`
}

// Stage is one stage of a run.
type Stage struct {
	Name    string    `json:"name"`
	Phase   string    `json:"phase"`
	Attempt int       `json:"attempt"`
	Reason  string    `json:"reason,omitempty"`
	Needs   []string  `json:"needs,omitempty"`
	Tests   *Tests    `json:"tests,omitempty"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Seconds float64   `json:"seconds"`
}

// Tests is what the test reports of a stage said.
type Tests struct {
	Passed   int           `json:"passed"`
	Failed   int           `json:"failed"`
	Skipped  int           `json:"skipped"`
	Flaky    int           `json:"flaky" doc:"Failed, then passed; counted in passed too"`
	Failures []TestFailure `json:"failures,omitempty"`
	Flakes   []string      `json:"flakes,omitempty"`
}

// TestFailure is one failed test.
type TestFailure struct {
	Name    string `json:"name"`
	Message string `json:"message,omitempty"`
}

// Deployment is where the release of a run stands in one environment.
type Deployment struct {
	Environment string    `json:"environment"`
	Phase       string    `json:"phase"`
	Rollout     string    `json:"rollout,omitempty"`
	Outcome     string    `json:"outcome,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Started     time.Time `json:"started,omitzero"`
	Ended       time.Time `json:"ended,omitzero"`
}
