package api

// Plan says what a commit would do.
type Plan struct {
	Service      string            `json:"service"`
	Owner        string            `json:"owner,omitempty"`
	Commit       string            `json:"commit"`
	Queue        string            `json:"queue"`
	Branch       string            `json:"branch"`
	Stages       []PlanStage       `json:"stages" nullable:"false"`
	Package      string            `json:"package"`
	Environments []PlanEnvironment `json:"environments" nullable:"false"`
	Notes        []string          `json:"notes,omitempty" doc:"What is worth knowing before it happens"`
}

// PlanStage is a stage the commit would run.
type PlanStage struct {
	Name     string   `json:"name"`
	Needs    []string `json:"needs,omitempty"`
	Steps    []string `json:"steps" nullable:"false"`
	Runs     bool     `json:"runs" doc:"Whether it would run for this commit"`
	Reason   string   `json:"reason,omitempty" doc:"Why not"`
	Timeout  float64  `json:"timeout_seconds"`
	Attempts int      `json:"attempts"`
}

// PlanEnvironment is an environment the release would pass.
type PlanEnvironment struct {
	Name      string            `json:"name"`
	Hosts     []string          `json:"hosts" nullable:"false"`
	Instances int               `json:"instances"`
	Strategy  string            `json:"strategy"`
	Steps     []Step            `json:"steps" nullable:"false"`
	Settle    float64           `json:"settle_seconds"`
	Gates     []Finding         `json:"gates" nullable:"false" doc:"What each gate says now"`
	Replaces  string            `json:"replaces,omitempty" doc:"The release that is stable now"`
	Defaults  map[string]string `json:"defaults,omitempty" doc:"Resolved settings"`
}
