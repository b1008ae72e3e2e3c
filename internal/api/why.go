package api

// Why is everything known about one commit or digest.
type Why struct {
	Subject     string         `json:"subject" doc:"The commit or digest that was asked for, in full"`
	Summary     string         `json:"summary" doc:"One paragraph in plain words"`
	Runs        []Run          `json:"runs" nullable:"false"`
	Releases    []Release      `json:"releases" nullable:"false"`
	Rollouts    []Rollout      `json:"rollouts" nullable:"false"`
	Quarantined []Quarantined  `json:"quarantined" nullable:"false"`
	Serving     []ServingPlace `json:"serving" nullable:"false" doc:"Where it runs now"`
	Events      []Event        `json:"events" nullable:"false" doc:"Oldest first"`
}

// ServingPlace is an environment a release serves in.
type ServingPlace struct {
	Service     string  `json:"service"`
	Environment string  `json:"environment"`
	Release     string  `json:"release"`
	Percent     float64 `json:"percent"`
}
